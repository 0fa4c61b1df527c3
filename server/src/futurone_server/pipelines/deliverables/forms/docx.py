"""A deliverable as a Word file: real headings, lists, tables and quotes. The same deliverable gives the same bytes."""

import re
from collections.abc import Mapping
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from docx.document import Document as WordDocument
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part

from futurone_server.pipelines.deliverables.account import NAME, as_text, maker, told
from futurone_server.pipelines.deliverables.forms.composing import Composer
from futurone_server.pipelines.deliverables.markup import read_tokens
from futurone_server.pipelines.deliverables.order import Order

_EPOCH = (1980, 1, 1, 0, 0, 0)
_PROPERTY_CHARS_MAX = 255
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CUSTOM_TYPE = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_CUSTOM = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"'
    ' xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">'
    '<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="2" name="{name}">'
    "<vt:lpwstr>{value}</vt:lpwstr></property></Properties>"
)
"""Custom properties (ISO/IEC 29500-1, 15.2.12.2): the core ones hold 255 characters and no more."""


def write(order: Order) -> bytes:
    """The Markdown as a Word file."""
    document = Document()
    Composer(document).compose(read_tokens(_UNWRITABLE.sub("\ufffd", order.markdown)))
    _say_what_it_is(document, order.title, order.provenance)
    saved = BytesIO()
    document.save(saved)
    return _same_always(saved.getvalue())


def _say_what_it_is(document: WordDocument, title: str, provenance: Mapping[str, Any]) -> None:
    core = document.core_properties
    core.title = _UNWRITABLE.sub("\ufffd", title)[:_PROPERTY_CHARS_MAX]
    core.author = core.last_modified_by = maker(provenance)
    core.comments = _UNWRITABLE.sub("\ufffd", told(provenance))[:_PROPERTY_CHARS_MAX]
    element: Any = core._element
    # The template's own dates are of nobody's interest, and this deliverable's are told by its run.
    for moment in element.xpath("dcterms:created | dcterms:modified"):
        element.remove(moment)
    value = escape(_UNWRITABLE.sub("\ufffd", as_text(provenance)))
    blob = _CUSTOM.format(name=NAME, value=value).encode()
    package = document.part.package
    part = Part(PackURI("/docProps/custom.xml"), _CUSTOM_TYPE, blob, package)
    package.relate_to(part, RELATIONSHIP_TYPE.CUSTOM_PROPERTIES)


def _same_always(saved: bytes) -> bytes:
    """The archive without the moment of its making."""
    packed = BytesIO()
    with ZipFile(BytesIO(saved)) as given, ZipFile(packed, "w", ZIP_DEFLATED) as made:
        for name in given.namelist():
            made.writestr(ZipInfo(name, _EPOCH), given.read(name), ZIP_DEFLATED)
    return packed.getvalue()
