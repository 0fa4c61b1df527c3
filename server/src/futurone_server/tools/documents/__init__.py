"""Documents as quotable text: text, pages, tables, pdf, Office and epub files as sections and blocks with offsets."""

from futurone_server.tools.documents.decoding import make_visible
from futurone_server.tools.documents.document import (
    Block,
    BlockKind,
    Document,
    Section,
    SectionKind,
    UnreadableDocument,
)
from futurone_server.tools.documents.parsing import parse
from futurone_server.tools.documents.sniffing import sniff

__all__ = [
    "Block",
    "BlockKind",
    "Document",
    "Section",
    "SectionKind",
    "UnreadableDocument",
    "make_visible",
    "parse",
    "sniff",
]
