"""Headers of forms and downloads that carry file names: read with suspicion, written for every reader."""

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote_to_bytes

from futurone_server.kit.errors import Invalid

_PARAMETER = re.compile(r'\s*;\s*([!#$%&\'*+.^_`|~0-9A-Za-z-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;"]*)\s*', re.DOTALL)
_ESCAPED = re.compile(r'\\(["\\])')
_PERCENT = re.compile(r"%22|%0D|%0A", re.IGNORECASE)
_EXTENDED = re.compile(r"(utf-8|iso-8859-1)'[\w-]*'((?:[\w!#$&+.^`|~-]|%[0-9a-f]{2})*)", re.IGNORECASE)
_UNSAFE = re.compile(r"[^ !#$&-\[\]^_`a-z{|}~]")


def malformed(what: str) -> Invalid:
    """The refusal of a form that cannot be read."""
    return Invalid(f"The form cannot be read: {what}.", "MALFORMED_FORM", details={"field": "body"})


def read_parameters(value: bytes) -> tuple[str, Mapping[str, str]]:
    """A header such as ``form-data; name="file"``: its first word, and its parameters as they stand.

    Raises Invalid (MALFORMED_FORM), also for a parameter that occurs twice.
    """
    text = value.decode("latin-1")
    first, _, _ = text.partition(";")
    rest, at = text[len(first) :], 0
    found: dict[str, str] = {}
    while at < len(rest):
        one = _PARAMETER.match(rest, at)
        if one is None or one[1].lower() in found:
            raise malformed('a header of a part does not have the form `form-data; name="file"`')
        found[one[1].lower()] = _unquoted(one[2])
        at = one.end()
    return first.strip().lower(), found


def _unquoted(value: str) -> str:
    # Only quotes and backslashes are escaped: old browsers send C:\whole\paths without escaping anything.
    return _ESCAPED.sub(r"\1", value[1:-1]) if value[:1] == '"' else value


def read_file_name(parameters: Mapping[str, str]) -> str | None:
    """The name that a part's file has at its sender, as it was sent; None without one.

    The plain parameter counts where there are both (RFC 7578, 4.2, has no ``filename*``); browsers write quotes and
    line breaks in it as %22, %0D and %0A (the HTML standard, "multipart/form-data encoding algorithm").
    """
    if "filename" in parameters:
        raw = parameters["filename"].encode("latin-1")
        return _PERCENT.sub(lambda found: unquote_to_bytes(found[0]).decode(), raw.decode(errors="replace"))
    extended = parameters.get("filename*")
    if extended is None:
        return None
    found = _EXTENDED.fullmatch(extended)
    if found is None:
        raise malformed("filename* does not have the form of RFC 8187; send `filename` in UTF-8")
    return unquote_to_bytes(found[2]).decode(found[1], errors="replace")


def attachment(name: str) -> str:
    """A Content-Disposition that has a file saved under this name and never shown (RFC 6266)."""
    return f"attachment; filename=\"{_UNSAFE.sub('_', name)}\"; filename*=UTF-8''{quote(name, safe='')}"
