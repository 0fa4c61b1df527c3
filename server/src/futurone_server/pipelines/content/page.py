"""Markdown with tables as a page that stands alone: no scripts, no images, no links; charts of our own drawing."""

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

import nh3

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_TAGS = {
    "h1", "h2", "h3", "h4", "p", "blockquote", "pre", "code", "em", "strong", "ol", "ul", "li", "br",
    "table", "thead", "tbody", "tr", "th", "td", "hr",
}  # fmt: skip

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
body {{ font: 1rem/1.55 system-ui, sans-serif; max-width: 58rem; margin: 2rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.6rem; line-height: 1.25; }}
h2 {{ font-size: 1.2rem; margin-top: 2rem; }}
h3 {{ font-size: 1.05rem; }}
blockquote {{ margin: 1rem 0; padding: .1rem 0 .1rem 1rem; border-left: 3px solid #8884; }}
pre {{ overflow-x: auto; padding: .6rem; background: #8881; }}
code {{ font-size: .9em; overflow-wrap: anywhere; }}
li {{ margin: .3rem 0; }}
.wide {{ overflow-x: auto; }}
table {{ border-collapse: collapse; font-size: .92rem; }}
th, td {{ padding: .3rem .7rem; border-bottom: 1px solid #8884; text-align: left; vertical-align: top; }}
svg {{ max-width: 100%; height: auto; }}
svg text {{ fill: currentColor; font: 13px system-ui, sans-serif; }}
</style>
</head>
<body>
<main>
{body}</main>
</body>
</html>
"""


def reader() -> "MarkdownIt":
    """CommonMark with tables and without raw HTML."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 - loaded with the first report, not at the start

    return MarkdownIt("commonmark", {"html": False}).enable("table")


def page(title: str, markdown: str, charts: Mapping[str, str] | None = None) -> str:
    """A complete HTML page. ``charts`` are drawings of our own, each put under the heading of level 2 that it names."""
    body = nh3.clean(reader().render(markdown), tags=_TAGS, attributes={"blockquote": {"dir"}}, link_rel=None)
    body = body.replace("<table>", '<div class="wide"><table>').replace("</table>", "</table></div>")
    for heading, drawing in (charts or {}).items():
        mark = f"<h2>{escape(heading, quote=False)}</h2>"
        body = body.replace(mark, f"{mark}\n{drawing}", 1)
    return _PAGE.format(title=escape(title), body=body)
