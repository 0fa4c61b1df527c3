"""The allotment: how much one review looks at. What is beyond is cut off, and counted."""

from dataclasses import dataclass, replace

from futurone_server.tools.changes.applying import Applied
from futurone_server.tools.changes.change import ChangedFile

LINES_MAX = 50_000
"""Changed lines that one review looks at."""

BYTES_MAX = 4 << 20
"""The text that one review hands to its analysers: changed files, with what is unchanged in them."""

_PARSED_CHARS_MAX = 16 << 20
_PARSE_CHARS_MIN = 200


@dataclass(kw_only=True)
class Allotment:
    """What is left of one review's bounds while its files are taken in, one after the other."""

    lines: int = LINES_MAX
    size_bytes: int = BYTES_MAX
    parsed_chars: int = _PARSED_CHARS_MAX
    seen: int = 0
    beyond: int = 0

    def take(self, applied: Applied) -> tuple[Applied | None, int]:
        """As much of a text as is still looked at (None: nothing), and how many of its changed lines are beyond."""
        self.seen += len(applied.lines)
        kept = applied if self._holds(applied) else _cut(applied, self.lines, self.size_bytes)
        beyond = len(applied.lines) - (len(kept.lines) if kept else 0)
        self.beyond += beyond
        if kept is not None:
            self.lines -= len(kept.lines)
            self.size_bytes -= len(kept.text.encode())
        return kept, beyond

    def give_back(self, file: ChangedFile) -> None:
        """Forget what a file took that is about to be taken in anew."""
        self.lines += len(file.lines)
        self.size_bytes += len(file.text.encode())
        self.seen -= len(file.lines) + file.beyond
        self.beyond -= file.beyond

    def may_parse(self, chars: int) -> bool:
        """Whether one more attempt at a text of this size is worth its time; counts it."""
        self.parsed_chars -= chars + _PARSE_CHARS_MIN
        return self.parsed_chars > 0

    def _holds(self, applied: Applied) -> bool:
        return len(applied.lines) <= self.lines and len(applied.text.encode()) <= self.size_bytes


def _cut(applied: Applied, lines_max: int, bytes_max: int) -> Applied | None:
    """The beginning of a text within bounds; None where no changed line is in it."""
    rows: list[str] = []
    size = count = 0
    for number, row in enumerate(applied.text.split("\n"), 1):
        size += len(row.encode()) + 1
        count += number in applied.lines
        if size > bytes_max or count > lines_max:
            break
        rows.append(row)
    last = len(rows)
    lines = frozenset(number for number in applied.lines if number <= last)
    if not lines:
        return None
    known = applied.spans or ((1, last),)
    spans = tuple((low, min(high, last)) for low, high in known if low <= last)
    return replace(applied, text="\n".join(rows), lines=lines, spans=spans)
