"""PDF files: pages as places, headings from the outline or the type, paragraphs put together again."""

import pytest

from futurone_server.tools.documents import Document, UnreadableDocument, parse
from tools.documents.making import Printed, pdf_file
from tools.documents.shapes import blocks, paths, under

PDF = "application/pdf"
LOCKED = f"/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/O<{'41' * 32}>/U<{'42' * 32}>/P -4>>"


def _read(data: bytes) -> Document:
    return parse("a.pdf", PDF, data)


def _lines(*texts: str, top: float = 700, size: float = 10) -> list[Printed]:
    return [(72, top - 14 * at, size, text) for at, text in enumerate(texts)]


def test_a_page_is_the_last_of_the_path_and_no_title() -> None:
    document = _read(pdf_file([_lines("The first page."), _lines("The second page.")], title="A guide"))
    assert document.title == "A guide"
    assert paths(document) == ["Page 1", "Page 2"]
    assert [section.title for section in document.sections] == ["", ""]
    assert under(document, "Page 2") == ["The second page."]


def test_lines_become_paragraphs_at_gaps_and_bullets() -> None:
    page = [
        *_lines("A paragraph that goes on over", "two lines of the page and ends."),
        *_lines("Another one after a gap in the page.", "- first item of a list", "- second item", top=640),
    ]
    assert blocks(_read(pdf_file([page]))) == [
        ("prose", "A paragraph that goes on over two lines of the page and ends."),
        ("prose", "Another one after a gap in the page."),
        ("item", "- first item of a list"),
        ("item", "- second item"),
    ]


def test_short_lines_below_one_another_stay_apart() -> None:
    page = [
        *_lines("A line that reaches all the way to the right edge."),
        *_lines("Free 0 EUR", "Team 49 EUR", top=650),
    ]
    assert [text for _, text in blocks(_read(pdf_file([page])))][1:] == ["Free 0 EUR", "Team 49 EUR"]


def test_a_word_that_a_line_end_divides_is_put_together_as_it_is_printed_elsewhere() -> None:
    page = _lines(
        "The well-known configuration is described here with a con-",
        "figuration file, by people who are all very well-",
        "known, and called with --dry-run. Some will need approxi-",
        "mately a minute; with the option that is called --",
        "verbose it takes two, and the report has then 2-",
        "3 pages, which nobody reads in full as we all know.",
    )
    (text,) = (text for _, text in blocks(_read(pdf_file([page]))))
    for whole in ("a configuration file", "very well-known", "approximately", "--verbose", "then 2-3 pages"):
        assert whole in text


def test_a_paragraph_goes_on_over_the_end_of_a_page() -> None:
    second = [*_lines("page cuts in two."), *_lines("Another.", top=600)]
    pages = [_lines("A sentence that the end of the"), second, _lines("and one more.")]
    document = _read(pdf_file(pages))
    assert under(document, "Page 1") == ["A sentence that the end of the page cuts in two."]
    assert under(document, "Page 2") == ["Another."]
    assert under(document, "Page 3") == ["and one more."]


def test_a_heading_at_the_end_of_a_page_stays_a_heading() -> None:
    pages = [[*_lines("Words. " * 9), (72, 100, 14, "Limits of use")], _lines("words in small letters.")]
    assert paths(_read(pdf_file(pages))) == ["Page 1", "Limits of use > Page 1", "Limits of use > Page 2"]


def test_the_outline_names_the_headings_where_they_are_printed() -> None:
    pages = [
        [(72, 700, 10, "Limits"), *_lines("Before the heading there are words.", top=680), (72, 600, 10, "1 Plans")],
        [
            (72, 760, 8, "Limits"),
            *_lines("Under the heading on the next page."),
            (72, 500, 12, "Limits"),
            *_lines("Fifty at most.", top=470),
        ],
    ]
    document = _read(pdf_file(pages, outline=[(0, "Plans"), (1, "Limits"), (1, "Never printed")]))
    assert paths(document) == ["Page 1", "1 Plans > Page 1", "1 Plans > Page 2", "Limits > Page 2"]
    assert [section.title for section in document.sections] == ["", "1 Plans", "1 Plans", "Limits"]
    assert under(document, "Limits > Page 2") == ["Fifty at most."]


def test_without_an_outline_larger_type_makes_a_heading() -> None:
    page = [(72.0, 740.0, 20.0, "The guide"), (72.0, 700.0, 14.0, "Limits"), *_lines("Fifty files at most.", top=670)]
    document = _read(pdf_file([page]))
    assert document.title == "The guide"
    assert paths(document) == ["The guide > Page 1", "The guide > Limits > Page 1"]


def test_type_of_one_width_is_code_and_keeps_its_lines() -> None:
    document = _read(pdf_file([_lines("make install", "make check")], font="Courier"))
    (block,) = document.sections[0].blocks
    assert (block.kind.value, document.text[block.start : block.end]) == ("code", "make install\nmake check")


def test_headers_and_footers_that_run_through_all_pages_are_left_out() -> None:
    pages = [
        [
            (72, 780, 8, "The guide"),
            *_lines(f"Words of page {number}.", "More words."),
            (72, 20, 8, f"Page {number} of 5"),
        ]
        for number in range(1, 6)
    ]
    assert "The guide" not in (text := _read(pdf_file(pages)).text)
    assert "of 5" not in text
    assert "Words of page 3." in text


def test_pages_without_text_are_named() -> None:
    document = _read(pdf_file([[], [], _lines("Words."), []]))
    assert document.notes == ("pages 1-2, 4 hold no text (scanned images are not read)",)
    scan = _read(pdf_file([[]]))
    assert scan.notes == ("it holds no text", "page 1 holds no text (scanned images are not read)")


def test_a_password_is_asked_for_in_words() -> None:
    with pytest.raises(UnreadableDocument) as refused:
        _read(pdf_file([_lines("Words.")], protection=LOCKED))
    assert refused.value.reason_code == "DOCUMENT_ENCRYPTED"
    assert "password" in refused.value.message


@pytest.mark.parametrize("ink", ["1 1 1 rg", "3 Tr"])
def test_text_that_can_hardly_be_seen_is_noted_with_its_page(ink: str) -> None:
    plain = parse("a.pdf", "application/pdf", pdf_file([[(50, 700, 12, "The fee is 20 euros.")]]))
    assert not any("hardly be seen" in note for note in plain.notes)
    lines: list[tuple[int, int, int, str]] = [
        (50, 700, 12, "The fee is 20 euros."),
        (50, 600, 1, "The fee is 90 euros."),
    ]
    tiny = parse("a.pdf", "application/pdf", pdf_file([lines]))
    assert any(note.startswith("page 1 holds text that can hardly be seen") for note in tiny.notes)
    first = pdf_file([[(50, 700, 12, f"A) Tj ET {ink} BT /F 12 Tf 50 500 Td (The fee is 90 euros.")]])
    assert any("hardly be seen" in note for note in parse("a.pdf", "application/pdf", first).notes)
