"""Fetching a page: the bytes as they came, with where and when they came from, so that they can be kept as a source."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import urljoin, urlsplit

from futurone_server.kit.clock import Clock
from futurone_server.kit.errors import Refusal
from futurone_server.tools.documents import UnreadableDocument, sniff
from futurone_server.tools.documents.sniffing import CONFINED, CSV, HTML, MARKDOWN, PLAIN, TSV
from futurone_server.tools.port import ToolFailedError
from futurone_server.tools.web.robots import Robots
from futurone_server.tools.web.way import Answer, WayOut, unreached

DEADLINE_S = 20.0
"""For each hop; with ``REDIRECTS_MAX`` it bounds the whole."""

BYTES_MAX = 16 << 20
REDIRECTS_MAX = 5

DISALLOWED: Final = "WEB_DISALLOWED"
NOT_FOUND: Final = "WEB_NOT_FOUND"
REFUSED: Final = "WEB_REFUSED"
FAILED: Final = "WEB_FAILED"
BUSY: Final = "WEB_BUSY"
UNSUPPORTED: Final = "WEB_TYPE_UNSUPPORTED"
TOO_MANY_REDIRECTS: Final = "WEB_TOO_MANY_REDIRECTS"

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ACCEPT = "text/html, application/xhtml+xml, text/markdown, text/plain, text/csv, application/json, application/pdf"
_BY_TYPE = {
    "text/html": HTML,
    "application/xhtml+xml": HTML,
    "text/markdown": MARKDOWN,
    "text/x-markdown": MARKDOWN,
    "text/csv": CSV,
    "text/tab-separated-values": TSV,
}
_TEXTS = (
    "text/",
    "application/json",
    "application/ld+json",
    "application/xml",
    "application/yaml",
    "application/x-yaml",
)
_UNSAID = frozenset({"", "application/octet-stream", "binary/octet-stream", "application/x-download"})


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A page as it was: ``data`` is the body byte for byte, ``media_type`` one that documents are parsed by.

    Where the server named an encoding, ``media_type`` carries it as ``; charset=``. JSON and other texts are
    ``text/plain``.
    """

    url: str
    final_url: str
    fetched_at: datetime
    media_type: str
    sha256: str
    data: bytes = field(repr=False)


class PageFetcher:
    """Fetches pages that users and models name, where the way out and the site's robots.txt let it."""

    def __init__(self, way: WayOut, clock: Clock) -> None:
        self._way = way
        self._clock = clock
        self._robots = Robots(way, clock)

    async def fetch(self, url: str) -> Snapshot:
        """Fetch a page, following a few redirects; each is checked like the first address.

        Raises ToolFailedError: the way out's own reasons (``EGRESS_…``), ``WEB_DISALLOWED``, ``WEB_NOT_FOUND``,
        ``WEB_REFUSED``, ``WEB_FAILED``, ``WEB_BUSY``, ``WEB_TYPE_UNSUPPORTED``, ``WEB_TOO_MANY_REDIRECTS``,
        ``WEB_ROBOTS_UNREADABLE``.
        """
        at, may_be_http = url, True
        for _ in range(REDIRECTS_MAX + 1):
            answer = await self._hop(at, may_be_http=may_be_http)
            location = answer.headers.get("location")
            if answer.status not in _REDIRECTS or location is None:
                return self._snapshot(url, answer)
            may_be_http = may_be_http and answer.url.startswith("http://")
            at = _join(answer.url, location)
        raise ToolFailedError(TOO_MANY_REDIRECTS, "The page redirects too often.")

    async def _hop(self, url: str, *, may_be_http: bool) -> Answer:
        if not await self._robots.may_read(url):
            raise ToolFailedError(DISALLOWED, "The site's robots.txt asks not to read this page.")
        try:
            return await self._way.send(
                "GET",
                url,
                headers={"Accept": _ACCEPT + ", */*;q=0.1", "Accept-Language": "en, *;q=0.5"},
                body=b"",
                deadline_s=DEADLINE_S,
                bytes_max=BYTES_MAX,
                may_be_http=may_be_http,
            )
        except Refusal as refusal:
            raise unreached(refusal) from None

    def _snapshot(self, url: str, answer: Answer) -> Snapshot:
        if answer.status != 200:
            raise _failure(answer.status)
        return Snapshot(
            url=url,
            final_url=answer.url,
            fetched_at=self._clock.now(),
            media_type=_media_type(answer),
            sha256=hashlib.sha256(answer.body).hexdigest(),
            data=answer.body,
        )


def _join(base: str, location: str) -> str:
    try:
        return urljoin(base, location.encode("latin-1").decode("utf-8"))
    except ValueError:
        raise ToolFailedError(FAILED, "The page redirects to something that is no address.") from None


def _media_type(answer: Answer) -> str:
    """What the page is: files by their bytes, texts by what the server says of them."""
    said, _, parameters = answer.headers.get("content-type", "").partition(";")
    said = said.strip().lower()
    try:
        found = sniff(urlsplit(answer.url).path.rpartition("/")[2], answer.body)
    except UnreadableDocument:
        raise _unsupported() from None
    if found in CONFINED or said in _UNSAID:
        return found
    if said not in _BY_TYPE and not said.startswith(_TEXTS) and not said.endswith("+json"):
        raise _unsupported()
    kind = _BY_TYPE.get(said, PLAIN)
    name, _, charset = parameters.partition("=")
    charset = charset.partition(";")[0].strip(" \"'")
    is_named = (
        name.strip().lower() == "charset" and 0 < len(charset) <= 40 and charset.isascii() and charset.isprintable()
    )
    return f"{kind}; charset={charset.lower()}" if is_named else kind


def _failure(status: int) -> ToolFailedError:
    if status in {404, 410}:
        return ToolFailedError(NOT_FOUND, "There is no such page.")
    if status in {429, 503}:
        return ToolFailedError(BUSY, "The site asks to come back later.", is_transient=True)
    if status >= 500:
        return ToolFailedError(FAILED, "The site failed to give the page.", is_transient=True)
    if status >= 400:
        return ToolFailedError(REFUSED, "The site does not give this page to everyone.")
    return ToolFailedError(FAILED, "The site gave no page.")


def _unsupported() -> ToolFailedError:
    return ToolFailedError(UNSUPPORTED, "This is no page, text, table, pdf, Office file or epub.")
