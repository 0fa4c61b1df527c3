"""A deliverable as a tagged PDF: the page, printed. Nothing is fetched; the same deliverable gives the same bytes."""

from weasyprint import CSS, HTML
from weasyprint.urls import URLFetcher

from futurone_server.pipelines.deliverables.forms import html
from futurone_server.pipelines.deliverables.order import TOO_LONG, Order, RefusedError

PAGES_MAX = 500

_PAPER = """
@page { size: A4; margin: 20mm 20mm 22mm; @bottom-center { content: counter(page) " / " counter(pages);
  font: 9pt sans-serif; color: #666; } }
body { font: 10.5pt/1.5 sans-serif; max-width: none; margin: 0; padding: 0; }
h1, h2, h3, h4 { break-after: avoid; }
tr, blockquote { break-inside: avoid; }
thead { display: table-header-group; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
td, th { overflow-wrap: anywhere; }
"""


def write(order: Order) -> bytes:
    """The page on paper. Raises RefusedError for what would be too many pages."""
    shut = URLFetcher(allowed_protocols={"data"}, allow_redirects=False)
    page = HTML(string=html.write(order).decode(), url_fetcher=shut)
    options = {"pdf_tags": True, "custom_metadata": True, "presentational_hints": True}
    printed = page.render(stylesheets=[CSS(string=_PAPER, url_fetcher=shut)], **options)
    if len(printed.pages) > PAGES_MAX:
        raise RefusedError(TOO_LONG)
    written: bytes = printed.write_pdf(**options)
    return written
