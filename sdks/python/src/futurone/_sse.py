"""The reading of server-sent events from bytes as they come, whatever the cuts between them (WHATWG HTML, 9.2.6)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

EVENT_BYTES_MAX = 16 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"
_LINE_END = re.compile(rb"\r\n|\r|\n")


class InvalidStream(Exception):
    """The bytes are no event stream of this API, or an event is larger than any it sends."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One dispatched event: its name, its data and the last id the stream has given."""

    event: str
    data: str
    last_id: str


class SSEParser:
    """Reads one connection's stream. ``retry_ms`` is what the server last asked reconnecting clients to wait."""

    def __init__(self, *, event_bytes_max: int = EVENT_BYTES_MAX) -> None:
        self.retry_ms: int | None = None
        self._event_bytes_max = event_bytes_max
        self._tail = bytearray()  # the line that has begun and not ended
        self._ended_on_cr = False  # a line feed that comes next belongs to it
        self._is_first_line = True
        self._last_id = ""
        self._begin_event()

    def feed(self, chunk: bytes) -> Iterator[Frame]:
        """The events that these bytes complete. Raises InvalidStream."""
        if not chunk:
            return
        if self._ended_on_cr:
            chunk = chunk.removeprefix(b"\n")
        self._ended_on_cr = chunk.endswith(b"\r")
        *lines, rest = _LINE_END.split(chunk)
        for line in lines:
            self._extend(line)
            whole = bytes(self._tail)
            self._tail.clear()
            frame = self._read_line(whole)
            if frame is not None:
                yield frame
        self._extend(rest)

    def _extend(self, piece: bytes) -> None:
        self._tail += piece
        if self._event_bytes + len(self._tail) > self._event_bytes_max:
            raise InvalidStream(f"an event is larger than {self._event_bytes_max} bytes")

    def _read_line(self, line: bytes) -> Frame | None:
        if self._is_first_line:
            self._is_first_line = False
            line = line.removeprefix(_BOM)
        if not line:
            return self._end_event()
        if not line.startswith(b":"):
            self._event_bytes += len(line)
            self._read_field(line)
        return None

    def _read_field(self, line: bytes) -> None:
        try:
            name, _, value = line.decode("utf-8").partition(":")
        except UnicodeDecodeError as error:
            raise InvalidStream("a line is not UTF-8") from error
        value = value.removeprefix(" ")
        if name == "event":
            self._event = value
        elif name == "data":
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self._last_id = value
        elif name == "retry" and value.isascii() and value.isdigit() and len(value) <= 9:
            self.retry_ms = int(value)

    def _end_event(self) -> Frame | None:
        frame = Frame(self._event or "message", "\n".join(self._data), self._last_id) if self._data else None
        self._begin_event()
        return frame

    def _begin_event(self) -> None:
        self._event = ""
        self._data: list[str] = []
        self._event_bytes = 0
