"""The ZIP file that an office document or a book is: opened in bounds, and its XML read without entities."""

import io
from zipfile import BadZipFile, ZipFile

from lxml import etree

from futurone_server.tools.documents.refusals import BROKEN, ENCRYPTED, TOO_COMPLEX
from futurone_server.tools.documents.transcript import Refused

MEMBERS_MAX = 10_000
INFLATED_BYTES_MAX = 512 << 20
"""What all members together may say they inflate to. The limit on memory holds for members that lie."""

XML_BYTES_MAX = 64 << 20
"""A larger XML member is refused."""

CORE = "docProps/core.xml"
"""Where an office document says its title."""

_ENCRYPTED_FLAG = 0x1
_XML = (".xml", ".rels", ".xhtml", ".html", ".htm", ".opf", ".ncx")


def open_archive(data: bytes) -> ZipFile:
    """The archive, checked for what it says of itself. Raises Refused."""
    try:
        archive = ZipFile(io.BytesIO(data))
    except (BadZipFile, ValueError, NotImplementedError, OSError):
        raise Refused(BROKEN) from None
    members = archive.infolist()
    if any(member.flag_bits & _ENCRYPTED_FLAG for member in members):
        raise Refused(ENCRYPTED)
    is_large = any(member.file_size > XML_BYTES_MAX for member in members if member.filename.casefold().endswith(_XML))
    if is_large or len(members) > MEMBERS_MAX or sum(member.file_size for member in members) > INFLATED_BYTES_MAX:
        raise Refused(TOO_COMPLEX)
    return archive


def read_member(archive: ZipFile, name: str) -> bytes:
    """The bytes of one member. Raises Refused when it is missing, damaged or longer than XML may be."""
    try:
        with archive.open(name) as member:
            data = member.read(XML_BYTES_MAX + 1)
    except (KeyError, BadZipFile, EOFError, NotImplementedError, OSError):
        raise Refused(BROKEN) from None
    if len(data) > XML_BYTES_MAX:
        raise Refused(TOO_COMPLEX)
    return data


def parse_xml(data: bytes) -> etree._Element:
    """The root of an XML text: no entities, no other files, no network, no endless trees. Raises Refused."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        raise Refused(BROKEN) from None
    return root
