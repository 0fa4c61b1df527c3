"""The search services: SearXNG, Brave, Tavily and Exa, each in the words of its HTTP interface."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from futurone_server.kit import json
from futurone_server.kit.errors import Invalid, Refusal
from futurone_server.tools.port import ToolFailedError
from futurone_server.tools.web.search import HITS_MAX, SNIPPET_CHARS_MAX, Found, Hit, clean
from futurone_server.tools.web.way import Answer, WayOut, unreached

DEADLINE_S = 15.0
ANSWER_BYTES_MAX = 4 << 20

RATE_LIMITED: Final = "SEARCH_RATE_LIMITED"
UNAVAILABLE: Final = "SEARCH_UNAVAILABLE"
KEY_REFUSED: Final = "SEARCH_KEY_REFUSED"
REFUSED: Final = "SEARCH_REFUSED"
BROKEN_ANSWER: Final = "SEARCH_BROKEN_ANSWER"


@dataclass(frozen=True, kw_only=True)
class _Service:
    way: WayOut = field(repr=False)
    base_url: str
    key: str = field(default="", repr=False)

    async def _get(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Mapping[str, object]:
        return await self._ask("GET", f"{path}?{urlencode(query)}", headers, b"")

    async def _post(self, path: str, body: Mapping[str, object], headers: Mapping[str, str]) -> Mapping[str, object]:
        return await self._ask("POST", path, {**headers, "Content-Type": "application/json"}, json.dump(body))

    async def _ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Mapping[str, object]:
        try:
            answer = await self.way.send(
                method,
                self.base_url + path,
                headers={**headers, "Accept": "application/json"},
                body=body,
                deadline_s=DEADLINE_S,
                bytes_max=ANSWER_BYTES_MAX,
            )
        except Refusal as refusal:
            raise unreached(refusal) from None
        return _read(answer)


@dataclass(frozen=True, kw_only=True)
class SearXNG(_Service):
    """A SearXNG of one's own, with ``json`` among its ``search.formats``. It has no limit: the rest is left out."""

    name: str = "searxng"

    async def search(self, query: str, limit: int) -> list[Hit]:
        """Search. Raises ToolFailedError; ``SEARCH_REFUSED`` where its settings do not name the format json."""
        answer = await self._get("/search", {"q": query, "format": "json"}, {})
        return clean((_found(one, "content", "publishedDate") for one in _items(answer.get("results"))), limit)


@dataclass(frozen=True, kw_only=True)
class Brave(_Service):
    """Brave Search."""

    name: str = "brave"

    async def search(self, query: str, limit: int) -> list[Hit]:
        """Search. Raises ToolFailedError."""
        asked = {"q": query, "count": str(min(limit, HITS_MAX)), "text_decorations": "false"}
        answer = await self._get("/res/v1/web/search", asked, {"X-Subscription-Token": self.key})
        web = answer.get("web")
        results = web.get("results") if isinstance(web, dict) else None
        return clean((_found(one, "description", "page_age") for one in _items(results)), limit)


@dataclass(frozen=True, kw_only=True)
class Tavily(_Service):
    """Tavily."""

    name: str = "tavily"

    async def search(self, query: str, limit: int) -> list[Hit]:
        """Search. Raises ToolFailedError."""
        asked = {"query": query, "max_results": min(limit, HITS_MAX), "search_depth": "basic"}
        answer = await self._post("/search", asked, {"Authorization": f"Bearer {self.key}"})
        return clean((_found(one, "content", "published_date") for one in _items(answer.get("results"))), limit)


@dataclass(frozen=True, kw_only=True)
class Exa(_Service):
    """Exa."""

    name: str = "exa"

    async def search(self, query: str, limit: int) -> list[Hit]:
        """Search. Raises ToolFailedError."""
        asked = {
            "query": query,
            "numResults": min(limit, HITS_MAX),
            "contents": {"highlights": {"maxCharacters": SNIPPET_CHARS_MAX}},
        }
        answer = await self._post("/search", asked, {"x-api-key": self.key})
        return clean(map(_exa, _items(answer.get("results"))), limit)


def _exa(one: Mapping[str, object]) -> Found:
    highlights = one.get("highlights")
    parts = [part for part in highlights if isinstance(part, str)] if isinstance(highlights, list) else []
    snippet = " … ".join(parts) or one.get("text")
    return Found(url=one.get("url"), title=one.get("title"), snippet=snippet, published=one.get("publishedDate"))


def _found(one: Mapping[str, object], snippet: str, published: str) -> Found:
    return Found(url=one.get("url"), title=one.get("title"), snippet=one.get(snippet), published=one.get(published))


def _items(value: object) -> Iterator[Mapping[str, object]]:
    if value is None:
        return
    if not isinstance(value, list):
        raise _broken()
    yield from (one for one in value if isinstance(one, dict))


def _read(answer: Answer) -> Mapping[str, object]:
    if answer.status != 200:
        raise _refusal(answer.status)
    try:
        value = json.read(answer.body)
    except Invalid:
        raise _broken() from None
    if not isinstance(value, dict):
        raise _broken()
    return value


def _refusal(status: int) -> ToolFailedError:
    if status == 429:
        return ToolFailedError(RATE_LIMITED, "The search service asks for a pause.", is_transient=True)
    if status >= 500:
        return ToolFailedError(UNAVAILABLE, "The search service failed.", is_transient=True)
    if status in {401, 402}:
        return ToolFailedError(KEY_REFUSED, "The search service refuses its key; check FUTURONE_SEARCH.")
    return ToolFailedError(
        REFUSED,
        "The search service refused the request; check FUTURONE_SEARCH, and that a SearXNG has json among its formats.",
    )


def _broken() -> ToolFailedError:
    return ToolFailedError(BROKEN_ANSWER, "The search service's answer could not be read.")
