"""What a file is: its bytes say it, then its name, and the client last."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from futurone_server.features.vault.media import HEAD_BYTES, sniff


def packed(*members: str, content: str = "<w/>") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for member in members:
            archive.writestr(member, content)
    return made.getvalue()


def zipped() -> bytes:
    return packed("word/document.xml")


@pytest.mark.parametrize(
    ("name", "head", "declared", "kind"),
    [
        ("notes.txt", b"plain words", None, "text/plain"),
        ("notes.md", b"# Words", "application/octet-stream", "text/markdown"),
        ("table.CSV", b"a,b\n1,2\n", "application/vnd.ms-excel", "text/csv"),
        ("data.json", b'{"a": 1}', None, "application/json"),
        ("page.html", b"<p>part of a page", None, "text/html"),
        ("report.pdf", b"%PDF-1.7\n%\xe2\xe3", None, "application/pdf"),
        ("pic.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", None, "image/png"),
        ("pic.jpeg", b"\xff\xd8\xff\xe0\0\x10JFIF", None, "image/jpeg"),
        ("pic.gif", b"GIF89a\x01\0\x01\0\x80\0\0\xff", None, "image/gif"),
        ("archive.zip", zipped(), None, "application/zip"),
        ("letter.docx", zipped(), None, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("README", b"no extension", None, "text/plain"),
        ("README", b"no extension", "text/markdown; charset=utf-8", "text/markdown"),
        ("empty.md", b"", None, "text/markdown"),
        ("blob", b"\x00\x01\x02\x03", None, "application/octet-stream"),
    ],
)
def test_the_formats_that_people_upload_are_known(name: str, head: bytes, declared: str | None, kind: str) -> None:
    assert sniff(name, head, declared) == kind


@pytest.mark.parametrize(
    ("name", "head", "declared", "kind"),
    [
        ("harmless.txt", b"<!DOCTYPE html><script>alert(1)</script>", "text/plain", "text/html"),
        ("harmless.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "image/png", "image/svg+xml"),
        ("harmless.png", b"\n <?xml version='1.0'?>\n<svg onload='x()'/>", "image/png", "image/svg+xml"),
        ("harmless.txt", "<html>".encode("utf-16"), "text/plain", "text/html"),
        ("report.pdf", b"\x7fELF\x02\x01\x01\0", "application/pdf", "application/octet-stream"),
        ("report.pdf", b"not a pdf at all", "application/pdf", "text/plain"),
        ("run.exe", b"MZ\x90\0\x03", "image/png", "application/octet-stream"),
        ("blob", b"\x00\x01", "text/html", "application/octet-stream"),
        ("words", b"words", "image/png", "text/plain"),
        ("pic.png", b"%PDF-1.4", "image/png", "application/pdf"),
    ],
)
def test_neither_name_nor_client_can_pass_one_kind_off_as_another(
    name: str, head: bytes, declared: str, kind: str
) -> None:
    assert sniff(name, head, declared) == kind


@pytest.mark.parametrize("start", ["ID3 tags are", "BZh is", "RIFF and WEBP", "GIF89a images", "PKZIP", "OggS", "7z"])
def test_prose_about_formats_is_prose(start: str) -> None:
    assert sniff("notes.md", start.encode() + b" explained here in some words") == "text/markdown"


def test_old_encodings_are_text_where_the_name_says_text() -> None:
    assert sniff("café.txt", "déjà vu".encode("cp1252")) == "text/plain"
    assert sniff("café.bin", "déjà vu".encode("cp1252")) == "application/octet-stream"


@given(st.integers(HEAD_BYTES - 4, HEAD_BYTES + 4))
def test_a_character_that_is_cut_by_the_end_of_the_head_does_not_make_a_text_binary(length: int) -> None:
    text = ("€" * HEAD_BYTES).encode()[:length]
    assert sniff("prices", text) == "text/plain"


@given(st.text(max_size=30), st.binary(max_size=200), st.none() | st.text(max_size=30))
def test_any_bytes_under_any_name_have_some_type(name: str, head: bytes, declared: str | None) -> None:
    kind, slash, rest = sniff(name, head, declared).partition("/")
    assert all((kind, slash, rest))


@pytest.mark.parametrize("name", ["a.zip", "a.docx", "a.pdf", "README"])
def test_what_is_packed_says_what_it_is_before_its_name_does(name: str) -> None:
    office = "application/vnd.openxmlformats-officedocument."
    assert sniff(name, packed("[Content_Types].xml", "ppt/a.xml")) == f"{office}presentationml.presentation"
    assert sniff(name, packed("[Content_Types].xml", "xl/a.xml")) == f"{office}spreadsheetml.sheet"
    assert sniff(name, packed("mimetype", "a.xml", content="application/epub+zip")) == "application/epub+zip"


def test_a_packed_file_cannot_name_a_type_of_its_own() -> None:
    assert sniff("a.zip", packed("mimetype", content="application/x-evil")) == "application/zip"
