"""Bytes in any encoding become characters, and what was replaced is said."""

import pytest

from futurone_server.tools.documents import parse

SENTENCE = "The café opens at 8."


def _text(data: bytes) -> tuple[str, tuple[str, ...]]:
    document = parse("a.txt", "text/plain", data)
    return document.text, document.notes


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_is_read_with_and_without_a_mark(encoding: str) -> None:
    assert _text(SENTENCE.encode(encoding)) == (SENTENCE, ())


def test_windows_text_is_read_and_said_to_be_that() -> None:
    text, notes = _text(SENTENCE.encode("cp1252"))
    assert text == SENTENCE
    assert notes == ("it is not UTF-8 and was read as Windows-1252",)


def test_an_html_page_may_name_its_encoding() -> None:
    page = f'<meta charset="windows-1251"><p>{"Порт 4000"}</p>'.encode("cp1251")
    assert parse("a.html", "text/html", page).text == "Порт 4000"


@pytest.mark.parametrize("name", ["base64", "rot13", "zlib", "unicode_escape", "no-such"])
def test_an_encoding_that_is_none_is_not_believed(name: str) -> None:
    page = f'<meta charset="{name}"><p>'.encode() + b"caf\xe9</p>"
    assert parse("a.html", "text/html", page).text == "café"


def test_broken_utf_8_is_read_with_replacements_and_says_how_many() -> None:
    text, notes = _text("é and ".encode() + b"\xff\xff end")
    assert text == "é and \ufffd\ufffd end"
    assert notes == ("2 places could not be decoded and were replaced",)


def test_characters_that_reorder_a_line_or_do_not_show_are_replaced_one_for_one() -> None:
    text, notes = _text("pay \u202e001\u202c now\0!\x1b[2J".encode())
    assert text == "pay \ufffd001\ufffd now\ufffd!\ufffd[2J"
    assert notes == ("4 control or direction-changing characters were replaced",)


def test_character_references_cannot_bring_them_back() -> None:
    document = parse("a.html", "text/html", b"<h1>a&#x202e;b</h1><p>c&#8238;d</p>")
    assert "\u202e" not in document.text + document.sections[0].title
