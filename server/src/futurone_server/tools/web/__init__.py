"""Search of the web and reading of its pages, both through the guarded way out."""

from futurone_server.tools.web.fetch import PageFetcher, Snapshot
from futurone_server.tools.web.offers import Keep, Read, web_fetch_tool, web_search_tool
from futurone_server.tools.web.reading import Reading, document_of, read_page
from futurone_server.tools.web.search import Hit, SearchProvider
from futurone_server.tools.web.setting import SearchChoice, SearchKind, read_search, search_provider
from futurone_server.tools.web.way import Answer, WayOut

__all__ = [
    "Answer",
    "Hit",
    "Keep",
    "PageFetcher",
    "Read",
    "Reading",
    "SearchChoice",
    "SearchKind",
    "SearchProvider",
    "Snapshot",
    "WayOut",
    "document_of",
    "read_page",
    "read_search",
    "search_provider",
    "web_fetch_tool",
    "web_search_tool",
]
