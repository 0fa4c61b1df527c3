"""A small library of documents about an invented product, and what is asked about them."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from futurone_server.tools.documents import Document, parse, sniff
from futurone_server.tools.retrieval import Index

SOURCES = Path(__file__).parent / "sources"
NAMES = ("handbook.md", "settings.txt", "limits.html", "prices.csv")


def read(name: str, data: bytes) -> Document:
    """A document as a run reads it."""
    return parse(name, sniff(name, data), data)


def text_document(text: str, name: str = "notes.md") -> Document:
    """A document made of a text."""
    return read(name, text.encode())


@cache
def documents() -> tuple[Document, ...]:
    """The documents of the library."""
    return tuple(read(name, (SOURCES / name).read_bytes()) for name in NAMES)


@cache
def index() -> Index:
    """An index over the library."""
    return Index(documents())


def originals() -> Mapping[str, bytes]:
    """The original bytes of the library by their digest."""
    data = ((SOURCES / name).read_bytes() for name in NAMES)
    return {document.sha256: one for document, one in zip(documents(), data, strict=True)}
