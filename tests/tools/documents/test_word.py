"""Word documents: headings by style, lists, tables, footnotes, and only the words that a reader sees."""

import io

import docx
import pytest

from futurone_server.tools.documents import Document
from tools.documents.making import changed, docx_file, member
from tools.documents.shapes import blocks, paths, read_here, under

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def _read(data: bytes) -> Document:
    return read_here("docx", data)


def _body(xml: str) -> Document:
    body = f"<w:document {SPACE}><w:body>{xml}</w:body></w:document>"
    return _read(changed(docx_file(), {"word/document.xml": body}))


def test_headings_lists_and_tables_are_what_they_are() -> None:
    document = _read(docx_file())
    assert document.title == "The manual"
    assert paths(document) == ["The manual", "Installing", "Installing > Plans", "Removing"]
    assert blocks(document) == [
        ("prose", "Installing takes 20 GB of space."),
        ("item", "a disk"),
        ("row", "plan: Free; price: 0 EUR"),
        ("row", "plan: Team; price: 49 EUR"),
        ("prose", "Removing takes a minute."),
    ]
    plans = document.sections[2]
    assert document.text[plans.start : plans.end] == "Plans\n\nplan: Free; price: 0 EUR\nplan: Team; price: 49 EUR\n\n"


def test_a_style_of_ones_own_is_the_heading_it_is_made_from() -> None:
    made = docx.Document()
    made.styles.add_style("Chapter head", 1).base_style = made.styles["Heading 2"]
    made.add_paragraph("Limits", style="Chapter head")
    made.add_paragraph("Fifty.")
    file = io.BytesIO()
    made.save(file)
    assert paths(_read(file.getvalue())) == ["Limits"]


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        ("<w:r><w:t>to</w:t></w:r><w:r><w:t>gether</w:t></w:r>", "together"),
        ("<w:ins><w:r><w:t>put in</w:t></w:r></w:ins>", "put in"),
        ("<w:r><w:t>kept</w:t></w:r><w:del><w:r><w:t>cut</w:t></w:r></w:del>", "kept"),
        ("<w:moveFrom><w:r><w:t>left</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>new</w:t></w:r></w:moveTo>", "new"),
        ("<w:r><w:t>kept</w:t></w:r><w:del><w:r><w:delText>cut</w:delText></w:r></w:del>", "kept"),
        ("<w:r><w:t>seen</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>", "seen"),
        ("<w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:t>7</w:t></w:r>", "7"),
        ("<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r>", "a b c"),
        ("<w:hyperlink><w:r><w:t>linked</w:t></w:r></w:hyperlink>", "linked"),
    ],
)
def test_words_are_those_a_reader_sees(xml: str, text: str) -> None:
    assert _body(f"<w:p>{xml}</w:p>").text == text


def test_text_in_content_controls_is_read() -> None:
    paragraph = "<w:p><w:r><w:t>controlled</w:t></w:r></w:p>"
    assert _body(f"<w:sdt><w:sdtContent>{paragraph}</w:sdtContent></w:sdt>").text == "controlled"


def test_a_merged_cell_does_not_shift_the_others() -> None:
    def row(*cells: str) -> str:
        return f"<w:tr>{''.join(cells)}</w:tr>"

    def cell(text: str, span: int = 1) -> str:
        properties = f'<w:tcPr><w:gridSpan w:val="{span}"/></w:tcPr>'
        return f"<w:tc>{properties}<w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>"

    table = row(cell("a"), cell("b"), cell("c")) + row(cell("1", 2), cell("3"))
    assert _body(f"<w:tbl>{table}</w:tbl>").text == "a: 1; c: 3"


def test_footnotes_follow_the_paragraph_that_cites_them() -> None:
    note = '<w:footnote w:id="2"><w:p><w:r><w:t>Since 2024.</w:t></w:r></w:p></w:footnote>'
    notes = f"<w:footnotes {SPACE}>{note}</w:footnotes>"
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    plain = docx_file()
    links = member(plain, "word/_rels/document.xml.rels").replace(
        "</Relationships>", f'<Relationship Id="rId99" Type="{relation}" Target="footnotes.xml"/></Relationships>'
    )
    types = member(plain, "[Content_Types].xml").replace(
        "</Types>", f'<Override PartName="/word/footnotes.xml" ContentType="{kind}"/></Types>'
    )
    first = '<w:r><w:t>It is free.</w:t><w:footnoteReference w:id="2"/></w:r>'
    cited = f"<w:p>{first}</w:p><w:p><w:r><w:t>Next.</w:t></w:r></w:p>"
    data = changed(
        plain,
        {
            "word/document.xml": f"<w:document {SPACE}><w:body>{cited}</w:body></w:document>",
            "word/footnotes.xml": notes,
            "word/_rels/document.xml.rels": links,
            "[Content_Types].xml": types,
        },
    )
    assert [text for _, text in blocks(_read(data))] == ["It is free.", "Since 2024.", "Next."]


def test_macros_are_not_read_and_said_to_be_there() -> None:
    types = member(docx_file(), "[Content_Types].xml").replace(
        f"{DOCX}.main+xml", "application/vnd.ms-word.document.macroEnabled.main+xml"
    )
    document = _read(changed(docx_file(), {"[Content_Types].xml": types, "word/vbaProject.bin": b"Sub x()"}))
    assert document.notes == ("it holds macros, which were not read",)
    assert under(document, "Removing") == ["Removing takes a minute."]
