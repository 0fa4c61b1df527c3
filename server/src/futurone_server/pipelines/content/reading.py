"""A report's Markdown read back into its parts: headings, paragraphs, items, quotes and tables, as they are shown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from futurone_server.pipelines.deliverables.markup import reader

if TYPE_CHECKING:
    from markdown_it.token import Token

_ACTIVE = {"link_open": "a link", "image": "an image", "html_inline": "markup", "html_block": "markup"}


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table: the words of its header and of each row."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass
class Part:
    """What stands under one heading, without what stands under headings inside it."""

    path: tuple[str, ...]
    paragraphs: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    quotes: list[str] = field(default_factory=list)
    """Each block quote as one text, its paragraphs divided by a line feed."""
    tables: list[Table] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A report as it was read. ``active`` names what could load or lead somewhere: there should be none."""

    parts: tuple[Part, ...]
    active: tuple[str, ...]

    def part(self, *path: str) -> Part | None:
        """The first part whose path ends like this."""
        return next((part for part in self.parts if part.path[-len(path) :] == path), None)

    def under(self, title: str) -> Iterator[Part]:
        """The part of a heading and all parts inside it."""
        return (part for part in self.parts if title in part.path)


def read(markdown: str) -> Reading:
    """Read a report."""
    tokens = reader().parse(markdown)
    parts = [Part(path=())]
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            level = int(token.tag[1])
            parts.append(Part(path=(*parts[-1].path[: level - 1], words(tokens[at + 1]))))
        elif token.type == "table_open":
            parts[-1].tables.append(_table(tokens, at))
    _fill(tokens, parts)
    children = [child for token in tokens for child in (token, *(token.children or ()))]
    active = tuple(_ACTIVE[child.type] for child in children if child.type in _ACTIVE)
    return Reading(parts=tuple(parts), active=active)


def words(token: "Token") -> str:
    """The text of a line as it is shown."""
    shown = {"softbreak": " ", "hardbreak": " "}
    return "".join(shown.get(child.type, child.content) for child in token.children or ()) or token.content * (
        not token.children
    )


def _fill(tokens: "Sequence[Token]", parts: "list[Part]") -> None:
    at_part, depth_quote, depth_item, depth_table = 0, 0, 0, 0
    quote: list[str] = []
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            at_part += 1
        depth_quote += token.nesting * (token.type in ("blockquote_open", "blockquote_close"))
        depth_item += token.nesting * (token.type in ("list_item_open", "list_item_close"))
        depth_table += token.nesting * (token.type in ("table_open", "table_close"))
        if token.type == "blockquote_close" and depth_quote == 0:
            parts[at_part].quotes.append("\n".join(quote))
            quote = []
        is_line = token.type == "inline" and tokens[at - 1].type == "paragraph_open" and not depth_table
        if is_line and depth_quote:
            quote.append(words(token))
        elif is_line:
            (parts[at_part].items if depth_item else parts[at_part].paragraphs).append(words(token))
        elif token.type == "fence" and depth_quote:
            quote.append(token.content.rstrip("\n"))


def _table(tokens: "Sequence[Token]", start: int) -> Table:
    rows: list[list[str]] = []
    for at in range(start, len(tokens)):
        token = tokens[at]
        if token.type == "table_close":
            break
        if token.type == "tr_open":
            rows.append([])
        elif token.type in ("th_open", "td_open"):
            rows[-1].append(words(tokens[at + 1]))
    return Table(header=tuple(rows[0]) if rows else (), rows=tuple(map(tuple, rows[1:])))
