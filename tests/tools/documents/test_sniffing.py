"""The kind of a file is told from its name and bytes, and what is not text is refused by name."""

import random

import pytest

from futurone_server.tools.documents import UnreadableDocument, sniff
from futurone_server.tools.documents.document import BYTES_MAX
from tools.documents.making import docx_file, epub_file, pptx_file, xlsx_file, zip_file

OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1_000)


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.txt", b"hello", "text/plain"),
        ("a.MD", b"# hello", "text/markdown"),
        ("a.markdown", b"", "text/markdown"),
        ("a.htm", b"<p>hello", "text/html"),
        ("a.csv", b"a,b", "text/csv"),
        ("a.tsv", b"a\tb", "text/tab-separated-values"),
        ("README", b"hello", "text/plain"),
        ("a.txt", b"\n <!DOCTYPE html>\n<html>", "text/html"),
        ("page", b"<?xml version='1.0'?><html lang='en'>", "text/html"),
        ("a.txt", "hello".encode("utf-16"), "text/plain"),
        ("../../etc/a.csv\n.md", b"a", "text/markdown"),
        ("", b"", "text/plain"),
    ],
)
def test_text_is_recognised(name: str, data: bytes, expected: str) -> None:
    assert sniff(name, data) == expected


@pytest.mark.parametrize("magic", [b"\x89PNG", b"\x7fELF", b"\x1f\x8b", b"{\\rtf1"])
def test_a_known_format_that_is_not_text_is_refused_with_the_remedy(magic: bytes) -> None:
    with pytest.raises(UnreadableDocument) as refused:
        sniff("a.txt", magic + b"words")
    assert refused.value.reason_code == "DOCUMENT_TYPE_UNSUPPORTED"
    assert "txt, md, html, csv, pdf" in refused.value.message


@pytest.mark.parametrize(
    ("data", "reason", "remedy"),
    [
        (zip_file({"a.txt": "words"}), "DOCUMENT_TYPE_UNSUPPORTED", "unpack it"),
        (zip_file({"word/notes.txt": "words"}), "DOCUMENT_TYPE_UNSUPPORTED", "unpack it"),
        (zip_file({"mimetype": "x", "content.xml": "<x/>"}), "DOCUMENT_TYPE_UNSUPPORTED", "save it as docx"),
        (zip_file({"[Content_Types].xml": "", "xl/workbook.bin": "x"}), "DOCUMENT_TYPE_UNSUPPORTED", "save it as xlsx"),
        (OLD_OFFICE + "WordDocument".encode("utf-16-le"), "DOCUMENT_TYPE_UNSUPPORTED", "save it as docx"),
        (OLD_OFFICE + "EncryptedPackage".encode("utf-16-le"), "DOCUMENT_ENCRYPTED", "without protection"),
    ],
)
def test_a_container_is_refused_by_what_is_in_it(data: bytes, reason: str, remedy: str) -> None:
    for name in ("a.pdf", "a.docx", "a.xls", ""):
        with pytest.raises(UnreadableDocument) as refused:
            sniff(name, data)
        assert refused.value.reason_code == reason
        assert remedy in refused.value.message


@pytest.mark.parametrize("name", ["a.txt", "a.pdf", "a.zip", "a.xlsx", ""])
def test_a_document_is_told_by_its_bytes_whatever_its_name(name: str) -> None:
    office = "application/vnd.openxmlformats-officedocument."
    assert sniff(name, b"%PDF-1.7\n") == "application/pdf"
    assert sniff(name, epub_file()) == "application/epub+zip"
    assert sniff(name, docx_file()) == f"{office}wordprocessingml.document"
    assert sniff(name, pptx_file()) == f"{office}presentationml.presentation"
    assert sniff(name, xlsx_file()) == f"{office}spreadsheetml.sheet"


@pytest.mark.parametrize(
    ("name", "whole", "called"),
    [
        ("a.docx", docx_file(), "Word file"),
        ("a.bin", pptx_file(), "PowerPoint file"),
        ("a.xlsx", xlsx_file(), "Excel file"),
        ("", epub_file(), "EPUB book"),
        ("a.zip", zip_file({"a.txt": "words" * 99}), "ZIP file"),
    ],
)
def test_a_file_whose_end_is_missing_is_called_by_its_name(name: str, whole: bytes, called: str) -> None:
    for cut in (len(whole) // 2, len(whole) - 40):
        with pytest.raises(UnreadableDocument) as refused:
            sniff(name, whole[:cut])
        assert refused.value.reason_code == "DOCUMENT_BROKEN"
        assert refused.value.message == f"This {called} is cut off: its end is missing; give the whole file."


def test_random_bytes_are_refused_whatever_their_name() -> None:
    with pytest.raises(UnreadableDocument) as refused:
        sniff("a.md", random.Random(7).randbytes(4000))
    assert refused.value.reason_code == "DOCUMENT_BINARY"


def test_a_stray_control_character_does_not_make_a_text_binary() -> None:
    assert sniff("a.txt", b"page one\x0cpage\0two\x07 and more words") == "text/plain"


def test_a_file_over_the_bound_is_refused() -> None:
    with pytest.raises(UnreadableDocument) as refused:
        sniff("a.txt", b" " * (BYTES_MAX + 1))
    assert refused.value.reason_code == "DOCUMENT_TOO_LARGE"
