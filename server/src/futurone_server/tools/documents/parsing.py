"""From bytes to a Document: one function for all formats."""

import hashlib
from dataclasses import replace

from futurone_server.tools.documents.assembly import Reading
from futurone_server.tools.documents.decoding import declared_encoding, decode, make_visible
from futurone_server.tools.documents.document import (
    BYTES_MAX,
    TEXT_CHARS_MAX,
    Document,
    Section,
    SectionKind,
    UnreadableDocument,
)
from futurone_server.tools.documents.markdown import parse_markdown
from futurone_server.tools.documents.page import parse_page
from futurone_server.tools.documents.plain import parse_plain
from futurone_server.tools.documents.process import read_confined
from futurone_server.tools.documents.refusals import BROKEN, READABLE_NAMES, refusal
from futurone_server.tools.documents.sheet import parse_sheet
from futurone_server.tools.documents.sniffing import CONFINED, CSV, HTML, MARKDOWN, TEXTS, TSV, sniff

_MARKUP_FACTOR = 4
"""Markup may be this many times as long as the text it carries."""


_CONTAINERS = frozenset({"application/zip", "application/x-zip-compressed", "application/x-ole-storage"})
_CONTAINED = ("application/vnd.", "application/msword", "application/epub+zip", "application/pdf")
"""Media types that only say what a file is packed in, or that come from its name: its bytes decide."""


def parse(name: str, media_type: str, data: bytes) -> Document:
    """Read one document. The same bytes, name and media type always give the same Document.

    Text never fails: what could not be read as it stood is in ``notes``. What is no text (pdf, docx, pptx, xlsx, epub)
    is read in a process of its own. Raises UnreadableDocument with ``DOCUMENT_TYPE_UNSUPPORTED`` for what is none of
    ``sniff``'s media types, ``DOCUMENT_TOO_LARGE`` over the bound, or a code of ``refusals.MESSAGES``.
    """
    kind = _kind(name, media_type.partition(";")[0].strip().lower(), data)
    reading = read_confined(CONFINED[kind], data) if kind in CONFINED else _read_text(kind, data)
    return made_of(name, kind, data, reading)


def made_of(name: str, kind: str, data: bytes, reading: Reading) -> Document:
    """The Document of some bytes and of what was read in them."""
    return Document(
        name=name,
        media_type=kind,
        sha256=hashlib.sha256(data).hexdigest(),
        size_bytes=len(data),
        title=reading.title or _first_heading(reading.sections),
        text=reading.text,
        sections=reading.sections,
        notes=reading.notes if reading.sections else ("it holds no text", *reading.notes),
    )


def _kind(name: str, said: str, data: bytes) -> str:
    """The media type to read a file as. Of what is packed or binary, the bytes have the last word."""
    if said not in TEXTS and said not in _CONTAINERS and not said.startswith(_CONTAINED):
        raise UnreadableDocument("DOCUMENT_TYPE_UNSUPPORTED", f"{said[:80]} is not read; give {READABLE_NAMES}.")
    if len(data) > BYTES_MAX:
        raise UnreadableDocument("DOCUMENT_TOO_LARGE", f"The file is larger than {BYTES_MAX >> 20} MiB; divide it.")
    if said in TEXTS:
        return said
    kind = sniff(name, data)
    if kind not in CONFINED:
        raise refusal(BROKEN)
    return kind


def _read_text(kind: str, data: bytes) -> Reading:
    raw, notes = decode(data, declared=declared_encoding(data) if kind == HTML else None)
    reading = _read(kind, *_bounded(kind, raw))
    return replace(reading, notes=(*notes, *reading.notes))


def _bounded(kind: str, raw: str) -> tuple[str, tuple[str, ...]]:
    bound = TEXT_CHARS_MAX * (_MARKUP_FACTOR if kind == HTML else 1)
    if len(raw) <= bound:
        return raw, ()
    return raw[:bound], (f"only the first {bound} characters were read",)


def _read(kind: str, raw: str, cut: tuple[str, ...]) -> Reading:
    if kind == HTML:
        title, text, sections, notes = parse_page(raw)
        # After reading: character references can name what does not show.
        shown, more = make_visible(text)
        return Reading(title=make_visible(title)[0], text=shown, sections=_shown(sections), notes=(*cut, *notes, *more))
    shown, more = make_visible(raw)
    if kind in {CSV, TSV}:
        text, sections, notes = parse_sheet(shown, delimiter="\t" if kind == TSV else None)
        return Reading(title="", text=text, sections=sections, notes=(*cut, *more, *notes))
    sections, notes = parse_markdown(shown) if kind == MARKDOWN else parse_plain(shown)
    return Reading(title="", text=shown, sections=sections, notes=(*cut, *more, *notes))


def _shown(sections: tuple[Section, ...]) -> tuple[Section, ...]:
    return tuple(
        Section(
            title=make_visible(section.title)[0],
            path=tuple(make_visible(title)[0] for title in section.path),
            start=section.start,
            end=section.end,
            body=section.body,
            kind=section.kind,
            blocks=section.blocks,
        )
        for section in sections
    )


def _first_heading(sections: tuple[Section, ...]) -> str:
    """The first heading, where nothing stands above it: then it names the document."""
    return sections[0].title if sections and sections[0].kind is SectionKind.HEADING else ""
