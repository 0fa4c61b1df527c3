"""Word documents: headings by their style, paragraphs, list items, tables as rows, footnotes where they are cited."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.part import PartFactory
from docx.oxml.ns import qn
from docx.package import Package
from docx.parts.document import DocumentPart
from lxml import etree

from futurone_server.tools.documents.formats.archive import CORE, open_archive, parse_xml
from futurone_server.tools.documents.formats.styles import Style, styles_of
from futurone_server.tools.documents.refusals import BROKEN
from futurone_server.tools.documents.table import COLUMNS_MAX, is_header, row_text
from futurone_server.tools.documents.transcript import Kind, Refused, Transcript

CELL_CHARS_MAX = 1_000
"""A table with a longer cell only arranges the page: its cells are read as paragraphs."""

_MACROS = "it holds macros, which were not read"
_KINDS = (
    "application/vnd.ms-word.document.macroEnabled.main+xml",
    "application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
)
_LEVEL_MAX = 9
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_NOTE_KINDS = (
    (qn("w:footnoteReference"), RELATIONSHIP_TYPE.FOOTNOTES, qn("w:footnote")),
    (qn("w:endnoteReference"), RELATIONSHIP_TYPE.ENDNOTES, qn("w:endnote")),
)
_BREAKS = frozenset({qn("w:tab"), qn("w:br"), qn("w:cr")})
_APART = frozenset({_FALLBACK, qn("w:txbxContent"), qn("w:del"), qn("w:moveFrom"), qn("w:pPr")})
_TRANSPARENT = frozenset({qn("w:sdt"), qn("w:sdtContent"), qn("w:customXml"), qn("w:ins"), qn("w:moveTo")})

PartFactory.part_type_for.update(dict.fromkeys(_KINDS, DocumentPart))


@dataclass
class _Reading:
    transcript: Transcript
    styles: dict[str, Style]
    notes: dict[tuple[str, str], etree._Element] = field(default_factory=dict)


def read(data: bytes, transcript: Transcript) -> None:
    """Read a Word document. Deleted and hidden text, comments, headers and footers are left out."""
    names = open_archive(data).namelist()
    package = Package.open(io.BytesIO(data))
    main = package.main_document_part
    if not isinstance(main, DocumentPart):
        raise Refused(BROKEN)
    if any(name.casefold().endswith("vbaproject.bin") for name in names):
        transcript.note(_MACROS)
    if CORE in names:  # without it, the library makes a title up
        transcript.title = str(package.core_properties.title or "")
    reading = _Reading(transcript, styles_of(main))
    for part_name, relation, tag in _NOTE_KINDS:
        reading.notes.update(_notes(main, part_name, relation, tag))
    body = main.element.find(qn("w:body"))
    if body is None:
        raise Refused(BROKEN)
    _walk(reading, body)


def _notes(
    main: DocumentPart, reference: str, relation: str, tag: str
) -> Iterator[tuple[tuple[str, str], etree._Element]]:
    for related in main.rels.values():
        if related.reltype == relation and not related.is_external:
            for note in parse_xml(related.target_part.blob).iter(tag):
                yield (reference, str(note.get(qn("w:id")))), note


def _walk(reading: _Reading, parent: etree._Element) -> None:
    for child in parent:
        if child.tag == qn("w:p"):
            _read_paragraph(reading, child)
        elif child.tag == qn("w:tbl"):
            _read_table(reading, child)
        elif child.tag in _TRANSPARENT:
            _walk(reading, child)


def _read_paragraph(reading: _Reading, paragraph: etree._Element) -> None:
    text = text_of(paragraph)
    style = _style(reading, paragraph)
    if style.heading:
        reading.transcript.add(Kind.HEADING, text, level=min(style.heading, _LEVEL_MAX))
    else:
        reading.transcript.add(Kind.ITEM if style.is_list else Kind.PROSE, text)
    for found in paragraph.iter(qn("w:txbxContent"), *(reference for reference, _, _ in _NOTE_KINDS)):
        if found.tag != qn("w:txbxContent"):
            _read_note(reading, found)
        elif not any(above.tag == _FALLBACK for above in found.iterancestors()):
            _walk(reading, found)


def _read_note(reading: _Reading, reference: etree._Element) -> None:
    note = reading.notes.pop((str(reference.tag), str(reference.get(qn("w:id")))), None)
    if note is not None:
        reading.transcript.add(Kind.PROSE, " ".join(text_of(one) for one in note.iter(qn("w:p"))))


def _style(reading: _Reading, paragraph: etree._Element) -> Style:
    """The paragraph's style, and what the paragraph says itself."""
    properties = paragraph.find(qn("w:pPr"))
    if properties is None:
        return reading.styles.get("", Style())
    named = properties.find(qn("w:pStyle"))
    style = reading.styles.get("" if named is None else str(named.get(qn("w:val"))), Style())
    return style.with_own(properties)


def _read_table(reading: _Reading, table: etree._Element) -> None:
    rows = [list(_cells(row)) for row in table.iter(qn("w:tr")) if _owner(row) is table]
    texts = [[_cell_text(cell) for cell in row] for row in rows]
    is_layout = max(map(len, texts), default=0) < 2 or any(len(text) > CELL_CHARS_MAX for row in texts for text in row)
    if is_layout:
        for cell in (cell for row in rows for cell in row if cell is not None):
            _walk(reading, cell)
        return
    header = texts[0] if len(texts) > 1 and is_header(texts[0]) else []
    for row in texts[1:] if header else texts:
        reading.transcript.add(Kind.ROW, row_text(header, row))


def _owner(row: etree._Element) -> etree._Element | None:
    return next(row.iterancestors(qn("w:tbl")), None)


def _cells(row: etree._Element) -> Iterator[etree._Element | None]:
    """The cells of a row; None where a cell goes on over the next columns."""
    for cell in row:
        inner = cell.iter(qn("w:tc")) if cell.tag == qn("w:sdt") else (cell,)
        for one in inner:
            if one.tag == qn("w:tc"):
                yield one
                span = one.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
                width = str(span.get(qn("w:val"))) if span is not None else "1"
                yield from [None] * (min(int(width), COLUMNS_MAX) - 1 if width.isdecimal() else 0)


def _cell_text(cell: etree._Element | None) -> str:
    return "" if cell is None else " ".join(filter(None, (text_of(one) for one in cell.iter(qn("w:p")))))


def text_of(paragraph: etree._Element) -> str:
    """The words of a paragraph as a reader sees them: with insertions, without deletions and hidden runs."""
    return " ".join("".join(_words(paragraph)).split())


def _words(element: etree._Element) -> Iterator[str]:
    for child in element:
        if child.tag == qn("w:t"):
            yield child.text or ""
        elif child.tag in _BREAKS:
            yield " "
        elif child.tag == qn("w:noBreakHyphen"):
            yield "-"
        elif child.tag not in _APART and not (child.tag == qn("w:r") and _is_hidden(child)):
            yield from _words(child)


def _is_hidden(run: etree._Element) -> bool:
    mark = run.find(f"{qn('w:rPr')}/{qn('w:vanish')}")
    return mark is not None and mark.get(qn("w:val")) not in {"0", "false", "off"}
