"""What comes back is bounded in time and in size, and what is no answer is told apart by its reason."""

import asyncio
import gzip
import socket
import struct
import threading
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Sequence

import pytest

from egress.asking import Resolver, refusal
from egress.peers import Asked, open_peer, reply
from futurone_server.egress import (
    Egress,
    EgressRefused,
    EgressTooLarge,
    EgressUnavailable,
    Outgoing,
    read_allow,
)
from futurone_server.egress.inflating import Body

pytestmark = pytest.mark.anyio


async def _drip(_: Asked) -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
    while True:
        yield b"x"
        await asyncio.sleep(0.01)


async def _silence(_: Asked) -> AsyncIterator[bytes]:
    await asyncio.sleep(60)
    yield b""


async def _endless_head(_: Asked) -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n"
    while True:
        yield b"X-More: " + b"y" * 1000 + b"\r\n"


async def _interim(_: Asked) -> AsyncIterator[bytes]:
    while True:
        yield b"HTTP/1.1 102 Processing\r\n\r\n"
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("say", [_drip, _silence, _interim])
async def test_a_server_that_goes_on_for_ever_is_left_at_the_deadline(say: object) -> None:
    async with open_peer(say) as peer:  # type: ignore[arg-type] # a script
        egress = Egress(read_allow(peer.pair))
        async with asyncio.timeout(10):
            assert await refusal(egress, peer.url, deadline_s=0.3) == "EGRESS_TIMEOUT"


async def test_a_name_server_that_does_not_answer_ends_at_the_deadline() -> None:
    async def never(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(60)
        return []

    async with asyncio.timeout(10):
        assert await refusal(Egress(resolve=never), "https://slow.example/", deadline_s=0.1) == "EGRESS_TIMEOUT"


async def _flood(_: Asked) -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    while True:
        yield b"10000\r\n" + b"x" * 65_536 + b"\r\n"


@pytest.mark.parametrize(
    "say",
    [
        _flood,
        lambda _: reply(body=b"x" * 1001),
        lambda _: reply(length=False, body=b"x" * 1001),
        lambda _: reply(length=False, Content_Length="9999999999999"),
        lambda _: reply(body=gzip.compress(b"\0" * 10_000_000), Content_Encoding="gzip"),
        lambda _: reply(body=zlib.compress(b"\0" * 500_000), Content_Encoding="deflate"),
        lambda _: reply().replace(b"\r\n\r\n", b"\r\nX: y" * 300 + b"\r\n\r\n"),
        lambda _: reply(X="v" * 90_000),
    ],
)
async def test_an_answer_over_the_bound_is_refused_while_it_is_small(say: object) -> None:
    async with open_peer(say) as peer:  # type: ignore[arg-type] # a script
        with pytest.raises(EgressTooLarge):
            await Egress(read_allow(peer.pair)).fetch(Outgoing(url=peer.url, bytes_max=1000))


async def test_an_answer_without_a_body_may_state_the_length_of_one() -> None:
    async with open_peer(lambda _: reply(length=False, Content_Length="99999")) as peer:
        answer = await Egress(read_allow(peer.pair)).fetch(Outgoing(url=peer.url, method="HEAD", bytes_max=10))
    assert (answer.body, answer.headers["content-length"]) == (b"", "99999")


async def test_a_status_alone_can_be_asked_for_and_no_body_holds_it_up() -> None:
    async with open_peer(_drip) as peer:
        egress = Egress(read_allow(peer.pair))
        answer = await egress.fetch(Outgoing(url=peer.url, method="POST", bytes_max=10, is_body_read=False))
    assert (answer.status, answer.body) == (200, b"")


async def test_an_answer_of_exactly_the_bound_is_read() -> None:
    async with open_peer(lambda _: reply(body=gzip.compress(b"x" * 1000), Content_Encoding="gzip")) as peer:
        answer = await Egress(read_allow(peer.pair)).fetch(Outgoing(url=peer.url, bytes_max=1000))
    assert answer.body == b"x" * 1000


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"not http\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        reply(body=gzip.compress(b"whole")[:-4], Content_Encoding="gzip"),
        reply(body=b"plain", Content_Encoding="gzip"),
        reply(body=gzip.compress(b"a") + b"more", Content_Encoding="gzip"),
        reply(body=b"?", Content_Encoding="br"),
    ],
)
async def test_an_answer_that_breaks_off_or_is_not_http_is_no_answer(said: bytes) -> None:
    async with open_peer(lambda _: said) as peer:
        assert await refusal(Egress(read_allow(peer.pair)), peer.url) == "EGRESS_BROKEN_ANSWER"


async def test_headers_without_end_are_left() -> None:
    async with open_peer(_endless_head) as peer:
        assert await refusal(Egress(read_allow(peer.pair)), peer.url) == "EGRESS_BROKEN_ANSWER"


async def test_a_host_that_is_not_there_is_said_to_be_unknown_or_unreachable() -> None:
    async with open_peer(lambda _: reply()) as peer:
        pass
    resolve = Resolver([])
    assert await refusal(Egress(read_allow(peer.pair)), peer.url) == "EGRESS_UNREACHABLE"
    assert await refusal(Egress(resolve=resolve), "https://nowhere.example/") == "EGRESS_UNKNOWN_HOST"


async def test_what_can_be_tried_again_is_told_apart_from_what_cannot() -> None:
    assert not issubclass(EgressRefused, EgressUnavailable)
    async with open_peer(lambda _: b"") as peer:
        with pytest.raises(EgressUnavailable):
            await Egress(read_allow(peer.pair)).fetch(Outgoing(url=peer.url))


def test_a_bomb_is_not_inflated_before_it_is_refused() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    body = Body("gzip", len(bomb))
    tracemalloc.start()
    with pytest.raises(EgressTooLarge):
        body.feed(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


async def test_a_host_that_resets_every_connection_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=50) as server:

        def reset() -> None:
            for _ in range(50):
                connection, _ = server.accept()
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()

        thread = threading.Thread(target=reset, daemon=True)
        thread.start()
        pair = f"127.0.0.1:{server.getsockname()[1]}"
        for _ in range(50):
            reason = await refusal(Egress(read_allow(pair)), f"http://{pair}/")
            assert reason in {"EGRESS_UNREACHABLE", "EGRESS_BROKEN_ANSWER"}
        thread.join()
