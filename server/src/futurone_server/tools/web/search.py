"""The port of web search, and what every provider's answers are made into: few, plain, each page once."""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from urllib.parse import urlsplit

from futurone_server.tools.documents import make_visible

QUERY_CHARS_MAX = 400
HITS_MAX = 20
URL_CHARS_MAX = 2_048
TITLE_CHARS_MAX = 200
SNIPPET_CHARS_MAX = 600

_TAG = re.compile(r"<[^<>]{0,500}>")


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A page that a search found. Title and snippet are plain text of someone else: not to be trusted."""

    url: str
    title: str
    snippet: str
    published: date | None


class SearchProvider(Protocol):
    """A web search, whoever offers it."""

    @property
    def name(self) -> str:
        """Who is asked, as it is recorded with what was found."""
        ...

    async def search(self, query: str, limit: int) -> list[Hit]:
        """At most ``limit`` hits, best first, each page once. Raises ToolFailedError."""
        ...


@dataclass(frozen=True, kw_only=True)
class Found:
    """A hit as its provider wrote it: any of it may be missing, of another type, or markup."""

    url: object
    title: object
    snippet: object
    published: object


def clean(found: Iterable[Found], limit: int) -> list[Hit]:
    """Hits with a usable address, each page once, in their order."""
    hits: dict[str, Hit] = {}
    for one in found:
        url, page = _address(one.url)
        if page and page not in hits:
            hits[page] = Hit(
                url=url,
                title=_plain(one.title, TITLE_CHARS_MAX),
                snippet=_plain(one.snippet, SNIPPET_CHARS_MAX),
                published=_day(one.published),
            )
        if len(hits) >= min(limit, HITS_MAX):
            break
    return list(hits.values())


def _address(value: object) -> tuple[str, str]:
    """A URL without its fragment, and the same in the spelling by which pages are told apart; empty if unusable."""
    if not isinstance(value, str) or len(value) > URL_CHARS_MAX or not value.isprintable():
        return "", ""
    try:
        parts = urlsplit(value.strip())
        host = parts.hostname or ""
    except ValueError:
        return "", ""
    if parts.scheme.lower() not in {"http", "https"} or not host or parts.username is not None:
        return "", ""
    port = f":{parts.netloc.rpartition(':')[2]}" if parts.netloc.rpartition(":")[2].isdigit() else ""
    return parts._replace(fragment="").geturl(), f"{host.lower()}{port}{parts.path.rstrip('/')}?{parts.query}"


def _plain(value: object, chars_max: int) -> str:
    if not isinstance(value, str):
        return ""
    text, _ = make_visible(html.unescape(_TAG.sub("", value[: chars_max * 10])))
    text = " ".join(text.split())
    return text if len(text) <= chars_max else text[: chars_max - 1].rstrip() + "…"


def _day(value: object) -> date | None:
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None
