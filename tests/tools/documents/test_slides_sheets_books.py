"""Presentations, spreadsheets and books: every quote can say which slide, row or chapter it is from."""

import datetime as dt
import io
from collections.abc import Sequence

import openpyxl
import pytest

from futurone_server.tools.documents import Document, UnreadableDocument, parse
from tools.documents.making import ROWS, epub_file, pptx_file, xlsx_file
from tools.documents.shapes import blocks, paths, read_here, under

OFFICE = "application/vnd.openxmlformats-officedocument."
PPTX, XLSX = f"{OFFICE}presentationml.presentation", f"{OFFICE}spreadsheetml.sheet"
EPUB = "application/epub+zip"
ENCRYPTION = (
    '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
    '<CipherReference xmlns="http://www.w3.org/2001/04/xmlenc#" URI="{}"/></encryption>'
)


def _sheet(rows: Sequence[Sequence[object]]) -> Document:
    return read_here("xlsx", xlsx_file({"Plans": rows}))


def test_a_slide_has_its_title_its_words_and_its_notes() -> None:
    document = read_here("pptx", pptx_file())
    assert paths(document) == ["Our aims > Slide 1", "Our aims > Slide 1, notes", "Plans > Slide 2", "Slide 3"]
    assert [section.title for section in document.sections] == ["Our aims", "Our aims", "Plans", ""]
    assert blocks(document) == [
        ("item", "Grow by 20 %"),
        ("item", "Hire five people"),
        ("prose", "Say it slowly."),
        ("row", "plan: Free; price: 0 EUR"),
        ("row", "plan: Team; price: 49 EUR"),
        ("prose", "Words without a title."),
    ]
    first = document.sections[0]
    assert document.text[first.start : first.end] == "Our aims\n\nGrow by 20 %\n\nHire five people\n\n"


def test_hidden_slides_and_sheets_are_left_out_and_said_so() -> None:
    assert read_here("pptx", pptx_file()).notes == ("1 hidden slide was left out",)
    book = openpyxl.load_workbook(io.BytesIO(xlsx_file({"Shown": ROWS, "Secret": [["words"]]})))
    book["Secret"].sheet_state = "hidden"
    file = io.BytesIO()
    book.save(file)
    document = read_here("xlsx", file.getvalue())
    assert document.notes == ("1 hidden sheet was left out",)
    assert "words" not in document.text


def test_a_row_says_its_sheet_and_number_as_the_program_counts() -> None:
    document = read_here("xlsx", xlsx_file({"Plans": [*ROWS, [], ["Gold", "99 EUR"]], "Words": [["Only these."]]}))
    assert paths(document) == ["Plans", "Plans > row 2", "Plans > row 3", "Plans > row 5", "Words", "Words > row 1"]
    assert under(document, "Plans > row 5") == ["plan: Gold; price: 99 EUR"]
    assert under(document, "Words > row 1") == ["Only these."]
    row = document.sections[1]
    assert (row.title, document.text[row.start : row.end]) == ("Plans", "plan: Free; price: 0 EUR\n")


def test_the_names_of_the_columns_may_stand_below_a_title() -> None:
    document = _sheet([["Prices of 2026"], [], *ROWS])
    assert [text for _, text in blocks(document)] == [
        "Prices of 2026",
        "plan: Free; price: 0 EUR",
        "plan: Team; price: 49 EUR",
    ]


def test_names_of_columns_without_rows_are_a_row() -> None:
    assert [text for _, text in blocks(_sheet([["plan", "price"]]))] == ["plan | price"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.1 + 0.2, "0.3"),
        (49.0, "49"),
        (dt.date(2026, 5, 1), "2026-05-01"),
        (dt.datetime.fromisoformat("2026-05-01 12:30"), "2026-05-01 12:30:00"),
        (True, "TRUE"),
        ("two\nlines", "two lines"),
    ],
)
def test_values_read_as_people_write_them(value: object, shown: str) -> None:
    assert _sheet([["name", "value"], ["x", value]]).text.endswith(f"value: {shown}")


def test_a_share_is_a_percentage_where_it_is_shown_as_one() -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx_file({"Plans": [["plan", "share"], ["Free", 0.05]]})))
    book["Plans"]["B2"].number_format = "0.0%"
    file = io.BytesIO()
    book.save(file)
    assert read_here("xlsx", file.getvalue()).text.endswith("share: 5%")


def test_formulas_without_a_stored_value_are_confessed() -> None:
    document = _sheet([["plan", "price"], ["Free", "=1+1"]])
    assert document.text == "Plans\n\nplan: Free"
    assert document.notes == ("1 formula has no stored value; open the file in its program and save it",)


def test_a_book_is_read_in_the_order_of_its_spine() -> None:
    document = read_here("epub", epub_file())
    assert document.title == "A journey"
    assert paths(document) == ["Setting out", "Coming home"]
    assert under(document, "Coming home") == ["The sun shone."]
    first = document.sections[0]
    assert document.text[first.start : first.end] == "Setting out\n\nIt rained.\n\n"


def test_a_chapter_keeps_its_inner_headings_and_ends_those_of_the_one_before() -> None:
    chapters = {"a.xhtml": "<h1>One</h1><h2>Inner</h2><p>x</p>", "b.xhtml": "<p>y</p><h1>Two</h1><p>z</p>"}
    document = read_here("epub", epub_file(chapters))
    assert paths(document) == ["One", "One > Inner", "", "Two"]
    assert under(document, "") == ["y"]


def test_a_protected_chapter_is_refused_and_a_protected_font_is_not() -> None:
    def protected(name: str) -> bytes:
        return epub_file(more={"META-INF/encryption.xml": ENCRYPTION.format(name)})

    assert read_here("epub", protected("OEBPS/font.otf")).text
    with pytest.raises(UnreadableDocument) as refused:
        parse("a.epub", EPUB, protected("OEBPS/one.xhtml"))
    assert refused.value.reason_code == "DOCUMENT_ENCRYPTED"


def test_a_chapter_that_is_missing_is_confessed() -> None:
    package_only = epub_file({"one.xhtml": "<p>x</p>"}).replace(b"OEBPS/one.xhtml", b"OEBPS/off.xhtml")
    document = read_here("epub", package_only)
    assert document.notes == ("it holds no text", "of the chapters that the book names, 1 are not in it")
