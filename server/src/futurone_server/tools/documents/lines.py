"""The lines of a text with their offsets and indents."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

LINES_MAX = 250_000
"""Lines beyond this are left out, with a note."""

_END = re.compile(r"\r\n|\r|\n|\Z")
_TAB_COLUMNS = 8
_BULLET = re.compile(r"[-*+•‣◦·–]\s{1,9}\S|\(?(?:\d{1,3}|[a-zA-Z])[.)]\s{1,9}\S")
_RULE = re.compile(r"[=\-~^\"*#+_:.|\s\u2500-\u257f]{3,}\Z")


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line: ``bare`` without outer white space begins at ``start``; ``indent`` counts columns."""

    start: int
    indent: int
    bare: str

    @property
    def end(self) -> int:
        """After the last character that shows."""
        return self.start + len(self.bare)


def lines(text: str) -> tuple[list[Line], tuple[str, ...]]:
    """The lines of a text (line ends LF, CR LF and CR), and a note if there were too many."""
    found = list(islice(_lines(text), LINES_MAX + 1))
    if len(found) <= LINES_MAX:
        return found, ()
    return found[:LINES_MAX], (f"only the first {LINES_MAX} lines were read",)


def is_bullet(bare: str) -> bool:
    """Whether a line begins a list item."""
    return _BULLET.match(bare) is not None


def is_rule(bare: str) -> bool:
    """Whether a line is drawn rather than written: an underline or a border."""
    return _RULE.match(bare) is not None


def _lines(text: str) -> Iterator[Line]:
    at = 0
    while at < len(text):
        end = _END.search(text, at)
        stop, after = end.span() if end else (len(text), len(text))
        raw = text[at:stop]
        shown = raw.lstrip()
        lead = len(raw) - len(shown)
        indent = len(raw[:lead].expandtabs(_TAB_COLUMNS)) if "\t" in raw[:lead] else lead
        yield Line(start=at + lead, indent=indent, bare=shown.rstrip())
        at = after
