"""Every search service is asked in its own words, answers become the same plain hits, and faults are named."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest

from egress.peers import Asked, Peer, Say, open_peer, reply
from futurone_server.egress import Egress, read_allow
from futurone_server.tools.port import ToolFailedError
from futurone_server.tools.web import Hit, SearchProvider, read_search, search_provider

pytestmark = pytest.mark.anyio

LONG = "word " * 500
RAW: list[dict[str, object]] = [
    {
        "url": "https://a.example/x#part",
        "title": "The <b>A</b> &amp; B",
        "text": "Some <strong>bold</strong>\n text",
        "day": "2024-05-06T10:00:00",
    },
    {"url": "https://A.example/x/", "title": "Again", "text": "the same page", "day": None},
    {"url": "javascript:alert(1)", "title": "No page", "text": "", "day": None},
    {"url": "https://user:pw@b.example/", "title": "With a password", "text": "", "day": None},
    {"url": 7, "title": None, "text": None, "day": None},
    {"url": "http://c.example:8080/?q=1", "title": None, "text": LONG, "day": "3 days ago"},
    {"url": "https://d.example/", "title": "Hid\u202eden", "text": "&lt;i&gt;", "day": "2023-01-02"},
]
KINDS = ["searxng", "brave", "tavily", "exa"]


def _body(kind: str) -> bytes:
    """The same findings as each service writes them."""
    names = {
        "searxng": ("content", "publishedDate"),
        "brave": ("description", "page_age"),
        "tavily": ("content", "published_date"),
        "exa": ("highlights", "publishedDate"),
    }
    snippet, day = names[kind]
    results: list[object] = []
    for one in RAW:
        text = [one["text"]] if kind == "exa" else one["text"]
        results.append({"url": one["url"], "title": one["title"], snippet: text, day: one["day"]})
    results.append("not an object")
    return json.dumps({"web": {"results": results}} if kind == "brave" else {"results": results}).encode()


def _provider(kind: str, peer: Peer) -> SearchProvider:
    setting = f"searxng:{peer.url}" if kind == "searxng" else f"{kind}:secret-key@{peer.url}"
    choice = read_search(setting)
    assert choice is not None
    return search_provider(choice, Egress(read_allow(peer.pair)))


async def _search(kind: str, say: Say, *, limit: int = 5) -> tuple[list[Hit], Asked]:
    async with open_peer(say) as peer:
        hits = await _provider(kind, peer).search("two words & more", limit)
    return hits, peer.asked[0]


@pytest.mark.parametrize("kind", KINDS)
async def test_the_answers_of_every_service_become_the_same_plain_hits(kind: str) -> None:
    hits, _ = await _search(kind, lambda _: reply(body=_body(kind), kind="application/json"))
    assert [hit.url for hit in hits] == ["https://a.example/x", "http://c.example:8080/?q=1", "https://d.example/"]
    assert (hits[0].title, hits[0].snippet, hits[0].published) == ("The A & B", "Some bold text", date(2024, 5, 6))
    assert (hits[1].title, len(hits[1].snippet), hits[1].published) == ("", 600, None)
    assert (hits[2].title, hits[2].snippet) == ("Hid\ufffdden", "<i>")


@pytest.mark.parametrize("kind", KINDS)
async def test_no_more_hits_than_asked_for(kind: str) -> None:
    hits, _ = await _search(kind, lambda _: reply(body=_body(kind)), limit=1)
    assert len(hits) == 1


async def test_each_service_is_asked_in_its_own_words() -> None:
    _, asked = await _search("searxng", lambda _: reply(body=b"{}"))
    assert (asked.method, urlsplit(asked.path).path) == ("GET", "/search")
    assert parse_qs(urlsplit(asked.path).query) == {"q": ["two words & more"], "format": ["json"]}
    _, asked = await _search("brave", lambda _: reply(body=b"{}"))
    assert urlsplit(asked.path).path == "/res/v1/web/search"
    assert parse_qs(urlsplit(asked.path).query)["count"] == ["5"]
    assert asked.headers["x-subscription-token"] == "secret-key"
    _, asked = await _search("tavily", lambda _: reply(body=b"{}"))
    assert (asked.method, asked.path, asked.headers["authorization"]) == ("POST", "/search", "Bearer secret-key")
    assert json.loads(asked.body) == {"query": "two words & more", "max_results": 5, "search_depth": "basic"}
    _, asked = await _search("exa", lambda _: reply(body=b"{}"))
    assert (asked.method, asked.path, asked.headers["x-api-key"]) == ("POST", "/search", "secret-key")
    assert json.loads(asked.body)["numResults"] == 5


FAULTS = [
    (reply(429), "SEARCH_RATE_LIMITED", True),
    (reply(500, b"secret trace"), "SEARCH_UNAVAILABLE", True),
    (reply(503), "SEARCH_UNAVAILABLE", True),
    (reply(401), "SEARCH_KEY_REFUSED", False),
    (reply(403), "SEARCH_REFUSED", False),
    (reply(422), "SEARCH_REFUSED", False),
    (reply(302, Location="https://elsewhere.example/"), "SEARCH_REFUSED", False),
    (reply(body=b"{broken"), "SEARCH_BROKEN_ANSWER", False),
    (reply(body=b"[]"), "SEARCH_BROKEN_ANSWER", False),
    (reply(body=b"[" * 100_000), "SEARCH_BROKEN_ANSWER", False),
    (reply(body=b'{"results": 1, "web": {"results": "x"}}'), "SEARCH_BROKEN_ANSWER", False),
    (reply(length=False, Content_Length="99999999"), "EGRESS_TOO_LARGE", False),
    (b"", "EGRESS_BROKEN_ANSWER", True),
    (reply(body=b"\xff\xfe"), "SEARCH_BROKEN_ANSWER", False),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("said", "code", "is_transient"), FAULTS)
async def test_a_fault_is_named_and_whether_it_may_pass(kind: str, said: bytes, code: str, is_transient: bool) -> None:
    async with open_peer(lambda _: said) as peer:
        with pytest.raises(ToolFailedError) as caught:
            await _provider(kind, peer).search("words", 5)
    assert (caught.value.reason_code, caught.value.is_transient) == (code, is_transient)
    assert "secret" not in caught.value.message
    assert caught.value.__cause__ is None


async def _silence(_: Asked) -> AsyncIterator[bytes]:
    await asyncio.sleep(60)
    yield b""


async def test_a_service_that_does_not_answer_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("futurone_server.tools.web.providers.DEADLINE_S", 0.2)
    async with open_peer(_silence) as peer:
        with pytest.raises(ToolFailedError) as caught:
            await _provider("brave", peer).search("words", 5)
    assert (caught.value.reason_code, caught.value.is_transient) == ("EGRESS_TIMEOUT", True)


async def test_a_private_service_that_the_operator_did_not_allow_is_refused_with_the_remedy() -> None:
    choice = read_search("searxng:http://127.0.0.1:8080")
    assert choice is not None
    with pytest.raises(ToolFailedError) as caught:
        await search_provider(choice, Egress()).search("words", 5)
    assert "FUTURONE_EGRESS_ALLOW" in caught.value.message
    assert not caught.value.is_transient
