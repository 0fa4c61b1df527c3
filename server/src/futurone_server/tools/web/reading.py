"""What stands on a fetched page: as a document that is quoted from, and as the main text that a model is shown.

The document is made by our own parser and from the bytes alone: whoever has the snapshot gets the same text again,
to the character, and can find each quote in it, years later. trafilatura's choice of what is the main text is better
for reading, but it is a set of heuristics that changes from version to version, so nothing is ever quoted from it; its
words are the page's own, without emphasis or links, and so can be found again in the document.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol, Self

from futurone_server.tools.documents import Document, UnreadableDocument, make_visible, parse
from futurone_server.tools.documents.decoding import declared_encoding
from futurone_server.tools.documents.sniffing import HTML, TEXTS
from futurone_server.tools.port import ToolFailedError
from futurone_server.tools.web.fetch import Snapshot

TEXT_CHARS_MAX = 60_000
TITLE_CHARS_MAX = 200

_TAGS_MAX = 15_000
_MAIN_BYTES_MAX = 2 << 20
"""Pages beyond these are shown as the document has them: the heuristics take too long on large or hostile pages."""


class _Part(Protocol):
    """An element of a page's tree."""

    tag: object
    text: str | None
    tail: str | None

    def __iter__(self) -> Iterator[Self]: ...
    def iter(self, tag: str) -> Iterator[Self]: ...
    def itertext(self, tag: str) -> Iterator[str]: ...
    def get(self, key: str, default: str) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a model is shown of a page: Markdown for pages, else the text as it is. It is not to be trusted."""

    title: str
    published: date | None
    text: str
    is_cut: bool


def document_of(snapshot: Snapshot) -> Document:
    """The document that quotes are taken from; always the same for the same snapshot. Raises UnreadableDocument.

    Files that are no text are read in a process of their own, which takes a while: call it from a thread.
    """
    document = parse(snapshot.final_url, snapshot.media_type, _decodable(snapshot))
    return replace(document, sha256=snapshot.sha256, size_bytes=len(snapshot.data))


async def read_page(snapshot: Snapshot) -> Reading:
    """Title, date and main text of a page. Raises ToolFailedError with the document's own reason."""
    try:
        return await asyncio.to_thread(_read, snapshot)
    except UnreadableDocument as error:
        raise ToolFailedError(error.reason_code, error.message) from None


def _decodable(snapshot: Snapshot) -> bytes:
    """The bytes, in UTF-8 where only the server named their encoding. What names its own stays as it is."""
    kind, _, parameter = snapshot.media_type.partition(";")
    data, encoding = snapshot.data, declared_encoding(parameter.encode())
    if kind not in TEXTS or encoding is None or (kind == HTML and declared_encoding(data) is not None):
        return data
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode(encoding, "replace").encode()
    return data


def _read(snapshot: Snapshot) -> Reading:
    document = document_of(snapshot)
    main = _main_text(_decodable(snapshot)) if document.media_type == HTML else None
    title, published, text = main or ("", None, "")
    text, _ = make_visible(text or document.text)
    return Reading(
        title=make_visible(title or document.title)[0][:TITLE_CHARS_MAX],
        published=published,
        text=text[:TEXT_CHARS_MAX],
        is_cut=len(text) > TEXT_CHARS_MAX,
    )


def _main_text(page: bytes) -> tuple[str, date | None, str] | None:
    """Title, date and main text of a page; None where it is too large or has none."""
    if len(page) > _MAIN_BYTES_MAX or page.count(b"<") > _TAGS_MAX:
        return None
    from trafilatura import bare_extraction  # noqa: PLC0415 - half a second, loaded with the first page

    try:
        found = bare_extraction(page, with_metadata=True, include_comments=False, include_formatting=False)
    except Exception:  # noqa: BLE001 - on odd pages it fails in ways of its own; the document is there all the same
        return None
    if found is None or isinstance(found, dict) or found.body is None:
        return None
    return found.title or "", _day(found.date), "\n\n".join(_blocks(found.body))


def _blocks(body: _Part) -> Iterator[str]:
    """The parts of the main text in Markdown, each in the page's own words."""
    for part in body:
        text = _words(part)
        if not text:
            continue
        match part.tag:
            case "head":
                level = part.get("rend", "h2").removeprefix("h")
                yield f"{'#' * (int(level) if level in {*'123456'} else 2)} {text}"
            case "list":
                yield "\n".join(f"- {_own_words(item)}" for item in part.iter("item"))
            case "table":
                yield "\n".join(f"| {' | '.join(map(_words, row.iter('cell')))} |" for row in part.iter("row"))
            case "quote" | "code":
                lines = "".join(part.itertext("*")).strip("\n").splitlines()
                yield "\n".join(f"> {line}".rstrip() for line in lines)
            case _:
                yield text


def _words(part: _Part) -> str:
    """The words of an element. A comment, whose tag is a function, has none."""
    return " ".join("".join(part.itertext("*")).split()) if isinstance(part.tag, str) else ""


def _own_words(item: _Part) -> str:
    """The words of a list's item without those of a list inside it, which has items of its own."""
    inner = (("" if part.tag == "list" else _words(part)) + (part.tail or "") for part in item)
    return " ".join("".join([item.text or "", *inner]).split())


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None
