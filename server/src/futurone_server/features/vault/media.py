"""Media types: what a file is, from its first bytes and its name; what the client says counts last."""

import codecs
import re
from collections.abc import Mapping

from futurone_server.features.vault.rules import extension

HEAD_BYTES = 4_096
"""How many of a file's first bytes decide."""

BINARY = "application/octet-stream"
PLAIN = "text/plain"
_HTML = "text/html"
_XML = "application/xml"
_SVG = "image/svg+xml"
_ZIP = "application/zip"
_OLE = "application/x-ole-storage"

_SIGNATURES: tuple[tuple[re.Pattern[bytes], str], ...] = tuple(
    (re.compile(signature, re.DOTALL), kind)
    for signature, kind in (
        (rb"%PDF-\d", "application/pdf"),
        (rb"\x89PNG\r\n\x1a\n", "image/png"),
        (rb"\xff\xd8\xff", "image/jpeg"),
        (rb"GIF8[79]a.{6}\x00", "image/gif"),
        (rb"RIFF.{4}WEBPVP8[ LX]", "image/webp"),
        (rb"RIFF.{4}WAVEfmt ", "audio/wav"),
        (rb"\x00\x00..ftypavi[fs]", "image/avif"),
        (rb"\x00\x00..ftyp(?:hei[cx]|mif1)", "image/heic"),
        (rb"\x00\x00..ftyp", "video/mp4"),
        (rb"II\*\x00|MM\x00\*", "image/tiff"),
        (rb"\x1a\x45\xdf\xa3", "video/webm"),
        (rb"OggS\x00", "application/ogg"),
        (rb"ID3[\x02-\x04]\x00", "audio/mpeg"),
        (rb"fLaC\x00", "audio/flac"),
        (rb"PK(?:\x03\x04|\x05\x06)", _ZIP),
        (rb"\x1f\x8b\x08", "application/gzip"),
        (rb"BZh[1-9]1AY&SY", "application/x-bzip2"),
        (rb"\xfd7zXZ\x00", "application/x-xz"),
        (rb"\x28\xb5\x2f\xfd", "application/zstd"),
        (rb"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
        (rb"\{\\rtf1", "application/rtf"),
        (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OLE),
        (rb"SQLite format 3\x00", "application/vnd.sqlite3"),
    )
)
"""The first that fits decides. They are longer than they look needed: prose may begin with "ID3", "BZh" or "RIFF"."""

_OFFICE = "application/vnd.openxmlformats-officedocument."
_INSIDE: Mapping[str, Mapping[str, str]] = {
    _ZIP: {
        "docx": _OFFICE + "wordprocessingml.document",
        "xlsx": _OFFICE + "spreadsheetml.sheet",
        "pptx": _OFFICE + "presentationml.presentation",
        "odt": "application/vnd.oasis.opendocument.text",
        "ods": "application/vnd.oasis.opendocument.spreadsheet",
        "odp": "application/vnd.oasis.opendocument.presentation",
        "epub": "application/epub+zip",
    },
    _OLE: {
        "doc": "application/msword",
        "xls": "application/vnd.ms-excel",
        "ppt": "application/vnd.ms-powerpoint",
        "msg": "application/vnd.ms-outlook",
    },
}
"""Containers whose bytes begin alike: where their first members do not, the extension tells."""

_PACKED = re.compile(rb"PK\x03\x04.{26}mimetype(application/[a-z0-9.+-]{1,80})", re.DOTALL)
_OFFICE_PART = re.compile(rb"PK\x03\x04.{26}(word|xl|ppt)/", re.DOTALL)
_OFFICE_LIST = b"[Content_Types].xml"
_BY_PART: Mapping[bytes, str] = {b"word": "docx", b"xl": "xlsx", b"ppt": "pptx"}

_TEXT: Mapping[str, str] = {
    **dict.fromkeys(("txt", "text", "log"), PLAIN),
    **dict.fromkeys(("md", "markdown"), "text/markdown"),
    **dict.fromkeys(("html", "htm", "xhtml"), _HTML),
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "json": "application/json",
    **dict.fromkeys(("jsonl", "ndjson"), "application/jsonl"),
    "xml": _XML,
    "svg": _SVG,
    **dict.fromkeys(("yaml", "yml"), "application/yaml"),
    "toml": "application/toml",
    "css": "text/css",
    **dict.fromkeys(("js", "mjs"), "text/javascript"),
    "py": "text/x-python",
    "rst": "text/x-rst",
    "tex": "text/x-tex",
    **dict.fromkeys(("diff", "patch"), "text/x-diff"),
    "ics": "text/calendar",
    "vcf": "text/vcard",
    "eml": "message/rfc822",
}
"""What bytes alone cannot tell: kinds of text."""

_TEXT_TYPES = frozenset(_TEXT.values())
_NOT_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_PAGE = re.compile(r"<(!doctype\s+html|html|head|body|script)\b", re.IGNORECASE)
_DRAWING = re.compile(r"<svg\b", re.IGNORECASE)


def sniff(name: str, head: bytes, declared: str | None = None) -> str:
    """The media type of a file, from its name and first bytes (``HEAD_BYTES`` of them are enough).

    A known signature decides; text that begins like a page, a drawing or XML is that; other text is what its extension
    says, or else the client, if it names a kind of text. What is neither is ``application/octet-stream``.
    """
    ending = extension(name)
    for signature, kind in _SIGNATURES:
        if signature.match(head):
            inside = _packed(head) if kind == _ZIP else None
            return inside or _INSIDE.get(kind, {}).get(ending, kind)
    text = _as_text(head[:HEAD_BYTES], may_be_legacy=ending in _TEXT)
    if text is None:
        return BINARY
    said = (declared or "").partition(";")[0].strip().lower()
    otherwise = said if said in _TEXT_TYPES else PLAIN
    return _markup(text.lstrip("\ufeff \t\r\n")) or _TEXT.get(ending, otherwise)


def _packed(head: bytes) -> str | None:
    """What a ZIP file is by its first members, whatever its name; None when they do not say."""
    book = _PACKED.match(head)
    if book and book[1].decode() in _INSIDE[_ZIP].values():
        return book[1].decode()
    part = _OFFICE_PART.search(head) if _OFFICE_LIST in head else None
    return _INSIDE[_ZIP][_BY_PART[part[1]]] if part else None


def _as_text(head: bytes, *, may_be_legacy: bool) -> str | None:
    """The first characters of a text; None when these bytes are none."""
    mark, encoding = next(((mark, name) for mark, name in _MARKS if head.startswith(mark)), (b"", "utf-8"))
    if encoding == "utf-8" and _NOT_TEXT.search(head):
        return None
    try:
        # Not final: the last character may go on after these bytes.
        return codecs.getincrementaldecoder(encoding)().decode(head[len(mark) :])
    except UnicodeDecodeError:
        return head.decode("latin-1") if may_be_legacy else None


def _markup(text: str) -> str | None:
    if _PAGE.match(text):
        return _HTML
    if _DRAWING.match(text):
        return _SVG
    if not text.startswith("<?xml"):
        return None
    if _DRAWING.search(text):
        return _SVG
    return _HTML if _PAGE.search(text) else _XML
