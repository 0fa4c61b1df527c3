"""A document as the rest of the system sees it: canonical text, and sections and blocks with offsets into it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

BYTES_MAX = 50 << 20
"""An original larger than this is refused."""

TEXT_CHARS_MAX = 8_000_000
"""Text beyond this is left out, with a note."""

SECTIONS_MAX = 50_000
BLOCKS_MAX = 200_000
"""Structure beyond these is left out, with a note."""

TITLE_CHARS_MAX = 200
PATH_TITLES_MAX = 8


class UnreadableDocument(Exception):
    """The bytes cannot be read as text of a known format. A finding about the file, not a defect."""

    def __init__(self, reason_code: str, message: str) -> None:
        super().__init__(message)
        self.reason_code = reason_code
        self.message = message


class BlockKind(StrEnum):
    """What a block of text is; it decides how the block is divided into quotable pieces."""

    PROSE = "prose"
    ITEM = "item"
    CODE = "code"
    ROW = "row"


class SectionKind(StrEnum):
    """What opened a section."""

    START = "start"
    HEADING = "heading"
    TERM = "term"
    ROW = "row"
    PAGE = "page"


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A paragraph, list item, piece of code or table row: ``text[start:end]`` of its document."""

    kind: BlockKind
    start: int
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """What stands under one heading, definition term or row. Offsets are characters of the document's text.

    ``path`` is the titles from the outermost heading to this one; where pages, slides or rows are counted, it ends with
    that place, which is no title. ``body`` is where the text after the heading begins.
    A section that goes on after an inner one has ended appears again with the same path.
    """

    title: str
    path: tuple[str, ...]
    start: int
    end: int
    body: int
    kind: SectionKind
    blocks: tuple[Block, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are sealed between steps."""
        return {
            "title": self.title,
            "path": list(self.path),
            "start": self.start,
            "end": self.end,
            "body": self.body,
            "kind": self.kind.value,
            "blocks": [[block.kind.value, block.start, block.end] for block in self.blocks],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The section that ``to_json`` wrote."""
        blocks = tuple(Block(kind=BlockKind(kind), start=start, end=end) for kind, start, end in value["blocks"])
        return cls(
            title=value["title"],
            path=tuple(value["path"]),
            start=value["start"],
            end=value["end"],
            body=value["body"],
            kind=SectionKind(value["kind"]),
            blocks=blocks,
        )


@dataclass(frozen=True, kw_only=True)
class Document:
    """One document. Every quote is a slice of ``text``.

    For txt and md ``text`` is the decoded original (without a byte-order mark); for html it is the text a reader sees;
    for csv and xlsx each row is one line; for pdf, docx, pptx and epub it is the paragraphs as they follow one another.
    Characters that do not show or that reorder a line are replaced one for one by U+FFFD.
    ``sha256`` is of the original bytes; ``notes`` says in words what could not be read as it stood.
    """

    name: str
    media_type: str
    sha256: str
    size_bytes: int
    title: str
    text: str
    sections: tuple[Section, ...]
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are sealed between steps."""
        return {
            "name": self.name,
            "media_type": self.media_type,
            "sha256": self.sha256,
            "size_bytes": self.size_bytes,
            "title": self.title,
            "text": self.text,
            "sections": [section.to_json() for section in self.sections],
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The document that ``to_json`` wrote."""
        return cls(
            name=value["name"],
            media_type=value["media_type"],
            sha256=value["sha256"],
            size_bytes=value["size_bytes"],
            title=value["title"],
            text=value["text"],
            sections=tuple(Section.from_json(section) for section in value["sections"]),
            notes=tuple(value["notes"]),
        )
