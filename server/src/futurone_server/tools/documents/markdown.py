"""Markdown: headings, fences, lists, tables and definitions, read where they stand in the original text."""

import re
from dataclasses import dataclass, field

from futurone_server.tools.documents.document import Block, BlockKind, Section, SectionKind
from futurone_server.tools.documents.lines import Line, is_bullet, lines
from futurone_server.tools.documents.outline import TERM_LEVEL, Mark, clean_title, outline

_TABLE_LEVEL = TERM_LEVEL + 1
_FENCE = re.compile(r"(`{3,}|~{3,})")
_ATX = re.compile(r"(#{1,6})(?:\s+|\Z)")
_SETEXT = re.compile(r"(?:=+|-+)\Z")
_DELIMITER_ROW = re.compile(r"[|:\-\s]+\Z")
_LINK_DEFINITION = re.compile(r"\[[^\]]{1,300}\]:\s")
_ATTRIBUTES = re.compile(r"\s*\{[^{}]{0,100}\}\Z")
_FRONT_MATTER_LINES_MAX = 100


@dataclass
class _State:
    text: str
    found: list[Line]
    marks: list[Mark] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    paragraph: list[Line] = field(default_factory=list)
    in_term: bool = False


def parse_markdown(text: str) -> tuple[tuple[Section, ...], tuple[str, ...]]:
    """Sections of a Markdown text, and notes."""
    found, notes = lines(text)
    state = _State(text, found)
    at = _after_front_matter(found)
    while at < len(found):
        at = _read(state, at)
    _close_paragraph(state)
    sections, more = outline(text, state.marks, state.blocks)
    return sections, (*notes, *more)


def heading_words(markdown: str) -> str:
    """A heading's words without closing hashes, attributes and emphasis."""
    bare = _ATTRIBUTES.sub("", markdown.rstrip().rstrip("#").rstrip())
    return clean_title(bare.replace("`", "").replace("**", "").replace("__", ""))


def _read(state: _State, at: int) -> int:
    """Read what begins at one line; the index of the line after it."""
    line = state.found[at]
    if not line.bare:
        _close_paragraph(state)
        return at + 1
    fence = _FENCE.match(line.bare)
    if fence:
        return _read_fence(state, at, fence.group(1))
    if line.bare.startswith("<!--"):
        return _skip_comment(state, at)
    heading = _ATX.match(line.bare) if line.indent <= 3 else None
    if heading:
        _open_heading(state, line, len(heading.group(1)), body=line.end)
        return at + 1
    if _is_table(state.found, at):
        return _read_table(state, at)
    return _read_words(state, at)


def _read_words(state: _State, at: int) -> int:
    line = state.found[at]
    after = state.found[at + 1].bare if at + 1 < len(state.found) else ""
    if not state.paragraph and _SETEXT.match(after) and line.indent <= 3 and not is_bullet(line.bare):
        _open_heading(state, line, 1 if after[0] == "=" else 2, body=state.found[at + 1].end)
        return at + 2
    if not state.paragraph and after.startswith(": ") and not line.bare.startswith(": "):
        _open_term(state, line)
        return at + 1
    if not state.paragraph and _LINK_DEFINITION.match(line.bare):
        return at + 1
    if is_bullet(line.bare):
        _close_paragraph(state)
    if state.in_term and not state.paragraph and line.indent == 0 and not line.bare.startswith(": "):
        state.marks.append(Mark(level=TERM_LEVEL, title=None, start=line.start, body=line.start, kind=SectionKind.TERM))
        state.in_term = False
    state.paragraph.append(line)
    return at + 1


def _read_fence(state: _State, at: int, fence: str) -> int:
    _close_paragraph(state)
    end = at + 1
    while end < len(state.found) and not _closes(state.found[end].bare, fence):
        end += 1
    inside = [line for line in state.found[at + 1 : end] if line.bare]
    if inside:
        state.blocks.append(Block(kind=BlockKind.CODE, start=inside[0].start, end=inside[-1].end))
    return end + 1


def _closes(bare: str, fence: str) -> bool:
    return len(bare) >= len(fence) and bare == fence[0] * len(bare)


def _skip_comment(state: _State, at: int) -> int:
    _close_paragraph(state)
    while at < len(state.found) and "-->" not in state.found[at].bare:
        at += 1
    return at + 1


def _is_table(found: list[Line], at: int) -> bool:
    if at + 1 >= len(found) or "|" not in found[at].bare:
        return False
    under = found[at + 1].bare
    return "-" in under and "|" in under and _DELIMITER_ROW.match(under) is not None


def _read_table(state: _State, at: int) -> int:
    _close_paragraph(state)
    head = state.found[at]
    columns = " | ".join(cell.strip() for cell in head.bare.strip("|").split("|"))
    body = state.found[at + 1].end
    state.marks.append(
        Mark(level=_TABLE_LEVEL, title=heading_words(columns), start=head.start, body=body, kind=SectionKind.ROW)
    )
    end = at + 2
    while end < len(state.found) and "|" in state.found[end].bare:
        row = state.found[end]
        state.blocks.append(Block(kind=BlockKind.ROW, start=row.start, end=row.end))
        end += 1
    after = state.found[end].start if end < len(state.found) else len(state.text)
    state.marks.append(Mark(level=_TABLE_LEVEL, title=None, start=after, body=after, kind=SectionKind.ROW))
    return end


def _open_heading(state: _State, line: Line, level: int, *, body: int) -> None:
    _close_paragraph(state)
    state.in_term = False
    title = heading_words(line.bare.lstrip("#")) or "—"
    state.marks.append(Mark(level=level, title=title, start=line.start, body=body, kind=SectionKind.HEADING))


def _open_term(state: _State, line: Line) -> None:
    state.in_term = True
    title = heading_words(line.bare) or "—"
    state.marks.append(Mark(level=TERM_LEVEL, title=title, start=line.start, body=line.end, kind=SectionKind.TERM))


def _close_paragraph(state: _State) -> None:
    paragraph, state.paragraph = state.paragraph, []
    if not paragraph:
        return
    kind = BlockKind.PROSE
    if is_bullet(paragraph[0].bare):
        kind = BlockKind.ITEM
    elif all(line.indent >= 4 for line in paragraph) and not state.in_term:
        kind = BlockKind.CODE
    state.blocks.append(Block(kind=kind, start=paragraph[0].start, end=paragraph[-1].end))


def _after_front_matter(found: list[Line]) -> int:
    if found and found[0].bare == "---":
        for at in range(1, min(len(found), _FRONT_MATTER_LINES_MAX)):
            if found[at].bare in {"---", "..."}:
                return at + 1
    return 0
