"""What a confined reader says of a document: headings, places and blocks of text in order, a line of JSON each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from futurone_server.kit import json
from futurone_server.tools.documents.document import BLOCKS_MAX, SECTIONS_MAX, TEXT_CHARS_MAX

NOTES_MAX = 20
NOTE_CHARS_MAX = 200
ITEMS_MAX = BLOCKS_MAX + 2 * SECTIONS_MAX

_HALVES = re.compile("[\ud800-\udfff]")


class Kind(StrEnum):
    """What one item of a transcript is.

    A heading or term opens a section at its level. A page (or slide) and a record (a row of a sheet) say where what
    follows stands; they are no part of the text; without words, it stands nowhere in particular. A close ends the
    sections at its level and below.
    """

    HEADING = "heading"
    TERM = "term"
    PAGE = "page"
    RECORD = "record"
    CLOSE = "close"
    PROSE = "prose"
    ITEM = "item"
    CODE = "code"
    ROW = "row"


_WORDLESS = frozenset({Kind.CLOSE, Kind.PAGE})


class Refused(Exception):
    """A reader's finding that these bytes cannot be read; the code is one of ``refusals.MESSAGES``."""

    def __init__(self, reason_code: str) -> None:
        super().__init__(reason_code)
        self.reason_code = reason_code


class TranscriptFull(Exception):
    """There is more to the document than is read of one."""


@dataclass
class Transcript:
    """A document as it is being read. ``title`` is the one the file itself names."""

    title: str = ""
    notes: list[str] = field(default_factory=list)
    items: list[tuple[Kind, int, str]] = field(default_factory=list)
    chars: int = 0

    def add(self, kind: Kind, text: str, *, level: int = 0) -> None:
        """Write down one item; white space is evened out except in code. Raises TranscriptFull at the bounds."""
        shown = text.strip("\n").rstrip() if kind is Kind.CODE else " ".join(text.split())
        if not shown.strip() and kind not in _WORDLESS:
            return
        if self.chars + len(shown) > TEXT_CHARS_MAX or len(self.items) >= ITEMS_MAX:
            raise TranscriptFull
        self.items.append((kind, level, _HALVES.sub("\ufffd", shown)))
        self.chars += len(shown) + 2

    def note(self, text: str) -> None:
        """Say what could not be read as it stood."""
        if len(self.notes) < NOTES_MAX:
            self.notes.append(text[:NOTE_CHARS_MAX])

    def lines(self) -> Iterator[bytes]:
        """The transcript as lines of JSON: title and notes, then the items."""
        yield json.dump({"title": _HALVES.sub("\ufffd", self.title[:NOTE_CHARS_MAX]), "notes": self.notes})
        for kind, level, text in self.items:
            yield json.dump([kind.value, level, text])
