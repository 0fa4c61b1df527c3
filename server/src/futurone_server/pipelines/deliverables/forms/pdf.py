"""A deliverable as a tagged PDF: the page, printed. Nothing is fetched; the same deliverable gives the same bytes."""

from weasyprint import HTML
from weasyprint.urls import URLFetcher

from futurone_server.pipelines.deliverables.forms import html
from futurone_server.pipelines.deliverables.forms.tables import fit_tables
from futurone_server.pipelines.deliverables.order import TOO_LONG, Order, RefusedError

PAGES_MAX = 500

_PAPER = """
@page { size: %s; margin: 20mm 20mm 22mm; @bottom-center { content: counter(page) " / " counter(pages);
  font: 9pt sans-serif; color: #666; } }
body { font: 10.5pt/1.5 sans-serif; max-width: none; margin: 0; padding: 0; }
h1, h2, h3, h4 { break-after: avoid; }
tr, blockquote { break-inside: avoid; }
thead { display: table-header-group; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
.wide { overflow: visible; }
td, th { padding: .2rem .35rem; overflow-wrap: break-word; }
td code, th code { overflow-wrap: break-word; }
th { text-align: left; vertical-align: bottom; }
table { font-size: 9.5pt; }
.small table { font-size: 7.5pt; }
.tiny table { font-size: 6pt; }
p, li, blockquote, pre { max-width: 170mm; }
.whole { white-space: nowrap; }
.cut td, .cut th { overflow-wrap: anywhere; }
"""


def write(order: Order) -> bytes:
    """The page on paper. Raises RefusedError for what would be too many pages."""
    shut = URLFetcher(allowed_protocols={"data"}, allow_redirects=False)
    page = HTML(string=_on_paper(html.write(order).decode()), url_fetcher=shut)
    options = {"pdf_tags": True, "custom_metadata": True, "presentational_hints": True}
    printed = page.render(**options)
    if len(printed.pages) > PAGES_MAX:
        raise RefusedError(TOO_LONG)
    written: bytes = printed.write_pdf(**options)
    return written


def _on_paper(page: str) -> str:
    """A page with the rules for paper behind its own: rules that are handed to the printer count less than those."""
    fitted, paper = fit_tables(page)
    head, end, rest = fitted.partition("</head>")
    return f"{head}<style>{_PAPER.replace('%s', paper.value, 1)}</style>\n{end}{rest}"
