"""What kind of document a file is, from its name and its bytes; what cannot be read is refused by name."""

import re
from collections.abc import Mapping

from futurone_server.tools.documents.decoding import decode
from futurone_server.tools.documents.document import BYTES_MAX, UnreadableDocument
from futurone_server.tools.documents.naming import document_called, is_cut_off
from futurone_server.tools.documents.refusals import BROKEN, ENCRYPTED, READABLE_NAMES, refusal

PLAIN = "text/plain"
MARKDOWN = "text/markdown"
HTML = "text/html"
CSV = "text/csv"
TSV = "text/tab-separated-values"
PDF = "application/pdf"
EPUB = "application/epub+zip"
_OFFICE = "application/vnd.openxmlformats-officedocument."
DOCX = _OFFICE + "wordprocessingml.document"
PPTX = _OFFICE + "presentationml.presentation"
XLSX = _OFFICE + "spreadsheetml.sheet"

TEXTS = frozenset({PLAIN, MARKDOWN, HTML, CSV, TSV})
CONFINED: Mapping[str, str] = {PDF: "pdf", DOCX: "docx", PPTX: "pptx", XLSX: "xlsx", EPUB: "epub"}
"""What is read in a process of its own, and the name of its reader."""

READABLE = TEXTS | CONFINED.keys()

_SAMPLE_BYTES = 65_536
_CONTROL_SHARE_MAX = 0.03
_REPLACED_SHARE_MAX = 0.3

_BY_EXTENSION = {
    "txt": PLAIN,
    "text": PLAIN,
    "md": MARKDOWN,
    "markdown": MARKDOWN,
    "html": HTML,
    "htm": HTML,
    "xhtml": HTML,
    "csv": CSV,
    "tsv": TSV,
}
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BOOK = re.compile(rb"PK\x03\x04.{26}mimetypeapplication/epub\+zip", re.DOTALL)
_MEMBER = re.compile(rb"PK\x01\x02.{42}(word/|ppt/|xl/|META-INF/container\.xml|content\.xml)", re.DOTALL)
"""An entry of a ZIP file's directory that says what the file is."""

_BY_MEMBER: Mapping[bytes, str] = {b"word/": DOCX, b"ppt/": PPTX, b"xl/": XLSX, b"META-INF/container.xml": EPUB}
_PROTECTED = "EncryptedPackage".encode("utf-16-le")
_BINARY_SHEETS = b"xl/workbook.bin"
_CONTENT_TYPES = b"[Content_Types].xml"
_MAGIC = (
    (b"PK\x05\x06", "an empty ZIP file"),
    (b"{\\rtf", "an RTF file"),
    (b"\x1f\x8b", "a gzip file"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ\x00", "an xz file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z file"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3\x00", "a database"),
)
_PAGE = re.compile(
    r"\s{0,200}(?:<\?xml[^>]{0,200}>\s{0,200})?(?:<!--[^>]{0,2000}-->\s{0,200})?<(?:!doctype\s{1,9}html|html)[\s>]",
    re.I,
)
_CONTROL = re.compile(r"[\x00-\x07\x0b\x0e-\x1a\x1c-\x1f\x7f]")


def sniff(name: str, data: bytes) -> str:
    """The media type of a file, one of ``READABLE``: its bytes decide, then its name.

    Raises UnreadableDocument with ``DOCUMENT_TOO_LARGE``, ``DOCUMENT_TYPE_UNSUPPORTED`` (a known format that is not
    read), ``DOCUMENT_ENCRYPTED``, ``DOCUMENT_BINARY`` or ``DOCUMENT_BROKEN`` (its end is missing).
    """
    if len(data) > BYTES_MAX:
        raise UnreadableDocument("DOCUMENT_TOO_LARGE", f"The file is larger than {BYTES_MAX >> 20} MiB; divide it.")
    if data.startswith(b"%PDF-"):
        return PDF
    if data.startswith(_ZIP):
        if is_cut_off(data):
            raise _cut_off(document_called(name, data) or "ZIP file")
        return _inside_zip(data)
    if data.startswith(_OLE):
        raise _old_office(data)
    for magic, what in _MAGIC:
        if data.startswith(magic):
            raise _unsupported(f"This is {what}; give its text as {READABLE_NAMES}.")
    sample, _ = decode(data[:_SAMPLE_BYTES])
    if _looks_binary(sample):
        raise UnreadableDocument("DOCUMENT_BINARY", f"These bytes are not text; give {READABLE_NAMES}.")
    if _PAGE.match(sample):
        return HTML
    extension = name.rpartition(".")[2].casefold() if "." in name else ""
    return _BY_EXTENSION.get(extension, PLAIN)


def _inside_zip(data: bytes) -> str:
    """What a ZIP file is by its members; the name may say anything."""
    if _BOOK.match(data):
        return EPUB
    if _BINARY_SHEETS in data:
        raise _unsupported("This is a binary Excel file (xlsb); save it as xlsx.")
    found = _MEMBER.search(data)
    kind = _BY_MEMBER.get(found.group(1)) if found else None
    if kind == EPUB or (kind is not None and _CONTENT_TYPES in data):
        return kind
    if found and kind is None:
        raise _unsupported("This is an OpenDocument file; save it as docx, xlsx, pptx or pdf.")
    raise _unsupported("This is a ZIP file; unpack it and give its files.")


def _cut_off(called: str) -> UnreadableDocument:
    return UnreadableDocument(BROKEN, f"This {called} is cut off: its end is missing; give the whole file.")


def _old_office(data: bytes) -> UnreadableDocument:
    if _PROTECTED in data:
        return refusal(ENCRYPTED)
    return _unsupported("This is an old Office file (doc, xls, ppt); save it as docx, xlsx or pptx.")


def _unsupported(message: str) -> UnreadableDocument:
    return UnreadableDocument("DOCUMENT_TYPE_UNSUPPORTED", message)


def _looks_binary(sample: str) -> bool:
    size = len(sample)
    if size == 0:
        return False
    controls = sum(1 for _ in _CONTROL.finditer(sample))
    return controls > max(size * _CONTROL_SHARE_MAX, 4) or sample.count("\ufffd") > max(size * _REPLACED_SHARE_MAX, 4)
