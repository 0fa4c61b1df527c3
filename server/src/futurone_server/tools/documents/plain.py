"""Plain text: underlined, capital and numbered headings, option lists and hanging definitions, bullets, columns."""

import re
from dataclasses import dataclass, field

from futurone_server.tools.documents.document import Block, BlockKind, Section, SectionKind
from futurone_server.tools.documents.lines import Line, is_bullet, is_rule, lines
from futurone_server.tools.documents.outline import TERM_LEVEL, Mark, clean_title, outline

_HEADING_CHARS_MAX = 100
_TERM_CHARS_MAX = 80
_TERM_STEP_COLUMNS = 2
_INLINE_TERM_COLUMNS_MAX = 24
_CODE_INDENT_COLUMNS = 4
_UNDERLINE_LEVELS = {"=": 1, "-": 2}
_NUMBERED = re.compile(r"(\d{1,3}(?:\.\d{1,3}){0,5})\.?\s{1,9}[A-Z]")
_OPTION = re.compile(r"(-{1,2}[A-Za-z0-9?#@][^\s]*(?:,? -{0,2}[^\s]+){0,6}?)\s{2,40}(?=\S)")
_SHORT_TERM = re.compile(r"(\S{1,20}) {3,40}(?=\S)(?!.*\S {3,}\S)")
_COLUMNS = re.compile(r"\S(?: {3,}|\t+| [|│] )\S")
_SYMBOLS = frozenset("{}()[];=<>|$\\&*_/@~`")
_SYMBOL_SHARE = 0.12


@dataclass
class _State:
    text: str
    marks: list[Mark] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    paragraph: list[Line] = field(default_factory=list)
    term_indents: list[int] = field(default_factory=list)


def parse_plain(text: str) -> tuple[tuple[Section, ...], tuple[str, ...]]:
    """Sections of a plain text, and notes."""
    found, notes = lines(text)
    state = _State(text)
    is_underline = False
    for index, line in enumerate(found):
        level = 0 if is_underline or not line.bare else _heading_level(found, index)
        if is_underline or not line.bare:
            _close_paragraph(state)
            is_underline = False
        elif level:
            is_underline = index + 1 < len(found) and _underlines(line, found[index + 1])
            _open_heading(state, line, level, found[index + is_underline].end)
        else:
            _read_line(state, found, index)
    _close_paragraph(state)
    sections, more = outline(text, state.marks, state.blocks)
    return sections, (*notes, *more)


def _read_line(state: _State, found: list[Line], index: int) -> None:
    line = found[index]
    if state.term_indents and line.indent <= state.term_indents[-1]:
        _close_paragraph(state)
    width = 0 if state.paragraph else _inline_term_width(found, index)
    if width:
        _open_term(state, line, line.bare[:width], line.start + width)
        rest = line.bare[width:].lstrip()
        state.paragraph = [Line(start=line.end - len(rest), indent=line.indent + 1, bare=rest)]
    elif not state.paragraph and _is_term(found, index):
        _open_term(state, line, line.bare, line.end)
    else:
        if not state.paragraph or is_bullet(line.bare):
            _close_paragraph(state)
            _close_terms(state, line)
        state.paragraph.append(line)


def _inline_term_width(found: list[Line], index: int) -> int:
    """How wide the term is whose description begins on the same line; 0 if there is none."""
    line = found[index]
    option = _OPTION.match(line.bare) or (_SHORT_TERM.match(line.bare) if line.indent else None)
    if option:
        return len(option.group(1))
    # The description goes on below just where it began: "-prune True; if the file ..."
    after = found[index + 1] if index + 1 < len(found) else None
    gap = after.indent - line.indent if after and after.bare else 0
    if not _TERM_STEP_COLUMNS < gap <= _INLINE_TERM_COLUMNS_MAX or gap >= len(line.bare) or is_bullet(line.bare):
        return 0
    stands_apart = line.bare[gap - 1] == " " and line.bare[gap] != " "
    return len(line.bare[:gap].rstrip()) if stands_apart and line.bare[gap - 2] not in ".," else 0


def _heading_level(found: list[Line], index: int) -> int:
    """The level of the heading that begins at this line; 0 if none does."""
    line = found[index]
    if len(line.bare) > _HEADING_CHARS_MAX or not any(char.isalpha() for char in line.bare):
        return 0
    after = found[index + 1] if index + 1 < len(found) else None
    if after and _underlines(line, after):
        return _UNDERLINE_LEVELS.get(after.bare[0], 3)
    is_after_gap = index == 0 or not found[index - 1].bare or is_rule(found[index - 1].bare)
    if not is_after_gap or line.bare[-1] in ".,;":
        return 0
    if line.indent == 0 and _is_capital(line.bare):
        return 1
    return _indented_or_numbered(found, index)


def _indented_or_numbered(found: list[Line], index: int) -> int:
    line = found[index]
    after = found[index + 1] if index + 1 < len(found) else None
    numbered = _NUMBERED.match(line.bare)
    if numbered and line.indent == 0 and after and not after.bare:
        following = next((later.bare for later in found[index + 2 : index + 12] if later.bare), "")
        is_list = _NUMBERED.match(following) is not None and "." not in numbered.group(1)
        return 0 if is_list else min(numbered.group(1).count(".") + 1, TERM_LEVEL - 1)
    # Manual pages: sub-headings stand three columns in, their text seven.
    if line.indent == 3 and after and after.bare and after.indent >= 7 and not is_bullet(line.bare):
        return 2
    return 0


def _underlines(line: Line, after: Line) -> bool:
    drawn = after.bare
    return (
        len(drawn) >= 3
        and drawn[0] in '=-~^"*#+'
        and drawn == drawn[0] * len(drawn)
        and line.indent == after.indent
        and len(line.bare) / 2 <= len(drawn) <= len(line.bare) + 12
        and not is_bullet(line.bare)
    )


def _is_capital(bare: str) -> bool:
    letters = [char for char in bare if char.isalpha()]
    return len(letters) >= 3 and all(char.isupper() for char in letters)


def _is_term(found: list[Line], index: int) -> bool:
    line = found[index]
    after = found[index + 1] if index + 1 < len(found) else None
    if after and not after.bare and line.bare[0] == "-" and index + 2 < len(found):
        after = found[index + 2]  # an option may stand apart from its description
    return (
        after is not None
        and bool(after.bare)
        and after.indent >= line.indent + _TERM_STEP_COLUMNS
        and len(line.bare) <= _TERM_CHARS_MAX
        and line.bare[-1] not in ".,:;"
        and not is_bullet(line.bare)
        and any(char.isalnum() for char in line.bare)
    )


def _open_heading(state: _State, line: Line, level: int, body: int) -> None:
    _close_paragraph(state)
    state.term_indents.clear()
    state.marks.append(
        Mark(level=level, title=clean_title(line.bare), start=line.start, body=body, kind=SectionKind.HEADING)
    )


def _open_term(state: _State, line: Line, title: str, body: int) -> None:
    _close_paragraph(state)
    while state.term_indents and state.term_indents[-1] >= line.indent:
        state.term_indents.pop()
    level = TERM_LEVEL + len(state.term_indents)
    state.term_indents.append(line.indent)
    state.marks.append(Mark(level=level, title=clean_title(title), start=line.start, body=body, kind=SectionKind.TERM))


def _close_terms(state: _State, line: Line) -> None:
    if not state.term_indents or state.term_indents[-1] < line.indent:
        return
    while state.term_indents and state.term_indents[-1] >= line.indent:
        state.term_indents.pop()
    level = TERM_LEVEL + len(state.term_indents)
    state.marks.append(Mark(level=level, title=None, start=line.start, body=line.start, kind=SectionKind.TERM))


def _close_paragraph(state: _State) -> None:
    paragraph, state.paragraph = state.paragraph, []
    if not paragraph:
        return
    for kind, start, end in _blocks(state.text, paragraph):
        state.blocks.append(Block(kind=kind, start=start, end=end))


def _blocks(text: str, paragraph: list[Line]) -> list[tuple[BlockKind, int, int]]:
    start, end = paragraph[0].start, paragraph[-1].end
    if is_bullet(paragraph[0].bare):
        return [(BlockKind.ITEM, start, end)]
    in_columns = sum(1 for line in paragraph if _COLUMNS.search(line.bare))
    if len(paragraph) >= 2 and in_columns >= len(paragraph) * 0.6:
        return [(BlockKind.ROW, line.start, line.end) for line in paragraph if not is_rule(line.bare)]
    if all(is_rule(line.bare) for line in paragraph):
        return []
    is_code = paragraph[0].indent >= _CODE_INDENT_COLUMNS and _looks_like_code(text[start:end])
    return [(BlockKind.CODE if is_code else BlockKind.PROSE, start, end)]


def _looks_like_code(text: str) -> bool:
    shown = [char for char in text[:2000] if not char.isspace()]
    return bool(shown) and sum(1 for char in shown if char in _SYMBOLS) / len(shown) > _SYMBOL_SHARE
