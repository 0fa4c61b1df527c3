"""Sections cut into passages: the unit of ranking, a few sentences under one heading."""

from collections.abc import Iterator
from dataclasses import dataclass

from futurone_server.tools.documents import BlockKind, Document, Section, SectionKind
from futurone_server.tools.retrieval.sentences import pieces

PASSAGE_CHARS = 600
"""A passage ends after the piece that reaches this length."""

_TERM_CHARS_MAX = 160


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """What can be quoted: a sentence, list item, row or piece of code.

    ``block`` counts the blocks of its section. ``opens`` is set on a section's first piece and on its first prose:
    there a section says what it is about.
    """

    start: int
    end: int
    kind: BlockKind
    block: int
    opens: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """Some pieces of one section of one document, both named by their index."""

    document: int
    section: int
    pieces: tuple[Piece, ...]

    @property
    def start(self) -> int:
        """Where the first piece begins."""
        return self.pieces[0].start

    @property
    def end(self) -> int:
        """Where the last piece ends."""
        return self.pieces[-1].end


def passages(document: Document, number: int) -> Iterator[Passage]:
    """The passages of one document, in its order; ``number`` is its index."""
    for at, section in enumerate(document.sections):
        held: list[Piece] = []
        for piece in _pieces(document.text, section):
            held.append(piece)
            if piece.end - held[0].start >= PASSAGE_CHARS:
                yield Passage(document=number, section=at, pieces=tuple(held))
                held = []
        if held:
            yield Passage(document=number, section=at, pieces=tuple(held))


def _pieces(text: str, section: Section) -> Iterator[Piece]:
    seen: set[BlockKind] = set()
    for number, block in enumerate(section.blocks):
        for start, end in pieces(text, block):
            if not seen and _names_its_term(section, start):
                # A definition is quoted with the term it defines: "--jobs=N  Run N jobs at once."
                start = section.start
            opens = not seen or (block.kind is BlockKind.PROSE and BlockKind.PROSE not in seen)
            seen.add(block.kind)
            yield Piece(start=start, end=end, kind=block.kind, block=number, opens=opens)


def _names_its_term(section: Section, start: int) -> bool:
    return section.kind is SectionKind.TERM and section.start < section.body <= start < section.start + _TERM_CHARS_MAX
