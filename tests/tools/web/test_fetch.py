"""A fetched page is kept byte for byte, read the same way for ever, and shown without its boilerplate."""

import hashlib
from datetime import UTC, date, datetime

import pytest

from egress.peers import Asked, Peer, Say, open_peer, reply
from futurone_server.egress import Egress, read_allow
from futurone_server.kit.clock import ManualClock
from futurone_server.tools.port import ToolFailedError
from futurone_server.tools.schemas import check
from futurone_server.tools.web import PageFetcher, Snapshot, document_of, read_page, web_fetch_tool

pytestmark = pytest.mark.anyio

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
PAGE = """<!doctype html><html><head><title>Tides – Site</title><script>evil()</script>
<meta property="article:published_time" content="2024-05-06T10:00:00Z"></head><body>
<nav><a href="/">Home</a> <a href="/about">About us</a></nav><article><h1>Tides</h1>
<p>The tide rises <b>twice</b> a day at <a href="/x">most coasts</a>, because the earth turns under the moon's pull.</p>
<h2>Height</h2><p>The range is largest at new and full moon, when the sun pulls in line with
the moon, as sailors know.</p>
<ul><li>Spring tide</li><li>Neap tide<ul><li>weak <b>one</b></li></ul></li></ul>
<table><tr><th>place</th><th>m</th></tr><tr><td>Fundy</td><td>16</td></tr></table>
</article><footer>Imprint and cookies</footer></body></html>""".encode()


def _site(body: bytes, kind: str = "text/html; charset=utf-8", **changes: object) -> Say:
    def say(asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return reply(404)
        return reply(body=body, kind=kind, **changes)  # type: ignore[arg-type] # a test's own words

    return say


def _fetcher(*peers: Peer) -> PageFetcher:
    return PageFetcher(Egress(read_allow(",".join(peer.pair for peer in peers))), ManualClock(AT))


async def _fetch(body: bytes, kind: str = "text/html; charset=utf-8", path: str = "/page") -> Snapshot:
    async with open_peer(_site(body, kind)) as peer:
        return await _fetcher(peer).fetch(peer.url + path)


async def _failure(say: Say, path: str = "/page") -> ToolFailedError:
    async with open_peer(say) as peer:
        with pytest.raises(ToolFailedError) as caught:
            await _fetcher(peer).fetch(peer.url + path)
    return caught.value


async def test_the_snapshot_is_the_very_bytes_with_their_place_and_time() -> None:
    page = b"\r\n " + PAGE + b" \r\n"
    snapshot = await _fetch(page, path="/page#part")
    assert (snapshot.data, snapshot.fetched_at) == (page, AT)
    assert snapshot.sha256 == hashlib.sha256(page).hexdigest()
    assert snapshot.url.endswith("/page#part")
    assert snapshot.final_url.endswith("/page")
    assert snapshot.media_type == "text/html; charset=utf-8"
    assert "Tides" not in repr(snapshot)


async def test_the_same_bytes_give_the_same_document_with_exact_quotes() -> None:
    snapshot = await _fetch(PAGE)
    document, again = document_of(snapshot), document_of(snapshot)
    assert document == again
    assert "The tide rises twice a day at most coasts, because" in document.text
    assert (document.sha256, document.size_bytes) == (snapshot.sha256, len(PAGE))


async def test_what_a_model_is_shown_is_the_main_text_in_words_that_can_be_quoted() -> None:
    snapshot = await _fetch(PAGE)
    reading = await read_page(snapshot)
    assert (reading.title, reading.published, reading.is_cut) == ("Tides", date(2024, 5, 6), False)
    lines = reading.text.splitlines()
    assert {"# Tides", "## Height", "- Neap tide", "- weak one", "| Fundy | 16 |"} <= set(lines)
    assert not any(word in reading.text for word in ("About us", "Imprint", "evil", "**", "]("))
    sentence = next(line for line in lines if line.startswith("The tide rises"))
    assert sentence in document_of(snapshot).text


async def test_a_page_on_which_the_heuristics_fail_is_shown_as_the_document_has_it() -> None:
    words = "Many words, and more of them, as a page has them. " * 9
    snapshot = await _fetch(f"<svg><html><body><p>{words}</p></body></html>".encode())
    assert (await read_page(snapshot)).text == document_of(snapshot).text


async def test_a_page_too_large_for_heuristics_is_still_shown() -> None:
    reading = await read_page(await _fetch(b"<html><body><footer>Imprint</footer>" + b"<p>word word</p>" * 20_000))
    assert (reading.text[:7], len(reading.text), reading.is_cut) == ("Imprint", 60_000, True)


@pytest.mark.parametrize(
    ("body", "kind", "path", "media_type"),
    [
        (b"# Title\n\ntext", "text/markdown", "/", "text/markdown"),
        (b"a,b\n1,2\n", "text/csv", "/", "text/csv"),
        (b'{"a": 1}', "application/json", "/", "text/plain"),
        (b'{"a": 1}', "application/ld+json", "/", "text/plain"),
        (b"plain", "", "/file", "text/plain"),
        (b"# md", "application/octet-stream", "/read.md", "text/markdown"),
        (PAGE, "", "/", "text/html"),
        (PAGE, "application/xhtml+xml", "/", "text/html"),
        (b"%PDF-1.7 whatever", "text/html", "/", "application/pdf"),
        (b"x", "text/plain; charset=x y; foo", "/", "text/plain; charset=x y"),
    ],
)
async def test_what_a_page_is_comes_from_its_bytes_and_its_server(
    body: bytes, kind: str, path: str, media_type: str
) -> None:
    assert (await _fetch(body, kind, path)).media_type == media_type


async def test_an_encoding_that_only_the_server_names_is_heeded() -> None:
    text = "<html><body><p>日本語のページ</p></body></html>"
    snapshot = await _fetch(text.encode("shift_jis"), "text/html; charset=Shift_JIS")
    document = document_of(snapshot)
    assert "日本語のページ" in document.text
    assert document.sha256 == hashlib.sha256(text.encode("shift_jis")).hexdigest()
    lying = await _fetch(text.encode(), "text/html; charset=shift_jis")
    assert "日本語のページ" in document_of(lying).text


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"<svg/>", "image/svg+xml"),
        (bytes(range(256)) * 20, "text/html"),
        (b"text", "video/mp4"),
        (b"\x1f\x8b\x08....", "application/octet-stream"),
    ],
)
async def test_what_is_no_text_is_refused(body: bytes, kind: str) -> None:
    assert (await _failure(_site(body, kind))).reason_code == "WEB_TYPE_UNSUPPORTED"


@pytest.mark.parametrize(
    ("status", "code", "is_transient"),
    [
        (404, "WEB_NOT_FOUND", False),
        (410, "WEB_NOT_FOUND", False),
        (403, "WEB_REFUSED", False),
        (451, "WEB_REFUSED", False),
        (429, "WEB_BUSY", True),
        (503, "WEB_BUSY", True),
        (500, "WEB_FAILED", True),
        (204, "WEB_FAILED", False),
        (304, "WEB_FAILED", False),
    ],
)
async def test_a_page_that_is_not_given_is_told_with_the_reason(status: int, code: str, is_transient: bool) -> None:
    failure = await _failure(lambda asked: reply(404 if asked.path == "/robots.txt" else status))
    assert (failure.reason_code, failure.is_transient) == (code, is_transient)


async def test_a_page_that_the_site_asks_not_to_read_is_not_asked_for() -> None:
    async with open_peer(lambda _: reply(body=b"User-agent: *\nDisallow: /page")) as peer:
        with pytest.raises(ToolFailedError) as caught:
            await _fetcher(peer).fetch(peer.url + "/page")
    assert caught.value.reason_code == "WEB_DISALLOWED"
    assert [asked.path for asked in peer.asked] == ["/robots.txt"]


async def test_a_redirect_is_followed_only_where_the_other_site_allows_it() -> None:
    def other_site(asked: Asked) -> bytes:
        return reply(body=b"User-agent: futurone\nDisallow: /closed" if asked.path == "/robots.txt" else b"open page")

    async with open_peer(other_site) as other:

        def site(asked: Asked) -> bytes:
            return reply(404) if asked.path == "/robots.txt" else reply(301, Location=other.url + asked.path)

        async with open_peer(site) as peer:
            snapshot = await _fetcher(peer, other).fetch(peer.url + "/open")
            with pytest.raises(ToolFailedError) as caught:
                await _fetcher(peer, other).fetch(peer.url + "/closed")
    assert (snapshot.data, snapshot.url, snapshot.final_url) == (b"open page", peer.url + "/open", other.url + "/open")
    assert caught.value.reason_code == "WEB_DISALLOWED"
    assert "/closed" not in [asked.path for asked in other.asked]


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("http://169.254.169.254/", "EGRESS_REFUSED_ADDRESS"),
        ("file:///etc/passwd", "EGRESS_REFUSED_URL"),
        ("/again", "WEB_TOO_MANY_REDIRECTS"),
        ("http://[bad", "WEB_FAILED"),
    ],
)
async def test_a_redirect_to_where_nobody_may_go_ends_there(location: str, code: str) -> None:
    failure = await _failure(lambda asked: reply(404) if asked.path == "/robots.txt" else reply(302, Location=location))
    assert (failure.reason_code, failure.is_transient) == (code, False)


@pytest.mark.parametrize(
    "url", ["http://localhost/", "https://10.0.0.1/x", "https://[::1]/", "http://0x7f.1/", "https://h:22/"]
)
async def test_an_address_that_a_model_made_up_leads_nowhere(url: str) -> None:
    with pytest.raises(ToolFailedError) as caught:
        await PageFetcher(Egress(), ManualClock(AT)).fetch(url)
    assert caught.value.reason_code in {"EGRESS_REFUSED_ADDRESS", "EGRESS_REFUSED_URL"}


async def test_the_tool_keeps_the_snapshot_before_it_reads_it_and_fits_its_schemas() -> None:
    kept: list[Snapshot] = []

    async def keep(snapshot: Snapshot) -> None:
        kept.append(snapshot)

    async with open_peer(_site(PAGE)) as peer, open_peer(_site(b"%PDF-1.4 broken", "application/pdf")) as broken:
        tool = web_fetch_tool(_fetcher(peer, broken), keep)
        args = {"url": peer.url + "/page"}
        assert check(tool.args, args) is None
        result = await tool.use(args)
        with pytest.raises(ToolFailedError) as caught:
            await tool.use({"url": broken.url})
    assert check(tool.result, result) is None
    assert isinstance(result, dict)
    assert (result["title"], result["published"], result["sha256"]) == ("Tides", "2024-05-06", kept[0].sha256)
    assert len(kept) == 2
    assert caught.value.reason_code.startswith("DOCUMENT_")
    assert not tool.has_effects


@pytest.mark.parametrize("args", [{}, {"url": "file:///etc/passwd"}, {"url": "https://a.example/", "more": 1}])
async def test_arguments_that_do_not_fit_are_told_before_anything_leaves(args: dict[str, object]) -> None:
    async def keep(snapshot: Snapshot) -> None:
        raise AssertionError(snapshot)

    assert check(web_fetch_tool(_fetcher(), keep).args, args)
