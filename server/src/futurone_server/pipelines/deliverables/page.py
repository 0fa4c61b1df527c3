"""A deliverable's Markdown as a page that stands alone: no scripts, no pictures, no address but its own."""

import re
from collections.abc import Mapping
from html import escape

import nh3

from futurone_server.pipelines.deliverables.markup import read_tokens, reader

_TAGS = {
    "h1", "h2", "h3", "h4", "h5", "h6", "p", "blockquote", "pre", "code", "em", "strong", "ol", "ul", "li", "a", "br",
    "hr", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
_ATTRIBUTES = {
    "li": {"id"},
    "a": {"href"},
    "blockquote": {"dir"},
    "ol": {"start"},
    "th": {"style"},
    "td": {"style"},
}
_OWN_ADDRESS = re.compile(r"#source-\d{1,6}\Z")
_OWN_ID = re.compile(r"source-\d{1,6}\Z")
_NEXT = re.compile(r"(?<=</p>\n)<p>(?=<strong>)")
"""A paragraph with a title of its own right behind one: the next of several, and set apart from the last."""
_ALIGNED = re.compile(r"text-align:(?:left|center|right)\Z")

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
body {{ font: 1rem/1.55 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.6rem; line-height: 1.25; }}
h2 {{ font-size: 1.2rem; margin-top: 2rem; }}
h3 {{ font-size: 1.05rem; }}
blockquote {{ margin: 1rem 0; padding: .1rem 0 .1rem 1rem; border-left: 3px solid #8884; }}
blockquote > :last-child:not(:first-child) {{ font-size: .85rem; opacity: .75; }}
pre {{ overflow-x: auto; padding: .6rem; background: #8881; }}
code {{ font-size: .9em; overflow-wrap: anywhere; }}
li {{ margin: .3rem 0; }}
.next {{ margin-top: 1.8rem; padding-top: .6rem; border-top: 1px solid #8884; break-after: avoid; }}
.wide {{ overflow-x: auto; }}
table {{ border-collapse: collapse; font-size: .92rem; }}
th, td {{ padding: .3rem .7rem; border-bottom: 1px solid #8884; text-align: left; vertical-align: top; }}
svg {{ max-width: 100%; height: auto; }}
svg text {{ fill: currentColor; font: 13px system-ui, sans-serif; }}
:target {{ background: #fd04; }}
</style>
</head>
<body>
<main>
{body}</main>
</body>
</html>
"""


def page(title: str, markdown: str, charts: Mapping[str, str] | None = None) -> str:
    """A complete page. ``charts`` are drawings of our own, each put under the heading of level 2 that it names."""
    markup = reader()
    body = nh3.clean(
        markup.renderer.render(read_tokens(markdown), markup.options, {}),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_kept,
        link_rel=None,
    )
    body = body.replace("<table>", '<div class="wide"><table>').replace("</table>", "</table></div>")
    body = _NEXT.sub('<p class="next">', body)
    for heading, drawing in (charts or {}).items():
        mark = f"<h2>{escape(heading, quote=False)}</h2>"
        body = body.replace(mark, f"{mark}\n{drawing}", 1)
    return _PAGE.format(title=escape(title), body=body)


def _kept(tag: str, name: str, value: str) -> str | None:
    allowed = {
        "href": _OWN_ADDRESS.match(value),
        "id": _OWN_ID.match(value),
        "dir": value == "auto",
        "start": value.isdigit(),
        "style": _ALIGNED.match(value),
    }
    return value if allowed.get(name) else None
