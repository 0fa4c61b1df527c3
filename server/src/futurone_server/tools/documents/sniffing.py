"""What kind of text a file is, from its name and its bytes; what is not text is refused by name."""

import re

from futurone_server.tools.documents.decoding import decode
from futurone_server.tools.documents.document import BYTES_MAX, UnreadableDocument

PLAIN = "text/plain"
MARKDOWN = "text/markdown"
HTML = "text/html"
CSV = "text/csv"
TSV = "text/tab-separated-values"
READABLE = frozenset({PLAIN, MARKDOWN, HTML, CSV, TSV})

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
_MAGIC = (
    (b"%PDF-", "a PDF file"),
    (b"PK\x03\x04", "a ZIP file (docx, xlsx, pptx, odt and epub are ZIP files too)"),
    (b"PK\x05\x06", "an empty ZIP file"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file"),
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
    """The media type of a file, one of ``READABLE``.

    Raises UnreadableDocument with ``DOCUMENT_TOO_LARGE``, ``DOCUMENT_TYPE_UNSUPPORTED`` (a known format that is not
    text) or ``DOCUMENT_BINARY``.
    """
    if len(data) > BYTES_MAX:
        raise UnreadableDocument("DOCUMENT_TOO_LARGE", f"The file is larger than {BYTES_MAX >> 20} MiB; divide it.")
    for magic, what in _MAGIC:
        if data.startswith(magic):
            raise UnreadableDocument(
                "DOCUMENT_TYPE_UNSUPPORTED", f"This is {what}; give its text as txt, md, html or csv."
            )
    sample, _ = decode(data[:_SAMPLE_BYTES])
    if _looks_binary(sample):
        raise UnreadableDocument("DOCUMENT_BINARY", "These bytes are not text; give txt, md, html or csv.")
    if _PAGE.match(sample):
        return HTML
    extension = name.rpartition(".")[2].casefold() if "." in name else ""
    return _BY_EXTENSION.get(extension, PLAIN)


def _looks_binary(sample: str) -> bool:
    size = len(sample)
    if size == 0:
        return False
    controls = sum(1 for _ in _CONTROL.finditer(sample))
    return controls > max(size * _CONTROL_SHARE_MAX, 4) or sample.count("\ufffd") > max(size * _REPLACED_SHARE_MAX, 4)
