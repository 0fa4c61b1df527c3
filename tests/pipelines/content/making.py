"""Drafts and sources made for tests of content work."""

from futurone_server.pipelines.content.manuscript import Manuscript
from futurone_server.tools.documents import Document, parse, sniff


def document(text: str, name: str = "draft.md") -> Document:
    """A text as the document that a file with it would be."""
    data = text.encode()
    return parse(name, sniff(name, data), data)


def manuscript(text: str, name: str = "draft.md") -> Manuscript:
    """A text as a draft."""
    return Manuscript(document(text, name))
