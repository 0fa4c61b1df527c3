"""Messages to people leave by the same rules as everything else, though a library opens the sockets."""

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import islice
from pathlib import Path

import pytest

from egress.peers import Asked, Peer, authority, open_peer, reply
from egress.postbox import open_postbox
from futurone_server.egress import Allowance, read_allow
from futurone_server.egress.channels import REFUSED_NAMES, SERVICES, BadChannelError, read_channel
from futurone_server.features.webhooks import Fault, Letter
from futurone_server.kit import json
from futurone_server.kit.errors import Invalid
from futurone_server.pipelines.channels import Channels

pytestmark = pytest.mark.anyio
LETTER = Letter(title="A title", text="A line", tone="info")


def allowing(*peers: Peer) -> Allowance:
    """What an operator allows so that these receivers can be told."""
    return read_allow(",".join(peer.pair for peer in peers))


async def fault_of(url: str, allow: Allowance | None = None, **options: int) -> Fault | None:
    """What came of sending the letter to a URL."""
    sent = await Channels(allow, **options).send(url, LETTER, workspace_id="ws_a", patience_s=30)
    assert sent is not None
    return sent.fault


@pytest.fixture
async def taker() -> AsyncIterator[Peer]:
    """A receiver that takes everything."""
    async with open_peer(lambda asked: reply(204)) as peer:
        yield peer


async def test_what_an_operator_allows_is_told_and_nothing_else_on_this_machine_is(taker: Peer) -> None:
    allow = allowing(taker)
    assert await fault_of(f"json://{taker.pair}/x", allow) is None
    for url in (
        f"json://{taker.pair}/x",
        f"json://localhost:{taker.port}/x",
        f"jsons://{taker.pair}/x",
        "jsons://localhost/x",
        "jsons://[::1]/x",
        "jsons://10.0.0.1/x",
        "jsons://169.254.169.254/latest",
    ):
        assert await fault_of(url) is Fault.BLOCKED, url
    assert len(taker.asked) == 1


async def test_a_private_address_is_refused_at_once_also_where_a_token_usually_stands() -> None:
    for url in ("ntfys://127.0.0.1/topic", "workflows://10.0.0.1:443/workflow/signature"):
        with pytest.raises(Invalid, match="FUTURONE_EGRESS_ALLOW"):
            await Channels().check("url", url)
        await Channels(read_allow("127.0.0.1:443,10.0.0.1:443")).check("url", url)
    assert (await Channels().check("url", "ntfys://topic")).hint == "ntfys://…"


async def test_a_name_that_leads_to_a_private_address_is_refused_when_it_is_dialled(taker: Peer) -> None:
    # No number gives it away: only the look-up says where "localhost" is.
    place = await Channels().check("url", "jsons://localhost/x")
    assert place.hint == "jsons://localhost…"
    assert await fault_of("jsons://localhost/x") is Fault.BLOCKED
    assert await fault_of(f"json://localhost:{taker.port}/", read_allow(f"localhost:{taker.port}")) is None


async def test_a_redirect_is_a_failure_wherever_it_leads(taker: Peer) -> None:
    def lead(asked: Asked) -> bytes:
        return reply(307, location=f"http://{taker.pair}/elsewhere")

    async with open_peer(lead) as peer:
        sent = await Channels(allowing(peer, taker)).send(
            f"json://{peer.pair}/x", LETTER, workspace_id="ws_a", patience_s=30
        )
    assert sent is not None
    assert (sent.fault, sent.status) == (Fault.STATUS, 307)
    assert taker.connections == 0


async def test_certificates_are_verified(tmp_path: Path) -> None:
    made = authority("localhost", str(tmp_path))
    async with open_peer(lambda asked: reply(204), tls=made.server) as peer:
        url = f"jsons://localhost:{peer.port}/x"
        assert await fault_of(url, read_allow(f"localhost:{peer.port}")) is Fault.TLS
    assert peer.asked == []


async def test_a_receiver_that_says_nothing_is_left_in_time() -> None:
    async def drip(asked: Asked) -> AsyncIterator[bytes]:
        yield b"HTTP/1.1 200 X\r\n"
        while True:
            await asyncio.sleep(0.2)
            yield b"X-Y: z\r\n"

    async with open_peer(drip) as peer:
        assert await fault_of(f"json://{peer.pair}/x", allowing(peer), deadline_s=3) is Fault.TIMEOUT


async def test_a_workspace_whose_services_hang_holds_up_no_other(taker: Peer) -> None:
    arrived, enough = asyncio.Semaphore(0), asyncio.Event()

    async def hang(asked: Asked) -> AsyncIterator[bytes]:
        arrived.release()
        await enough.wait()
        yield reply(204)

    async with open_peer(hang) as peer:
        channels = Channels(allowing(peer, taker))
        stuck = [
            asyncio.create_task(channels.send(f"json://{peer.pair}/{n}", LETTER, workspace_id="ws_a", patience_s=0.5))
            for n in range(8)
        ]
        for _ in range(2):
            await arrived.acquire()
        sent = await channels.send(f"json://{taker.pair}/x", LETTER, workspace_id="ws_b", patience_s=0.5)
        for gives_up in islice(asyncio.as_completed(stuck), 6):
            assert await gives_up is None, "the rest of them waits for its own"
        enough.set()
        came = await asyncio.gather(*stuck)
    assert sent is not None
    assert sent.fault is None
    assert len(taker.asked) == 1
    assert sum(one is not None for one in came) == 2


async def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    async with open_peer(lambda asked: reply(200, b"x" * (8 << 20))) as peer:
        assert await fault_of(f"json://{peer.pair}/x", allowing(peer)) is None


async def test_nobody_there_is_no_success() -> None:
    async with open_peer(lambda asked: reply(204)) as peer:
        gone = peer.pair
    assert await fault_of(f"json://{gone}/x", read_allow(gone)) is Fault.CONNECT
    assert await fault_of("jsons://nobody.invalid/x") is Fault.DNS


async def test_plain_http_and_plain_mail_are_for_what_an_operator_allows() -> None:
    async with open_postbox() as box:
        assert await fault_of(box.mail_to("a@example.com"), allowing(box)) is None
        assert await fault_of(box.mail_to("a@example.com")) is Fault.BLOCKED
    for url in ("json://example.com/x", "mailto://u:p@mail.example.com?to=a@example.com", "jsons://example.com:8443/"):
        with pytest.raises(Invalid, match="FUTURONE_EGRESS_ALLOW"):
            await Channels().check("url", url)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "dbus://", "gnome://x", "syslog://x", "windows://x", "macosx://x", "rsyslog://h",
        "irc://h/x", "mqtt://h/x", "exec://ls", "config://x", "blink1://x", "pgp://x", "slack:/x", "https://h/x", "x",
        "", "jsons://", "jsons://exa mple/", "jsons://h/\n", "jsons://h\\@i/", "jsons://" + "a" * 3000,
        "tgram://ü/1/",
    ],
)  # fmt: skip
def test_what_is_no_service_of_the_network_is_refused(url: str) -> None:
    with pytest.raises(BadChannelError):
        read_channel(url)


@pytest.mark.parametrize("name", sorted(REFUSED_NAMES))
@pytest.mark.parametrize("spelling", ["{}=no", "a=b&{}=x", "{}", "%{:02x}{}=no"])
def test_the_query_decides_nothing_that_is_decided_here(name: str, spelling: str) -> None:
    said = f"%{ord(name[0]):02x}{name[1:]}=no" if "%" in spelling else spelling.format(name.upper())
    with pytest.raises(BadChannelError, match=name):
        read_channel(f"jsons://example.com/x?{said}")


async def test_every_service_of_the_table_is_there_and_refusals_never_quote_the_url() -> None:
    assert {"slack", "discord", "tgram", "workflows", "mailtos", "jsons", "ntfys"} <= SERVICES.keys()
    with pytest.raises(Invalid) as caught:
        await Channels().check("url", "slack://s3cr3t")
    assert caught.value.details == {"field": "url"}
    assert "s3cr3t" not in caught.value.message


def test_the_code_of_every_service_can_be_loaded() -> None:
    names = sorted({(one.module, one.kind) for one in SERVICES.values()})
    lines = "".join(f"from apprise.plugins.{module} import {kind}\n" for module, kind in names)
    subprocess.run([sys.executable, "-I", "-c", lines], check=True, timeout=60)


INSIDE = """
import os, socket, subprocess, sys
import requests
from futurone_server.egress import read_allow
from futurone_server.egress.channels.walls import Walls
Walls(read_allow("127.0.0.1:9")).put_up()
for attempt in sys.argv[1:]:
    try:
        exec(attempt)
    except BaseException as error:
        print(type(error).__name__)
    else:
        print("done")
"""
ATTEMPTS = [
    "socket.socket().connect(('127.0.0.1', {port}))",
    "import _socket; _socket.socket().connect(('127.0.0.1', {port}))",
    "socket.socket().connect_ex(('127.0.0.1', {port}))",
    "socket.socket(socket.AF_UNIX).connect('nowhere')",
    "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {port}))",
    "socket.create_connection(('localhost', {port}))",
    "requests.get('http://localhost:{port}/')",
    "requests.get('file:///etc/passwd')",
    "subprocess.run(['true'])",
    "os.system('true')",
    "os.fork() or os._exit(0)",
    "os.execv('/bin/true', ['true'])",
    "open('/etc/passwd')",
    "open('written', 'w')",
    "os.remove('nothing-of-that-name')",
]


def inside(*attempts: str) -> Sequence[str]:
    """What comes of things that are tried behind the walls, one after the other."""
    command = [sys.executable, "-I", "-c", INSIDE, *attempts]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.split()


@pytest.fixture(scope="module")
def said() -> Iterator[dict[str, str]]:
    """What came of every attempt, and nobody came to the port that it was about."""
    # What the operator allows is another port: this one was never looked up.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        yield dict(zip(ATTEMPTS, inside(*(one.format(port=port) for one in ATTEMPTS)), strict=True))
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_behind_the_walls_there_are_no_other_addresses_programs_and_files(attempt: str, said: dict[str, str]) -> None:
    assert said[attempt] in ("WalledInError", "InvalidSchema", "ConnectionError", "NameResolutionError")


def test_libraries_can_be_read_behind_the_walls() -> None:
    assert inside("import json.tool, requests; open(requests.__file__).read()") == ["done"]


def test_a_process_whose_parent_is_gone_ends_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        letter = {
            "url": f"json://{place}/x",
            "allow": place,
            "deadline_s": 1,
            "title": "A",
            "body": "B",
            "type": "info",
        }
        command = [sys.executable, "-I", "-m", "futurone_server.egress.channels.sender"]
        done = subprocess.run(command, input=json.dump(letter), capture_output=True, timeout=60)
    assert (done.returncode, done.stdout) == (-signal.SIGALRM, b"")
