"""HTML pages: the text a reader sees, with headings, definition terms, lists, code and table rows told apart."""

from collections.abc import Callable
from dataclasses import dataclass, field

from futurone_server.tools.documents.document import TEXT_CHARS_MAX, Block, BlockKind, Section, SectionKind
from futurone_server.tools.documents.markup import Tag, is_unseen, read_markup, tag_names
from futurone_server.tools.documents.outline import TERM_LEVEL, Mark, clean_title, outline
from futurone_server.tools.documents.table import COLUMNS_MAX, is_header, row_text

CELL_CHARS_MAX = 1_000
"""A table with a longer cell, or with a table inside, only arranges the page: its cells are read as paragraphs."""

TOKENS_MAX = 500_000
"""Tags and texts beyond this are left out, with a note."""

_CLOSED_BY_NEXT = frozenset({"p", "td", "th", "tr", "dt", "dd"})
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_PARAGRAPHS = tag_names("""
    address article aside blockquote body center details dd div dl fieldset figcaption figure footer form header
    hr html legend li main menu ol p pre section summary table tbody td tfoot th thead tr ul dt caption
""") | frozenset(_HEADINGS)


@dataclass
class _Table:
    header: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    is_first: bool = True
    has_only_heads: bool = True
    is_layout: bool = False


@dataclass
class _Page:
    parts: list[str] = field(default_factory=list)
    size: int = 0
    title: str = ""
    marks: list[Mark] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    run: list[str] = field(default_factory=list)
    kind: BlockKind = BlockKind.PROSE
    heading: str = ""
    preformatted: int = 0
    tables: list[_Table] = field(default_factory=list)
    unseen: str = ""
    unseen_depth: int = 0
    is_title: bool = False


def parse_page(raw: str) -> tuple[str, str, tuple[Section, ...], tuple[str, ...]]:
    """Title, canonical text, sections and notes of a page.

    Left out: scripts, styles, comments, navigation, and what the page itself hides (``hidden``, ``aria-hidden``,
    ``display:none`` and the like). A block is a line, or several in code; table rows read ``column: value; …``.
    """
    page = _Page()
    notes: list[str] = []
    for count, token in enumerate(read_markup(raw)):
        if count >= TOKENS_MAX or page.size > TEXT_CHARS_MAX:
            notes.append("the page is too large: its end was left out")
            break
        if isinstance(token, str):
            _read_text(page, token)
        elif token.is_end:
            _read_end(page, token.name)
        else:
            _read_start(page, token)
    if page.unseen and page.unseen_depth:
        notes.append(f"text after an unclosed, hidden <{page.unseen[:20]}> was left out")
    _flush(page)
    while page.tables:
        _close_table(page)
    text = "".join(page.parts)
    sections, more = outline(text, page.marks, page.blocks)
    return page.title, text, sections, (*notes, *more)


def _read_text(page: _Page, text: str) -> None:
    if page.is_title and not page.title:
        page.title = clean_title(text)
    elif not page.unseen:
        page.run.append(text)


def _read_start(page: _Page, tag: Tag) -> None:
    page.is_title = tag.name == "title"
    if page.unseen and not _reappears(page, tag):
        return
    if is_unseen(tag):
        _flush(page)
        page.unseen, page.unseen_depth = tag.name, 1
        return
    if tag.name in _PARAGRAPHS:
        _flush(page)
    action = _STARTS.get(tag.name)
    if action:
        action(page)
    elif tag.name in _HEADINGS:
        page.heading = tag.name


def _reappears(page: _Page, tag: Tag) -> bool:
    """Whether a start tag ends what is not shown: a body ends its head, a paragraph the one before it."""
    if (page.unseen == "head" and tag.name == "body") or (tag.name == page.unseen and tag.name in _CLOSED_BY_NEXT):
        page.unseen = ""
    elif tag.name == page.unseen and not tag.is_self_closing:
        page.unseen_depth += 1
    return not page.unseen


def _read_end(page: _Page, name: str) -> None:
    page.is_title = False
    if page.unseen:
        if name == page.unseen:
            page.unseen_depth -= 1
            page.unseen = page.unseen if page.unseen_depth else ""
        return
    if name in _PARAGRAPHS:
        _flush(page)
    action = _ENDS.get(name)
    if action:
        action(page)
    elif name in _HEADINGS:
        page.heading = ""


def _flush(page: _Page) -> None:
    """End the running block: add its text, and a block or a heading for it."""
    if not page.run:
        return
    raw, page.run = "".join(page.run), []
    if page.preformatted:
        text = raw.strip("\n").rstrip()
    else:
        text = "\n".join(" ".join(line.split()) for line in raw.split("\v")).strip()
    if not text.strip():
        return
    if page.tables and not page.tables[-1].is_layout and not page.heading and not page.preformatted:
        _add_to_cell(page, text)
        return
    start = _append(page, text)
    if page.heading:
        _mark(page, text, start)
    else:
        page.blocks.append(Block(kind=page.kind, start=start, end=start + len(text)))


def _add_to_cell(page: _Page, text: str) -> None:
    table = page.tables[-1]
    if table.cells:
        table.cells[-1] = f"{table.cells[-1]} {text}".strip()
    else:
        table.cells.append(text)
    if len(table.cells[-1]) > CELL_CHARS_MAX:
        _dissolve(page, table)


def _dissolve(page: _Page, table: _Table) -> None:
    table.is_layout = True
    cells, table.cells = table.cells, []
    for cell in filter(None, cells):
        start = _append(page, cell)
        page.blocks.append(Block(kind=BlockKind.PROSE, start=start, end=start + len(cell)))


def _append(page: _Page, text: str) -> int:
    gap = "\n\n" if page.parts else ""
    start = page.size + len(gap)
    page.parts.append(gap + text)
    page.size = start + len(text)
    return start


def _mark(page: _Page, text: str, start: int) -> None:
    is_term = page.heading == "dt"
    level = TERM_LEVEL if is_term else _HEADINGS[page.heading]
    kind = SectionKind.TERM if is_term else SectionKind.HEADING
    title = clean_title(text.strip("¶#§ ")) or "—"
    page.marks.append(Mark(level=level, title=title, start=start, body=start + len(text), kind=kind))


def _open_term(page: _Page) -> None:
    page.heading = "dt"


def _close_term(page: _Page) -> None:
    page.heading = ""


def _close_terms(page: _Page) -> None:
    page.heading = ""
    page.marks.append(Mark(level=TERM_LEVEL, title=None, start=page.size, body=page.size, kind=SectionKind.TERM))


def _open_item(page: _Page) -> None:
    page.kind = BlockKind.ITEM


def _open_prose(page: _Page) -> None:
    page.kind = BlockKind.PROSE
    page.heading = ""


def _open_paragraph(page: _Page) -> None:
    if page.heading in _HEADINGS:
        page.heading = ""


def _open_code(page: _Page) -> None:
    page.preformatted += 1
    page.kind = BlockKind.CODE


def _close_code(page: _Page) -> None:
    page.preformatted = max(0, page.preformatted - 1)
    page.kind = BlockKind.PROSE


def _break_line(page: _Page) -> None:
    page.run.append("\n" if page.preformatted else "\v")


def _open_table(page: _Page) -> None:
    if page.tables:
        _dissolve(page, page.tables[-1])
    page.tables.append(_Table())


def _close_table(page: _Page) -> None:
    _close_row(page)
    if page.tables:
        page.tables.pop()


def _open_cell(page: _Page) -> None:
    if page.tables and not page.tables[-1].is_layout and len(page.tables[-1].cells) <= COLUMNS_MAX:
        page.tables[-1].cells.append("")


def _open_data_cell(page: _Page) -> None:
    if page.tables:
        page.tables[-1].has_only_heads = False
    _open_cell(page)


def _close_row(page: _Page) -> None:
    if not page.tables:
        return
    table = page.tables[-1]
    cells, table.cells = table.cells, []
    if not any(cells):
        return
    if table.is_first and len(cells) > 1 and table.has_only_heads and is_header(cells):
        table.header = cells
    else:
        line = row_text(table.header, cells)
        start = _append(page, line)
        page.blocks.append(Block(kind=BlockKind.ROW, start=start, end=start + len(line)))
    table.is_first, table.has_only_heads = False, True


_STARTS: dict[str, Callable[[_Page], None]] = {
    "dt": _open_term,
    "dd": _open_prose,
    "p": _open_paragraph,
    "li": _open_item,
    "pre": _open_code,
    "br": _break_line,
    "table": _open_table,
    "tr": _close_row,
    "th": _open_cell,
    "td": _open_data_cell,
}
_ENDS: dict[str, Callable[[_Page], None]] = {
    "dt": _close_term,
    "dl": _close_terms,
    "li": _open_prose,
    "ul": _open_prose,
    "ol": _open_prose,
    "pre": _close_code,
    "table": _close_table,
    "tr": _close_row,
}
