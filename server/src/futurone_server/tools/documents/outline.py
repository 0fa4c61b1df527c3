"""From marks (here begins a heading) and blocks to sections: the part that all formats share."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from futurone_server.tools.documents.document import (
    BLOCKS_MAX,
    PATH_TITLES_MAX,
    SECTIONS_MAX,
    TITLE_CHARS_MAX,
    Block,
    Section,
    SectionKind,
)

TERM_LEVEL = 7
"""Definition terms stand below every heading."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """A section begins at ``start``, its text at ``body``. Without a title: what stood at this level or below ends."""

    level: int
    title: str | None
    start: int
    body: int
    kind: SectionKind


def clean_title(text: str) -> str:
    """A heading on one line and of bounded length."""
    title = " ".join(text[: TITLE_CHARS_MAX * 4].split())
    return title if len(title) <= TITLE_CHARS_MAX else title[: TITLE_CHARS_MAX - 1].rstrip() + "…"


def outline(text: str, marks: Sequence[Mark], blocks: Sequence[Block]) -> tuple[tuple[Section, ...], tuple[str, ...]]:
    """Sections that cover the text from first to last character, and notes on what was left out.

    ``marks`` and ``blocks`` are in the order of the text.
    """
    notes = []
    if len(marks) > SECTIONS_MAX:
        notes.append(f"only the first {SECTIONS_MAX} headings, terms or rows were told apart")
    if len(blocks) > BLOCKS_MAX:
        notes.append(f"only the first {BLOCKS_MAX} paragraphs or rows were read")
    sections = tuple(_sections(text, marks[:SECTIONS_MAX], blocks[:BLOCKS_MAX]))
    return sections, tuple(notes)


def _sections(text: str, marks: Sequence[Mark], blocks: Sequence[Block]) -> Iterator[Section]:
    opening = Mark(level=0, title="", start=0, body=0, kind=SectionKind.START)
    open_marks: list[Mark] = []
    at = 0
    for index in range(-1, len(marks)):
        mark = marks[index] if index >= 0 else opening
        end = marks[index + 1].start if index + 1 < len(marks) else len(text)
        while open_marks and open_marks[-1].level >= mark.level:
            open_marks.pop()
        if mark.title:
            open_marks.append(mark)
        first = at
        while at < len(blocks) and blocks[at].start < end:
            at += 1
        if mark.title or at > first:
            yield _section(mark, open_marks, end, blocks[first:at])


def _section(mark: Mark, open_marks: Sequence[Mark], end: int, blocks: Sequence[Block]) -> Section:
    path = tuple(str(above.title) for above in open_marks[-PATH_TITLES_MAX:])
    return Section(
        title=path[-1] if path else "",
        path=path,
        start=mark.start,
        end=end,
        body=min(mark.body, end),
        kind=(mark.kind if mark.title else open_marks[-1].kind) if open_marks else SectionKind.START,
        blocks=tuple(blocks),
    )
