"""Electronic books: the chapters in the order of the book's spine, each read as the page it is."""

import posixpath
from urllib.parse import unquote
from zipfile import ZipFile

from lxml import etree

from futurone_server.tools.documents.decoding import declared_encoding, decode
from futurone_server.tools.documents.document import BlockKind, Section, SectionKind
from futurone_server.tools.documents.formats.archive import open_archive, parse_xml, read_member
from futurone_server.tools.documents.page import parse_page
from futurone_server.tools.documents.refusals import BROKEN, ENCRYPTED
from futurone_server.tools.documents.transcript import Kind, Refused, Transcript

CHAPTERS_MAX = 5_000

_CONTAINER = "META-INF/container.xml"
_PROTECTION = "META-INF/encryption.xml"
_PAGES = {"application/xhtml+xml", "text/html", "text/x-oeb1-document"}
_KINDS = {kind: Kind(kind.value) for kind in BlockKind}


def read(data: bytes, transcript: Transcript) -> None:
    """Read a book. Its tables of contents, and what a page hides, are left out."""
    archive = open_archive(data)
    package = _package_name(archive)
    root = parse_xml(read_member(archive, package))
    transcript.title = _words(next(iter(root.iter("{*}title")), None))
    protected = _protected(archive)
    chapters = _chapters(root, package)
    if len(chapters) > CHAPTERS_MAX:
        transcript.note(f"only the first {CHAPTERS_MAX} chapters were read")
    missing = 0
    for name in chapters[:CHAPTERS_MAX]:
        if name in protected:
            raise Refused(ENCRYPTED)
        if name in archive.NameToInfo:
            _read_chapter(read_member(archive, name), transcript)
        else:
            missing += 1
    if missing:
        transcript.note(f"of the chapters that the book names, {missing} are not in it")


def _package_name(archive: ZipFile) -> str:
    for rootfile in parse_xml(read_member(archive, _CONTAINER)).iter("{*}rootfile"):
        return str(rootfile.get("full-path"))
    raise Refused(BROKEN)


def _protected(archive: ZipFile) -> frozenset[str]:
    """Members that are encrypted; of fonts nobody reads, it does not matter."""
    if _PROTECTION not in archive.NameToInfo:
        return frozenset()
    root = parse_xml(read_member(archive, _PROTECTION))
    return frozenset(unquote(str(one.get("URI"))) for one in root.iter("{*}CipherReference"))


def _chapters(root: etree._Element, package: str) -> list[str]:
    """The names of the chapters' members, in reading order, each once."""
    folder = posixpath.dirname(package)
    pages = {
        str(item.get("id")): posixpath.normpath(posixpath.join(folder, unquote(str(item.get("href")))))
        for item in root.iter("{*}item")
        if item.get("media-type") in _PAGES and "nav" not in str(item.get("properties")).split()
    }
    order = [str(one.get("idref")) for one in root.iter("{*}itemref")]
    return list(dict.fromkeys(pages[idref] for idref in order if idref in pages))


def _read_chapter(data: bytes, transcript: Transcript) -> None:
    raw, notes = decode(data, declared=declared_encoding(data))
    title, text, sections, more = parse_page(raw)
    for note in (*notes, *more):
        transcript.note(note)
    transcript.add(Kind.CLOSE, "", level=0)
    has_heading = any(section.kind is SectionKind.HEADING for section in sections)
    # A chapter that only says in its head what it is called.
    transcript.add(Kind.PAGE, "" if has_heading or title == transcript.title else title)
    for section in sections:
        _read_section(text, section, transcript)


def _read_section(text: str, section: Section, transcript: Transcript) -> None:
    level = len(section.path)
    if section.body > section.start:
        opens = Kind.TERM if section.kind is SectionKind.TERM else Kind.HEADING
        transcript.add(opens, text[section.start : section.body], level=level)
    else:
        transcript.add(Kind.CLOSE, "", level=level + 1)
    for block in section.blocks:
        transcript.add(_KINDS[block.kind], text[block.start : block.end])


def _words(element: etree._Element | None) -> str:
    return "" if element is None else " ".join("".join(map(str, element.itertext())).split())
