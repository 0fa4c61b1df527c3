"""The Markdown of deliverables, read into tokens that lead nowhere but within the page."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_CITED_FIRST = re.compile(r"\[\d{1,6}\](?= )")
_CITED_LAST = re.compile(r"(?<= )(?:\[\d{1,6}\])+(?=[†‡]*\Z)")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_NUMBER = re.compile(r"\[(\d{1,6})\]")


def reader() -> "MarkdownIt":
    """The Markdown dialect of deliverables: CommonMark with tables and without raw HTML."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 - loaded with the first report, not at the start

    return MarkdownIt("commonmark", {"html": False}).enable("table")


def read_tokens(markdown: str) -> "list[Token]":
    """The tokens of a text. Links to elsewhere are words, the address in brackets; pictures are their descriptions.

    The numbered entries of a section ``Sources`` have ids, and the citations ``[1]`` before a quote or at the end of a
    line lead to them.
    """
    tokens = reader().parse(markdown)
    sources = list(_source_items(tokens))
    for number, item in enumerate(sources, 1):
        item.attrSet("id", own_id(number))
    depth = 0
    for token in tokens:
        depth += token.nesting if token.type.startswith("blockquote") else 0
        if token.type == "blockquote_open":
            token.attrSet("dir", "auto")
        if token.type == "inline" and token.children:
            inert = list(_inert(token.children))
            token.children = list(_cited(inert, len(sources), is_quote=depth > 0))
    return tokens


def own_id(number: int) -> str:
    """The id of an entry of the list of sources."""
    return f"source-{number}"


def _source_items(tokens: "Sequence[Token]") -> "Iterator[Token]":
    is_listing = False
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            is_listing = tokens[at + 1].content == "Sources"
        elif is_listing and token.type == "list_item_open" and token.level == 1:
            yield token


def _inert(children: "Iterable[Token]") -> "Iterator[Token]":
    """What stands in a line, without links and pictures."""
    said, address = "", None
    for child in children:
        if child.type == "link_open":
            said, address = "", str(child.attrGet("href") or "")
        elif child.type == "link_close":
            if address and _ELSEWHERE.match(address) and address not in (said, f"mailto:{said}"):
                yield _text(child, f" ({address})")
            address = None
        else:
            shown = _text(child, child.content) if child.type == "image" else child
            said += shown.content
            yield shown


def _cited(children: "Sequence[Token]", count: int, *, is_quote: bool) -> "Iterator[Token]":
    """The same, with the citations as links into the list of sources."""
    for at, child in enumerate(children):
        if child.type != "text":
            yield child
            continue
        is_last = at + 1 == len(children) or children[at + 1].type in ("softbreak", "hardbreak")
        found = _CITED_FIRST.match(child.content) if is_quote and at == 0 else None
        if found is None and is_last:
            found = _CITED_LAST.search(child.content)
        if found is None:
            yield child
            continue
        yield _text(child, child.content[: found.start()])
        for number in map(int, _NUMBER.findall(found.group())):
            yield from _citation(child, number) if 0 < number <= count else [_text(child, f"[{number}]")]
        yield _text(child, child.content[found.end() :])


def _citation(like: "Token", number: int) -> "Iterator[Token]":
    yield replace(like, type="link_open", tag="a", nesting=1, content="", attrs={"href": f"#{own_id(number)}"})
    yield _text(like, f"[{number}]")
    yield replace(like, type="link_close", tag="a", nesting=-1, content="")


def _text(like: "Token", content: str) -> "Token":
    return replace(like, type="text", tag="", nesting=0, content=content, attrs={}, children=None)
