"""Looking at the shape of a parsed document."""

from futurone_server.tools.documents import Document, parse
from futurone_server.tools.documents.assembly import assemble
from futurone_server.tools.documents.formats import docx, epub, pptx, xlsx
from futurone_server.tools.documents.parsing import made_of
from futurone_server.tools.documents.reader import Read, answer_to
from futurone_server.tools.documents.sniffing import CONFINED

READERS: dict[str, Read] = {"docx": docx.read, "pptx": pptx.read, "xlsx": xlsx.read, "epub": epub.read}
KINDS = {name: kind for kind, name in CONFINED.items()}


def read_here(name: str, data: bytes) -> Document:
    """An office document or a book, read without a process of its own; a refusal is no document and fails."""
    return made_of(f"a.{name}", KINDS[name], data, assemble(b"\n".join(answer_to(READERS[name], data))))


def read(text: str, media_type: str = "text/plain") -> Document:
    """A document from a text."""
    return parse("a", media_type, text.encode())


def paths(document: Document) -> list[str]:
    """The path of each section, as a reader would write it."""
    return [" > ".join(section.path) for section in document.sections]


def blocks(document: Document) -> list[tuple[str, str]]:
    """Kind and text of every block, white space evened out."""
    return [
        (block.kind.value, " ".join(document.text[block.start : block.end].split()))
        for section in document.sections
        for block in section.blocks
    ]


def under(document: Document, path: str) -> list[str]:
    """The texts of the blocks that stand under a path."""
    return [
        " ".join(document.text[block.start : block.end].split())
        for section in document.sections
        if " > ".join(section.path) == path
        for block in section.blocks
    ]
