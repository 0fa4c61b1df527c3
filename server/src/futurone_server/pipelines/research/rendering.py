"""A report's Markdown as a page that stands alone: no scripts, no images, no address but its own."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

import nh3

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_TAGS = {"h1", "h2", "p", "blockquote", "pre", "code", "em", "strong", "ol", "ul", "li", "a", "br"}
_ATTRIBUTES = {"li": {"id"}, "a": {"href"}, "blockquote": {"dir"}, "ol": {"start"}}
_CITED = re.compile(r"\[(\d{1,6})\](?= )")
_OWN_ADDRESS = re.compile(r"#source-\d{1,6}\Z")
_OWN_ID = re.compile(r"source-\d{1,6}\Z")

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.55 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.6rem; line-height: 1.25; }}
h2 {{ font-size: 1.15rem; margin-top: 2rem; }}
blockquote {{ margin: 1rem 0; padding: .1rem 0 .1rem 1rem; border-left: 3px solid #8884; }}
blockquote > :last-child {{ font-size: .85rem; opacity: .75; }}
pre {{ overflow-x: auto; padding: .6rem; background: #8881; }}
code {{ font-size: .9em; overflow-wrap: anywhere; }}
li {{ margin: .3rem 0; }}
:target {{ background: #fd04; }}
</style>
</head>
<body>
<main>
{body}</main>
</body>
</html>
"""


def reader() -> "MarkdownIt":
    """The Markdown dialect of reports: CommonMark without raw HTML."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 - loaded with the first report, not at the start

    return MarkdownIt("commonmark", {"html": False})


def page(title: str, markdown: str) -> str:
    """A complete HTML page of a report. Citations link to the list of sources on the same page and nowhere else."""
    markup = reader()
    tokens = markup.parse(markdown)
    _link(tokens)
    body = nh3.clean(
        markup.renderer.render(tokens, markup.options, {}),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_kept,
        link_rel=None,
    )
    return _PAGE.format(title=escape(title), body=body)


def _kept(tag: str, name: str, value: str) -> str | None:
    allowed = {
        "href": _OWN_ADDRESS.match(value),
        "id": _OWN_ID.match(value),
        "dir": value == "auto",
        "start": value.isdigit(),
    }
    return value if allowed.get(name) else None


def _link(tokens: "Sequence[Token]") -> None:
    """Give the sources their ids, the citations their links, and each quote its own direction of writing."""
    for number, item in enumerate(_source_items(tokens), 1):
        item.attrSet("id", f"source-{number}")
    depth = 0
    for token in tokens:
        depth += token.nesting if token.type.startswith("blockquote") else 0
        if token.type == "blockquote_open":
            token.attrSet("dir", "auto")
        if depth and token.type == "inline" and token.children:
            cited = _CITED.match(token.children[0].content)
            if cited:
                _link_citation(token.children, cited.group(1))


def _link_citation(children: "list[Token]", number: str) -> None:
    link = replace(children[0], type="html_inline", content=f'<a href="#source-{number}">[{number}]</a>')
    children[0].content = children[0].content[len(number) + 2 :]
    children.insert(0, link)


def _source_items(tokens: "Sequence[Token]") -> "Iterator[Token]":
    is_listing = False
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            is_listing = tokens[at + 1].content == "Sources"
        elif is_listing and token.type == "list_item_open" and token.level == 1:
            yield token
