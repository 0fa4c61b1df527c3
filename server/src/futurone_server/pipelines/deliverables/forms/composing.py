"""The body of a Word file, composed of Markdown tokens."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt
from docx.table import _Row
from docx.text.paragraph import Paragraph
from docx.text.run import Run

if TYPE_CHECKING:
    from markdown_it.token import Token

_LEVELS_MAX = 3
_CODE_FONT, _CODE_PT = "Courier New", 9
_ALIGNED = {
    "text-align:left": WD_ALIGN_PARAGRAPH.LEFT,
    "text-align:center": WD_ALIGN_PARAGRAPH.CENTER,
    "text-align:right": WD_ALIGN_PARAGRAPH.RIGHT,
}


class Composer:
    """Puts one text into a document, block by block."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._lists: list[int | None] = []
        """The lists around: the number of each that counts, None for one with bullets."""
        self._quotes = 0
        self._bookmark: str | None = None
        self._bookmarks = 0
        self._is_item_new = False

    def compose(self, tokens: "Sequence[Token]") -> None:
        """Put the text in."""
        rest = iter(tokens)
        for token in rest:
            match token.type:
                case "heading_open":
                    self._inline(self._document.add_heading(level=int(token.tag[1:])), next(rest))
                case "paragraph_open":
                    self._inline(self._paragraph(), next(rest))
                case "list_item_open":
                    self._is_item_new = True
                    self._bookmark = str(token.attrGet("id") or "") or None
                case "blockquote_open" | "blockquote_close":
                    self._quotes += token.nesting
                case "fence" | "code_block":
                    self._code(token.content)
                case "table_open":
                    self._table(list(_until(rest, "table_close")))
                case kind if kind.endswith(("_list_open", "_list_close")):
                    self._list(token)
                case _:
                    pass  # closings, and rules, which headings make superfluous

    def _list(self, token: "Token") -> None:
        if token.nesting < 0:
            self._lists.pop()
        else:
            is_counted = token.type == "ordered_list_open"
            self._lists.append(self._numbering(int(token.attrGet("start") or 1)) if is_counted else None)

    def _paragraph(self) -> Paragraph:
        """A paragraph in the style that its place asks for. The first of a list's item carries its bullet or number."""
        if not self._lists:
            return self._document.add_paragraph(style="Quote" if self._quotes else None)
        level = min(len(self._lists), _LEVELS_MAX)
        suffix = "" if level == 1 else f" {level}"
        if not self._is_item_new:
            return self._document.add_paragraph(style=f"List Continue{suffix}")
        self._is_item_new = False
        number = self._lists[-1]
        paragraph = self._document.add_paragraph(style=f"List {'Bullet' if number is None else 'Number'}{suffix}")
        if number is not None:
            properties: Any = paragraph._p.get_or_add_pPr().get_or_add_numPr()
            properties.get_or_add_ilvl().val = 0
            properties.get_or_add_numId().val = number
        return paragraph

    def _numbering(self, start: int) -> int:
        """A new count: each list begins with its own number."""
        level = min(len(self._lists) + 1, _LEVELS_MAX)
        style: Any = self._document.styles["List Number" if level == 1 else f"List Number {level}"]
        numbering: Any = self._document.part.numbering_part.element
        like = numbering.num_having_numId(style.element.pPr.numPr.numId.val)
        made = numbering.add_num(like.abstractNumId.val)
        made.add_lvlOverride(ilvl=0).add_startOverride(start)
        return int(made.numId)

    def _code(self, text: str) -> None:
        paragraph = self._document.add_paragraph(style="No Spacing")
        for number, line in enumerate(text.rstrip("\n").split("\n")):
            run = paragraph.add_run()
            if number:
                run.add_break()
            run.add_text(line)
            _as_code(run)
        self._document.add_paragraph()

    def _table(self, tokens: "Sequence[Token]") -> None:
        rows = list(_rows(tokens))
        table = self._document.add_table(rows=0, cols=max(map(len, rows)), style="Table Grid")
        for number, cells in enumerate(rows):
            row = table.add_row()
            for cell, (opening, content) in zip(row.cells, cells, strict=False):
                paragraph = cell.paragraphs[0]
                paragraph.alignment = _ALIGNED.get(str(opening.attrGet("style")))
                self._inline(paragraph, content, is_bold=number == 0)
            if number == 0:
                _repeat(row)
        self._document.add_paragraph()

    def _inline(self, paragraph: Paragraph, line: "Token", *, is_bold: bool = False) -> None:
        bold, italic, linked = int(is_bold), 0, None
        self._open_bookmark(paragraph)
        for child in line.children or ():
            if child.type == "link_open":
                linked = _link(paragraph, str(child.attrGet("href")))
            elif child.type == "link_close":
                linked = None
            elif child.type in ("strong_open", "strong_close"):
                bold += child.nesting
            elif child.type in ("em_open", "em_close"):
                italic += child.nesting
            else:
                run = _run(paragraph, child)
                run.bold, run.italic = bold > 0 or None, italic > 0 or None
                if linked is not None:
                    linked.append(run._r)

    def _open_bookmark(self, paragraph: Paragraph) -> None:
        """What a citation leads to."""
        if self._bookmark is None:
            return
        self._bookmarks += 1
        for kind in ("w:bookmarkStart", "w:bookmarkEnd"):
            mark = OxmlElement(kind)
            mark.set(qn("w:id"), str(self._bookmarks))
            if kind == "w:bookmarkStart":
                mark.set(qn("w:name"), self._bookmark)
            paragraph._p.append(mark)
        self._bookmark = None


def _run(paragraph: Paragraph, child: "Token") -> Run:
    if child.type == "hardbreak":
        run = paragraph.add_run()
        run.add_break()
        return run
    run = paragraph.add_run(" " if child.type == "softbreak" else child.content)
    if child.type == "code_inline":
        _as_code(run)
    return run


def _as_code(run: Run) -> None:
    run.font.name, run.font.size = _CODE_FONT, Pt(_CODE_PT)


def _link(paragraph: Paragraph, address: str) -> Any:
    """A link to a place in the document itself; the reader knows no others."""
    link = OxmlElement("w:hyperlink")
    link.set(qn("w:anchor"), address.removeprefix("#"))
    paragraph._p.append(link)
    return link


def _repeat(row: _Row) -> None:
    """The head of a table stands on every page that the table goes over."""
    properties: Any = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:tblHeader"))


def _until(tokens: "Iterator[Token]", kind: str) -> "Iterator[Token]":
    for token in tokens:
        if token.type == kind:
            return
        yield token


def _rows(tokens: "Sequence[Token]") -> "Iterator[list[tuple[Token, Token]]]":
    """The rows of a table: each cell's opening and its content."""
    cells: list[tuple[Token, Token]] = []
    for at, token in enumerate(tokens):
        if token.type in ("th_open", "td_open"):
            cells.append((token, tokens[at + 1]))
        elif token.type == "tr_close":
            yield cells
            cells = []
