"""Naming: what a file that is a document is called in plain words, also when its end is missing."""

import io
import zipfile
from collections.abc import Mapping

_KINDS: Mapping[str, str] = {"word/": "Word file", "ppt/": "PowerPoint file", "xl/": "Excel file"}
_BY_ENDING: Mapping[str, str] = {
    **dict.fromkeys(("docx", "docm", "dotx", "doc"), "Word file"),
    **dict.fromkeys(("pptx", "pptm", "ppt"), "PowerPoint file"),
    **dict.fromkeys(("xlsx", "xlsm", "xls"), "Excel file"),
    **dict.fromkeys(("odt", "ods", "odp"), "OpenDocument file"),
    "epub": "EPUB book",
}
_MIMETYPES = {b"application/epub+zip": "EPUB book", b"application/vnd.oasis.opendocument": "OpenDocument file"}
_MEMBERS = {"META-INF/container.xml": "EPUB book", "content.xml": "OpenDocument file"}
_STARTS = ((b"%PDF-", "PDF file"), (b"{\\rtf", "RTF file"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Office file"))
_OFFICE_FIRST = ("[Content_Types].xml", "_rels/", "docProps/", *_KINDS)
_ZIP, _ZIP_END = b"PK\x03\x04", b"PK\x05\x06"
_HEAD_BYTES, _END_BYTES_MAX = 30, 66_000


def document_called(name: str, data: bytes) -> str | None:
    """What a document is called, such as ``Word file``; None for anything that is no document of an office or a book.

    The bytes decide; the name only tells an old Office file, or one whose end is missing, from its like.
    """
    for start, called in _STARTS:
        if data.startswith(start):
            return _by_ending(name) or called if called == "Office file" else called
    return _packed(name, data) if data.startswith(_ZIP) else None


def is_cut_off(data: bytes) -> bool:
    """Whether a ZIP file, which every newer document is, lost its end."""
    return data.startswith(_ZIP) and _ZIP_END not in data[-_END_BYTES_MAX:]


def _packed(name: str, data: bytes) -> str | None:
    """What a ZIP file is by its own members, never by those of files inside it."""
    first = data[_HEAD_BYTES : _HEAD_BYTES + 200]
    told = next((called for kind, called in _MIMETYPES.items() if first.startswith(b"mimetype" + kind)), None)
    if told is not None:
        return told
    members = _members(data)
    if members and "[Content_Types].xml" not in members:
        return next((called for name, called in _MEMBERS.items() if members.issuperset((name, "mimetype"))), None)
    if not members and not first.decode("latin-1").startswith(_OFFICE_FIRST):
        return None
    kinds = (called for start, called in _KINDS.items() if _has(start, members, data))
    return next(kinds, _by_ending(name) or "Office file")


def _has(start: str, members: frozenset[str], data: bytes) -> bool:
    if members:
        return any(member.startswith(start) for member in members)
    # Without its directory, a ZIP file still tells each member's name before its content.
    at = data.find(_ZIP)
    while at >= 0:
        if data.startswith(start.encode(), at + _HEAD_BYTES):
            return True
        at = data.find(_ZIP, at + 1)
    return False


def _members(data: bytes) -> frozenset[str]:
    """The names of a ZIP file's members; none where its directory cannot be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return frozenset(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return frozenset()


def _by_ending(name: str) -> str | None:
    return _BY_ENDING.get(name.rpartition(".")[2].casefold()) if "." in name else None
