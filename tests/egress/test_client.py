"""What leaves goes where it was checked to go, and what comes back is bounded in time, size and trust."""

import ssl
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

import pytest

from egress.asking import Resolver, refusal
from egress.peers import Asked, authority, open_peer, reply
from futurone_server.egress import (
    Egress,
    EgressRefused,
    Outgoing,
    read_allow,
    read_target,
)
from futurone_server.egress import wire as module

pytestmark = pytest.mark.anyio


async def test_a_request_arrives_as_it_was_made_and_its_answer_comes_back() -> None:
    async with open_peer(lambda asked: reply(201, b"made", X_One="1", Set_Cookie="a=b")) as peer:
        egress = Egress(read_allow(peer.pair))
        answer = await egress.fetch(
            Outgoing(url=peer.url + "/x?y=1#z", method="POST", headers={"X-Key": "k"}, body=b"body")
        )
    assert (answer.status, answer.body, answer.peer, answer.url) == (201, b"made", "127.0.0.1", peer.url + "/x?y=1")
    assert answer.headers["x-one"] == "1"
    assert "set-cookie" not in answer.headers
    asked = peer.asked[0]
    assert (asked.method, asked.path, asked.body, asked.headers["x-key"]) == ("POST", "/x?y=1", b"body", "k")
    assert (asked.headers["host"], asked.headers["accept-encoding"]) == (peer.pair, "identity")


async def test_nothing_that_was_sent_shows_in_the_values_themselves() -> None:
    request = Outgoing(url="https://example.com/?token=secret", headers={"Authorization": "secret"}, body=b"secret")
    assert "secret" not in repr(request)


@pytest.mark.parametrize(
    "answers",
    [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::ffff:169.254.169.254"], ["2606:4700::1", "fe80::1%eth0"]],
)
async def test_a_host_with_any_private_address_is_refused_undialled(answers: Sequence[str]) -> None:
    resolve = Resolver(answers)
    assert await refusal(Egress(resolve=resolve), "https://rebind.example/") == "EGRESS_REFUSED_ADDRESS"
    assert resolve.asked == ["rebind.example"]


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "https://[::1]/", "https://[::ffff:7f00:1]/", "https://10.1.1.1"]
)
async def test_a_private_address_in_the_url_is_refused_without_asking_anyone(url: str) -> None:
    resolve = Resolver(["8.8.8.8"])
    assert await refusal(Egress(resolve=resolve), url) == "EGRESS_REFUSED_ADDRESS"
    assert resolve.asked == []


async def test_a_name_that_changes_its_address_is_dialled_where_it_was_checked() -> None:
    async with (
        open_peer(lambda _: reply(body=b"checked")) as peer,
        open_peer(lambda _: reply(body=b"rebound"), host="127.0.0.2", port=peer.port) as other,
    ):
        resolve = Resolver(["127.0.0.1"], ["127.0.0.2"])
        egress = Egress(read_allow(f"flip.example:{peer.port}"), resolve=resolve)
        answer = await egress.fetch(Outgoing(url=f"http://flip.example:{peer.port}/"))
    assert (answer.body, answer.peer, other.connections) == (b"checked", "127.0.0.1", 0)
    assert resolve.asked == ["flip.example"]
    assert peer.asked[0].headers["host"] == f"flip.example:{peer.port}"


async def test_a_public_address_that_is_this_machine_itself_gets_no_byte() -> None:
    async with open_peer(lambda _: reply()) as peer:
        with pytest.raises(EgressRefused):
            await module.exchange(
                read_target(peer.url),
                Outgoing(url=peer.url),
                headers=[],
                addresses=[ip_address("127.0.0.1")],
                tls=module.tls_context(),
                may_be_this_host=False,
            )
    assert peer.asked == []


@pytest.mark.parametrize("url", ["http://example.com/", "https://example.com:8443/", "https://example.com:22/"])
async def test_plain_http_and_other_ports_are_refused_unless_allowed(url: str) -> None:
    resolve = Resolver(["8.8.8.8"])
    assert await refusal(Egress(resolve=resolve), url) == "EGRESS_REFUSED_URL"
    assert resolve.asked == []


async def test_plain_http_can_be_asked_for_but_still_not_to_private_hosts() -> None:
    resolve = Resolver(["192.168.1.1"])
    egress = Egress(resolve=resolve)
    assert await refusal(egress, "http://example.com/", may_be_http=True) == "EGRESS_REFUSED_ADDRESS"


async def test_an_allowed_host_does_not_open_its_neighbours_ports() -> None:
    async with open_peer(lambda _: reply()) as peer, open_peer(lambda _: reply()) as neighbour:
        assert await refusal(Egress(read_allow(peer.pair)), neighbour.url) == "EGRESS_REFUSED_URL"
    assert neighbour.connections == 0


async def test_a_redirect_is_handed_back_unless_it_was_to_be_followed() -> None:
    async with open_peer(lambda _: reply(302, b"there", Location="/elsewhere")) as peer:
        answer = await Egress(read_allow(peer.pair)).fetch(Outgoing(url=peer.url))
    assert (answer.status, answer.body, len(peer.asked)) == (302, b"there", 1)


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://169.254.169.254/latest/meta-data/", "EGRESS_REFUSED_ADDRESS"),
        ("//10.0.0.1:80/", "EGRESS_REFUSED_ADDRESS"),
        ("https://[::1]/", "EGRESS_REFUSED_ADDRESS"),
        ("http://rebind.example/", "EGRESS_REFUSED_ADDRESS"),
        ("file:///etc/passwd", "EGRESS_REFUSED_URL"),
        ("https://u:p@example.com/", "EGRESS_REFUSED_URL"),
        ("http://example.com:6379/", "EGRESS_REFUSED_URL"),
        ("http://0x7f.1/", "EGRESS_REFUSED_URL"),
    ],
)
async def test_every_hop_of_a_redirect_is_checked(location: str, reason: str) -> None:
    async with open_peer(lambda _: reply(302, Location=location)) as peer:
        resolve = Resolver(["127.0.0.1"])
        egress = Egress(read_allow(peer.pair), resolve=resolve)
        assert await refusal(egress, peer.url, redirects_max=3, may_be_http=True) == reason


async def test_redirects_are_followed_to_their_end_and_no_further_than_allowed() -> None:
    def step(asked: Asked) -> bytes:
        at = int(asked.path.removeprefix("/"))
        return reply(body=b"end") if at == 3 else reply(302, b"x" * 5000, Location=str(at + 1))

    async with open_peer(step) as peer:
        egress = Egress(read_allow(peer.pair))
        answer = await egress.fetch(Outgoing(url=peer.url + "/0", redirects_max=3, bytes_max=10))
        reason = await refusal(egress, peer.url + "/0", redirects_max=2)
    assert (answer.body, answer.url) == (b"end", peer.url + "/3")
    assert reason == "EGRESS_TOO_MANY_REDIRECTS"


async def test_another_origin_is_told_no_secrets() -> None:
    async with (
        open_peer(lambda _: reply()) as other,
        open_peer(lambda _: reply(307, Location=other.url + "/x")) as peer,
    ):
        egress = Egress(read_allow(f"{peer.pair},{other.pair}"))
        headers = {"Authorization": "secret", "X-Key": "secret", "Accept": "text/html"}
        await egress.fetch(Outgoing(url=peer.url, headers=headers, redirects_max=1))
    assert peer.asked[0].headers["authorization"] == "secret"
    assert "secret" not in str(other.asked[0])
    assert other.asked[0].headers["accept"] == "text/html"


@pytest.mark.parametrize(
    "headers",
    [
        {"X": "a\r\nY: b"},
        {"X\n": "a"},
        {"": "a"},
        {"Host": "evil"},
        {"content-length": "1"},
        {"X": "☃"},
        {"X": " a"},
        {"X": "a\t"},
        {"X": "\0"},
    ],
)
async def test_a_header_that_could_split_or_forge_a_request_is_refused(headers: dict[str, str]) -> None:
    assert await refusal(Egress(), "https://example.com/", headers=headers) == "EGRESS_REFUSED_HEADER"


async def test_a_proxy_in_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_peer(lambda _: reply(body=b"proxy")) as proxy, open_peer(lambda _: reply(body=b"itself")) as peer:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        answer = await Egress(read_allow(peer.pair)).fetch(Outgoing(url=peer.url))
    assert (answer.body, proxy.connections) == (b"itself", 0)


async def test_tls_is_verified_against_the_name_and_not_the_address(tmp_path: Path) -> None:
    mine = authority("peer.example", str(tmp_path))
    names: list[str | None] = []

    def note(_: ssl.SSLObject, name: str | None, __: ssl.SSLContext) -> None:
        names.append(name)

    mine.server.sni_callback = note
    async with open_peer(lambda _: reply(body=b"safe"), tls=mine.server) as peer:
        resolve = Resolver(["127.0.0.1"])
        allow = read_allow(f"peer.example:{peer.port},other.example:{peer.port}")
        trusting = Egress(allow, resolve=resolve, tls=mine.client)
        answer = await trusting.fetch(Outgoing(url=f"https://peer.example:{peer.port}/"))
        assert (answer.body, names) == (b"safe", ["peer.example"])
        assert await refusal(trusting, f"https://other.example:{peer.port}/") == "EGRESS_TLS"
        stranger = Egress(allow, resolve=resolve)
        assert await refusal(stranger, f"https://peer.example:{peer.port}/") == "EGRESS_TLS"
    assert len(peer.asked) == 1


@pytest.mark.parametrize("changes", [{"method": "TRACE"}, {"method": "POST", "redirects_max": 1}, {"deadline_s": 0}])
async def test_a_request_that_makes_no_sense_cannot_be_made(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Outgoing(url="https://example.com/", **changes)  # type: ignore[arg-type] # a test's own words


async def test_https_never_leads_to_plain_http_not_even_where_plain_http_was_asked_for(tmp_path: Path) -> None:
    mine = authority("peer.example", str(tmp_path))
    async with open_peer(lambda _: reply(302, Location="http://plain.example/"), tls=mine.server) as peer:
        resolve = Resolver(["127.0.0.1"])
        egress = Egress(read_allow(f"peer.example:{peer.port}"), resolve=resolve, tls=mine.client)
        url = f"https://peer.example:{peer.port}/"
        assert await refusal(egress, url, redirects_max=2, may_be_http=True) == "EGRESS_REFUSED_URL"
    assert resolve.asked == ["peer.example"]
