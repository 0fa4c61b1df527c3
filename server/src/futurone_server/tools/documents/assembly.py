"""From a reader's transcript, which is not trusted, to text and sections whose offsets are counted here."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from futurone_server.kit import json
from futurone_server.kit.errors import Invalid
from futurone_server.tools.documents.decoding import make_visible
from futurone_server.tools.documents.document import (
    BLOCKS_MAX,
    PATH_TITLES_MAX,
    SECTIONS_MAX,
    TEXT_CHARS_MAX,
    Block,
    BlockKind,
    Section,
    SectionKind,
)
from futurone_server.tools.documents.outline import clean_title
from futurone_server.tools.documents.transcript import ITEMS_MAX, NOTE_CHARS_MAX, NOTES_MAX, Kind

_LEVEL_MAX = 99
_OPENING = {Kind.HEADING: SectionKind.HEADING, Kind.TERM: SectionKind.TERM}
_PLACES = {Kind.PAGE: SectionKind.PAGE, Kind.RECORD: SectionKind.ROW}


class BadTranscriptError(Exception):
    """What the reader said is no transcript: it was taken in by what it read."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What was read of a document."""

    title: str
    text: str
    sections: tuple[Section, ...]
    notes: tuple[str, ...]


@dataclass
class _Draft:
    title: str
    path: tuple[str, ...]
    start: int
    body: int
    kind: SectionKind
    blocks: list[Block] = field(default_factory=list)


@dataclass
class _Assembly:
    parts: list[str] = field(default_factory=list)
    size: int = 0
    titles: list[tuple[int, str]] = field(default_factory=list)
    place: str = ""
    place_kind: SectionKind = SectionKind.START
    drafts: list[_Draft] = field(default_factory=list)
    is_open: bool = False
    blocks: int = 0
    after_row: bool = False
    notes: dict[str, None] = field(default_factory=dict)


def assemble(answer: bytes) -> Reading:
    """Build text and sections from a transcript. Raises BadTranscriptError for anything that is not one."""
    head, *rest = answer.splitlines() or [b""]
    title, notes = _head(head)
    if len(rest) > ITEMS_MAX:
        raise BadTranscriptError
    assembly = _Assembly()
    for line in rest:
        _place_item(assembly, *_item(line))
    hidden = make_visible("".join(assembly.parts))[1]
    text = make_visible("".join(assembly.parts))[0]
    return Reading(
        title=clean_title(title),
        text=text,
        sections=tuple(_sections(assembly)),
        notes=(*notes, *assembly.notes, *hidden),
    )


def _head(line: bytes) -> tuple[str, tuple[str, ...]]:
    match _value(line):
        case {"title": str(title), "notes": list(notes)} if len(notes) <= NOTES_MAX:
            shown = [make_visible(note[:NOTE_CHARS_MAX])[0] for note in notes if isinstance(note, str)]
            return make_visible(title)[0], tuple(shown)
        case _:
            raise BadTranscriptError


def _item(line: bytes) -> tuple[Kind, int, str]:
    match _value(line):
        case [str(kind), int(level), str(text)] if kind in set(Kind) and 0 <= level <= _LEVEL_MAX:
            return Kind(kind), level, text
        case _:
            raise BadTranscriptError


def _value(line: bytes) -> object:
    try:
        return json.read(line)
    except Invalid:
        raise BadTranscriptError from None


def _place_item(assembly: _Assembly, kind: Kind, level: int, text: str) -> None:
    if kind in _PLACES:
        assembly.place, assembly.place_kind, assembly.is_open = make_visible(clean_title(text))[0], _PLACES[kind], False
    elif kind is Kind.CLOSE:
        _close(assembly, level)
    elif not text.strip():
        raise BadTranscriptError
    elif kind in _OPENING:
        _open(assembly, _OPENING[kind], level, text)
    else:
        _add_block(assembly, BlockKind(kind.value), text)


def _close(assembly: _Assembly, level: int) -> None:
    while assembly.titles and assembly.titles[-1][0] >= level:
        assembly.titles.pop()
    assembly.is_open = False


def _open(assembly: _Assembly, kind: SectionKind, level: int, text: str) -> None:
    _close(assembly, level)
    assembly.titles.append((level, make_visible(clean_title(text))[0]))
    start = _append(assembly, text, is_row=False)
    _draft(assembly, kind, start, start + len(text))


def _add_block(assembly: _Assembly, kind: BlockKind, text: str) -> None:
    if assembly.blocks >= BLOCKS_MAX:
        assembly.notes[f"only the first {BLOCKS_MAX} paragraphs or rows were read"] = None
        return
    start = _append(assembly, text, is_row=kind is BlockKind.ROW)
    if not assembly.is_open:
        otherwise = SectionKind.HEADING if assembly.titles else SectionKind.START
        _draft(assembly, assembly.place_kind if assembly.place else otherwise, start, start)
    assembly.drafts[-1].blocks.append(Block(kind=kind, start=start, end=start + len(text)))
    assembly.blocks += 1


def _append(assembly: _Assembly, text: str, *, is_row: bool) -> int:
    gap = "" if not assembly.parts else "\n" if is_row and assembly.after_row else "\n\n"
    start = assembly.size + len(gap)
    if start + len(text) > TEXT_CHARS_MAX:
        raise BadTranscriptError
    assembly.parts.append(gap + text)
    assembly.size, assembly.after_row = start + len(text), is_row
    return start


def _draft(assembly: _Assembly, kind: SectionKind, start: int, body: int) -> None:
    assembly.is_open = True
    if len(assembly.drafts) >= SECTIONS_MAX:
        assembly.notes[f"only the first {SECTIONS_MAX} headings, pages or rows were told apart"] = None
        return
    above = [title for _, title in assembly.titles]
    # The place comes last in the path, and is not the title: a page's number says nothing about what is on the page.
    path = (*above, assembly.place) if assembly.place else tuple(above)
    title = above[-1] if above else ""
    assembly.drafts.append(_Draft(title, path[-PATH_TITLES_MAX:], start, body, kind))


def _sections(assembly: _Assembly) -> Iterator[Section]:
    ends = [draft.start for draft in assembly.drafts[1:]] + [assembly.size]
    for draft, end in zip(assembly.drafts, ends, strict=False):
        yield Section(
            title=draft.title,
            path=draft.path,
            start=draft.start,
            end=end,
            body=draft.body,
            kind=draft.kind,
            blocks=tuple(draft.blocks),
        )
