"""The upload form, read as it arrives: nothing of it is kept but the short fields, and nothing is written anywhere.

The web framework's own reader puts files over a MiB into temporary files, in plain form; hence this one.
"""

from collections.abc import AsyncIterator, Mapping

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError

from futurone_server.api.vault.headers import malformed, read_file_name, read_parameters
from futurone_server.features.vault import rules
from futurone_server.kit import limits
from futurone_server.kit.errors import Invalid, invalid_field, missing_field

_TEXT_FIELDS = ("name", "folder_id")
_FIELD_BYTES_MAX = 4_096
_HEADERS_MAX = 8
_HEADER_BYTES_MAX = 4_096
_BOUNDARY_BYTES_MAX = 70
_BODY_BYTES_MAX = limits.UPLOAD_BYTES_MAX + limits.FORM_OVERHEAD_BYTES_MAX
_LENGTH_DIGITS_MAX = 18
_PLAIN_ENCODINGS = (b"", b"7bit", b"8bit", b"binary")


class UploadForm:
    """One multipart form with exactly one part ``file``, and the fields ``name`` and ``folder_id`` before or after it.

    Read ``file()`` to its end; what else the form says is known then.
    """

    def __init__(self, content_type: str | None, body: AsyncIterator[bytes]) -> None:
        """Raises Invalid when this is no multipart form."""
        self._body = body
        self._pieces: list[bytes] = []
        self._fields: dict[str, bytearray] = {}
        self._headers: dict[bytes, bytes] = {}
        self._header = (bytearray(), bytearray())
        self._part: str | None = None
        self._is_whole = False
        self._has_file = False
        self.file_name: str | None = None
        self.declared_type: str | None = None
        self._parser = MultipartParser(
            _boundary(content_type),
            {
                "on_part_begin": self._begin_part,
                "on_header_begin": self._begin_header,
                "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
                "on_header_end": self._end_header,
                "on_headers_finished": self._name_part,
                "on_part_data": self._take,
                "on_end": self._end,
            },
            max_header_count=_HEADERS_MAX,
            max_header_size=_HEADER_BYTES_MAX,
        )

    async def file(self) -> AsyncIterator[bytes]:
        """The file's bytes as they come. Raises Invalid for a form that is malformed or incomplete, and TooLarge."""
        taken = 0
        async for data in self._body:
            taken += len(data)
            if taken > _BODY_BYTES_MAX:
                raise rules.too_large()
            try:
                self._parser.write(data)
            except FormParserError as error:
                raise _explained(error) from None
            while self._pieces:
                yield self._pieces.pop(0)
        if not self._is_whole:
            raise malformed("it ends before its closing boundary")
        if not self._has_file:
            raise missing_field("file", "the form needs a part of this name, with the file")

    def text(self, name: str) -> str | None:
        """One of the other fields; None when it is absent or empty. Raises Invalid."""
        raw = self._fields.get(name)
        if not raw:
            return None
        try:
            return raw.decode()
        except UnicodeDecodeError:
            raise invalid_field(name, "must be UTF-8") from None

    def _begin_part(self) -> None:
        self._headers = {}
        self._part = None

    def _begin_header(self) -> None:
        self._header = (bytearray(), bytearray())

    def _end_header(self) -> None:
        name, value = (bytes(part) for part in self._header)
        if name.lower() in self._headers:
            raise malformed("a part has a header twice")
        self._headers[name.lower()] = value

    def _name_part(self) -> None:
        kind, parameters = read_parameters(self._headers.get(b"content-disposition", b""))
        name = parameters.get("name")
        if kind != "form-data" or name is None:
            raise malformed("every part needs a header `Content-Disposition: form-data; name=…`")
        if self._headers.get(b"content-transfer-encoding", b"").strip().lower() not in _PLAIN_ENCODINGS:
            raise malformed("parts must be sent as they are, without a Content-Transfer-Encoding")
        self._part = name
        if name == "file":
            self._begin_file(parameters)
        elif name in _TEXT_FIELDS:
            if name in self._fields:
                raise invalid_field(name, "occurs twice")
            self._fields[name] = bytearray()
        else:
            shown = name.encode("latin-1").decode(errors="replace")[:64]
            raise Invalid(f"{shown}: there is no such field here", "UNKNOWN_FIELD", details={"field": shown})

    def _begin_file(self, parameters: Mapping[str, str]) -> None:
        if self._has_file:
            raise invalid_field("file", "send exactly one file; upload others one by one")
        self._has_file = True
        self.file_name = read_file_name(parameters)
        self.declared_type = self._headers.get(b"content-type", b"").decode("latin-1") or None

    def _take(self, data: bytes, start: int, end: int) -> None:
        if self._part == "file":
            self._pieces.append(data[start:end])
            return
        field = self._fields[str(self._part)]
        field += data[start:end]
        if len(field) > _FIELD_BYTES_MAX:
            raise invalid_field(str(self._part), f"must have at most {_FIELD_BYTES_MAX} bytes")

    def _end(self) -> None:
        self._is_whole = True


def check_length(content_length: str | None) -> None:
    """Refuse a body that says it is too large before any of it is read. Raises TooLarge."""
    if content_length is None or not content_length.isdecimal():
        return
    if len(content_length) > _LENGTH_DIGITS_MAX or int(content_length) > _BODY_BYTES_MAX:
        raise rules.too_large()


def _explained(error: FormParserError) -> Invalid:
    message = str(error)
    if message.startswith("Maximum header size"):
        return malformed(f"a header of a part is longer than {_HEADER_BYTES_MAX} bytes; shorten the file's name")
    return malformed(message[:1].lower() + message[1:])


def _boundary(content_type: str | None) -> bytes:
    try:
        kind, parameters = read_parameters((content_type or "").encode("latin-1"))
    except Invalid:  # its words are about the headers of parts
        kind, parameters = "", {}
    if kind != "multipart/form-data":
        raise Invalid(
            "Content-Type: send multipart/form-data with a part named `file`.", details={"field": "Content-Type"}
        )
    boundary = parameters.get("boundary", "").encode("latin-1")
    if not 1 <= len(boundary) <= _BOUNDARY_BYTES_MAX:
        raise Invalid(
            f"Content-Type: multipart/form-data needs a boundary of 1 to {_BOUNDARY_BYTES_MAX} characters.",
            details={"field": "Content-Type"},
        )
    return boundary
