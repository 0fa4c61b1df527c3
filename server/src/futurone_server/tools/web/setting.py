"""Which search service is used: the setting ``FUTURONE_SEARCH``, read once.

    searxng:http://127.0.0.1:8080      a SearXNG of one's own; a private one has to stand in FUTURONE_EGRESS_ALLOW too
    brave:KEY    tavily:KEY    exa:KEY
    brave:KEY@https://proxy.example    the same interface at another address

Empty means: no web search; plans then have no such tool.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from futurone_server.tools.web.providers import Brave, Exa, SearXNG, Tavily
from futurone_server.tools.web.search import SearchProvider
from futurone_server.tools.web.way import WayOut


class SearchKind(StrEnum):
    """The services that are known."""

    SEARXNG = "searxng"
    BRAVE = "brave"
    TAVILY = "tavily"
    EXA = "exa"


_HOMES = {
    SearchKind.BRAVE: "https://api.search.brave.com",
    SearchKind.TAVILY: "https://api.tavily.com",
    SearchKind.EXA: "https://api.exa.ai",
}
_SERVICES: Mapping[SearchKind, Callable[..., SearchProvider]] = {
    SearchKind.SEARXNG: SearXNG,
    SearchKind.BRAVE: Brave,
    SearchKind.TAVILY: Tavily,
    SearchKind.EXA: Exa,
}
_FORM = "write searxng:URL, brave:KEY, tavily:KEY or exa:KEY"


@dataclass(frozen=True, kw_only=True)
class SearchChoice:
    """A service, where it is, and the key for it, which shows nowhere."""

    kind: SearchKind
    base_url: str
    key: str = field(default="", repr=False)


def read_search(text: str) -> SearchChoice | None:
    """Read ``FUTURONE_SEARCH``; None where it is empty.

    Raises ValueError that says what would be right and repeats nothing of what may be a key.
    """
    name, _, rest = text.strip().partition(":")
    if not name and not rest:
        return None
    if name.lower() not in list(SearchKind):
        raise ValueError(f"FUTURONE_SEARCH names no known service; {_FORM}")
    kind = SearchKind(name.lower())
    if kind is SearchKind.SEARXNG:
        return SearchChoice(kind=kind, base_url=_base(rest))
    key, at, base_url = rest.rpartition("@") if "@http" in rest else (rest, "", "")
    if not (key.isascii() and key.isprintable() and key and " " not in key):
        raise ValueError(f"FUTURONE_SEARCH has no key for {kind}; {_FORM}")
    return SearchChoice(kind=kind, base_url=_base(base_url) if at else _HOMES[kind], key=key)


def search_provider(choice: SearchChoice, way: WayOut) -> SearchProvider:
    """The service that was chosen."""
    return _SERVICES[choice.kind](way=way, base_url=choice.base_url, key=choice.key)


def _base(text: str) -> str:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not host or port == 0 or "@" in parts.netloc or parts.query:
        raise ValueError(
            "FUTURONE_SEARCH has no valid address of the service; write it as https://host or http://host:port"
        )
    return parts._replace(fragment="").geturl().rstrip("/")
