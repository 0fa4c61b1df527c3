"""Receivers that hang, drip, reset, bomb, redirect and rebind: an attempt ends in time, and harms nobody else."""

import asyncio
import struct
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack

import pytest

from conftest import Databases
from egress.peers import Asked, Peer, open_peer, reply
from features.webhooks.mail import Answers, Post, allowing, open_post
from futurone_server.egress import Allowance, Egress
from futurone_server.features.webhooks import Fault, Parcel, State
from futurone_server.features.webhooks import rules as webhook_rules
from futurone_server.pipelines.notify import Notifier

pytestmark = pytest.mark.anyio
SOON_S = 1.5
Say = Callable[[Asked], AsyncIterator[bytes] | bytes]


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The deadline of an attempt, many times shorter."""
    monkeypatch.setattr(webhook_rules, "DEADLINE_S", SOON_S)


async def hang(asked: Asked) -> AsyncIterator[bytes]:
    await asyncio.Event().wait()
    yield b""


async def drip_head(asked: Asked) -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 X\r\n"
    while True:
        yield b"X-A: a\r\n"
        await asyncio.sleep(0.05)


async def endless_head(asked: Asked) -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 X\r\n"
    while True:
        yield b"X-A: " + b"a" * 8_000 + b"\r\n"


def squeezed(megabytes: int) -> bytes:
    """So many megabytes of nothing, in a few kilobytes."""
    squeeze = zlib.compressobj(wbits=31)
    return squeeze.compress(bytes(megabytes << 20)) + squeeze.flush()


async def bomb(asked: Asked) -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 X\r\nContent-Encoding: gzip\r\n\r\n" + squeezed(64)
    await asyncio.Event().wait()


async def endless_body(asked: Asked) -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 500 X\r\n\r\n"
    while True:
        yield b"a" * 65_536


@pytest.mark.parametrize(
    ("say", "fault"),
    [
        (hang, Fault.TIMEOUT),
        (drip_head, Fault.TIMEOUT),
        (endless_head, Fault.BROKEN),
        (lambda asked: b"no HTTP at all\r\n\r\n", Fault.BROKEN),
        (lambda asked: b"", Fault.BROKEN),
        (endless_body, Fault.STATUS),
    ],
    ids=["hangs", "drips its head", "never ends its head", "speaks no HTTP", "hangs up", "never ends its body"],
)
@pytest.mark.usefixtures("hurried")
async def test_an_attempt_ends_in_time_and_is_a_failure_of_its_class(
    databases: Databases, database: str, say: Say, fault: Fault
) -> None:
    async with open_peer(say) as peer, open_post(database, databases.role, peer) as post:
        await post.endpoint(peer)
        await post.run()
        async with asyncio.timeout(20 * SOON_S):
            await post.send()
        delivery = await post.only()
        assert (delivery.state, delivery.last_error) == (State.PENDING, fault)
        assert peer.connections == 1


async def test_what_a_receiver_says_beside_its_status_is_neither_inflated_nor_kept(
    databases: Databases, database: str
) -> None:
    async with open_peer(bomb) as peer, open_post(database, databases.role, peer) as post:
        await post.endpoint(peer)
        await post.run()
        await post.send()
        assert (await post.only()).state is State.DELIVERED
        assert peer.asked[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "moment",
    ["Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "Mon, 01 Jan 2027 00:00:00 +" + "9" * 30, "9" * 5_000, "soon"],
    ids=["a year that no calendar has", "a zone that no map has", "a number without an end", "no moment"],
)
@pytest.mark.parametrize(("status", "state"), [(503, State.PENDING), (200, State.DELIVERED)])
async def test_an_impossible_retry_after_is_ignored_and_the_attempt_counts(
    post: Post, peer: Peer, answers: Answers, status: int, state: State, moment: str
) -> None:
    answers.said = reply(status, Retry_After=moment)
    await post.endpoint(peer)
    await post.run()
    await post.send()
    delivery = await post.only()
    assert (delivery.state, delivery.attempts, delivery.last_status) == (state, 1, status)


async def test_a_reset_is_a_failure_and_is_tried_again(databases: Databases, database: str) -> None:
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        sock = writer.get_extra_info("socket")
        sock.setsockopt(1, 13, struct.pack("ii", 1, 0))  # SO_LINGER of zero: closing is a reset
        writer.transport.abort()

    server = await asyncio.start_server(reset, "127.0.0.1", 0)
    peer = Peer(port=server.sockets[0].getsockname()[1])
    async with open_post(database, databases.role, peer) as post:
        await post.endpoint(peer)
        await post.run()
        await post.send()
        assert (await post.only()).last_error == Fault.BROKEN
        assert (await post.only()).state is State.PENDING
    server.close()


async def test_a_redirect_to_a_private_address_is_not_followed(post: Post, peer: Peer, answers: Answers) -> None:
    async with open_peer(lambda asked: reply(200)) as inside:
        answers.said = reply(307, Location=inside.url + "/latest/meta-data")
        await post.endpoint(peer)
        await post.run()
        await post.send()
        assert inside.connections == 0
        assert (await post.only()).last_status == 307


class Flipping:
    """A name server that gives a public address to whoever looks first, and a private one to whoever dials."""

    def __init__(self, answers: Sequence[Sequence[str]]) -> None:
        self.answers = answers
        self.asked = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        return self.answers[min(self.asked, len(self.answers)) - 1]


@pytest.mark.parametrize(
    "told",
    [
        ["127.0.0.1"],
        ["93.184.216.34", "10.0.0.1"],
        ["::ffff:169.254.169.254"],
        ["64:ff9b::a9fe:a9fe"],
        ["fd00:ec2::254"],
    ],
)
async def test_names_that_lead_inside_are_never_dialled_whatever_they_led_to_before(
    databases: Databases, database: str, told: Sequence[str]
) -> None:
    names = Flipping([told])
    async with open_post(database, databases.role, egress=Egress(Allowance(), resolve=names)) as post:
        await post.endpoints.create(
            post.caller, "https://rebinding.example/hook", events=None, description=None, once=None
        )
        await post.run()
        await post.send()
        assert names.asked == 1
        delivery = await post.only()
        assert (delivery.last_error, delivery.last_status) == (Fault.BLOCKED, None)
        shown = await post.rows("SELECT CAST(d AS text) AS whole FROM webhook_deliveries d")
        assert not any(address in row["whole"] for row in shown for address in told), "no address is told"


@pytest.mark.usefixtures("hurried")
async def test_a_receiver_that_hangs_gets_one_at_a_time_and_the_others_are_told_at_once(
    databases: Databases, database: str
) -> None:
    waiting: list[Asked] = []

    async def hold(asked: Asked) -> AsyncIterator[bytes]:
        waiting.append(asked)
        await asyncio.Event().wait()
        yield b""

    async with AsyncExitStack() as stack:
        bad = await stack.enter_async_context(open_peer(hold))
        good = await stack.enter_async_context(open_peer(lambda asked: reply(200)))
        post = await stack.enter_async_context(open_post(database, databases.role, bad, good))
        await post.endpoint(bad)
        await post.endpoint(good)
        for _ in range(30):
            await post.run()
        assert await post.notifier.round() == 20, "ten to each"
        while len(good.asked) < 30:
            await asyncio.sleep(0.01)
            await post.notifier.round()
        assert len(waiting) <= 10, "told at once, while the bad one still holds its ten"
        await post.notifier.settled()
        seen = len(waiting)
        assert await post.notifier.round() == 1, "it has shown that it is slow"
        await post.notifier.settled()
        assert len(waiting) == seen + 1


async def test_a_success_gives_a_slow_receiver_its_room_back(post: Post, peer: Peer, answers: Answers) -> None:
    await post.endpoint(peer)
    answers.said = reply(503)
    await post.run()
    await post.send()
    for _ in range(12):
        await post.run()
    answers.said = reply(200)
    assert await post.notifier.round() == 1
    await post.notifier.settled()
    assert await post.notifier.round() == 10
    await post.notifier.settled()


async def test_one_delivery_is_sent_by_one_worker_however_many_look(post: Post, peer: Peer) -> None:
    others = [Notifier(post.posting, post.clock, Egress(allowing(peer))) for _ in range(5)]
    await post.endpoint(peer)
    for _ in range(20):
        await post.run()
    for _ in range(20):
        await asyncio.gather(*(one.round() for one in others))
        await asyncio.gather(*(one.settled() for one in others))
    assert len(peer.asked) == 20
    assert len({asked.headers["webhook-id"] for asked in peer.asked}) == 20


async def test_what_a_worker_left_is_sent_again_after_its_lease_and_its_late_word_is_not_taken(
    post: Post, peer: Peer
) -> None:
    await post.endpoint(peer)
    await post.run()
    (dropped,) = await post.posting.claim(10)
    assert isinstance(dropped, Parcel)
    post.clock.advance(webhook_rules.LEASE_S - 1)
    assert await post.send() == 0
    post.clock.advance(1)
    (again,) = await post.posting.claim(10)
    assert again.claim == dropped.claim + 1
    late = await post.notifier._attempt(dropped)
    await post.posting.settle(dropped, late)
    assert (await post.only()).state is State.SENDING, "the one who has it now decides"
    await post.posting.settle(again, late)
    assert ((await post.only()).state, (await post.only()).attempts) == (State.DELIVERED, 1)


async def test_what_is_being_sent_when_a_worker_stops_is_given_back_at_once(
    databases: Databases, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("futurone_server.pipelines.notify._DRAIN_S", 0.05)
    async with open_peer(hang) as peer, open_post(database, databases.role, peer) as post:
        await post.endpoint(peer)
        await post.run()
        assert await post.notifier.round() == 1
        await post.notifier.stop()
        delivery = await post.only()
        assert (delivery.state, delivery.attempts) == (State.PENDING, 0)
        assert delivery.next_at == post.clock.now()
