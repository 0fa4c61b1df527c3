"""The client goes where it is told with the key it is given, and shows that key to no one else."""

import logging

import pytest

from futurone import AuthenticationError, ConnectionFailed, FuturOne
from futurone._settings import is_loopback, normalise_base_url
from sdk.conftest import Connect
from sdk.standin import StandIn, as_json, dropped

RUN = {"id": "fo_run_1", "status": "queued"}


@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/", "//"])
def test_the_base_url_may_end_as_it_likes(connect: Connect, server: StandIn, suffix: str) -> None:
    server.on("GET", "/v1/runs/r", as_json(RUN))
    assert connect(base_url=server.url + suffix).runs.get("r").id == "fo_run_1"


def test_a_base_url_with_a_path_keeps_it(connect: Connect, server: StandIn) -> None:
    server.on("GET", "/api/v1/runs/r", as_json(RUN))
    assert connect(base_url=f"{server.url}/api/v1").runs.get("r").id == "fo_run_1"


@pytest.mark.parametrize(
    "url", ["localhost:3000", "ftp://x", "http://", "http://u:p@host", "http://h/?a=1", "http://h/#a"]
)
def test_a_base_url_that_cannot_be_one_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="base URL"):
        normalise_base_url(url)


def test_without_any_word_the_server_is_on_this_machine() -> None:
    with FuturOne() as client:
        assert client.base_url == "http://127.0.0.1:3000"


def test_key_and_url_come_from_the_environment(server: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUTURONE_API_KEY", "key_1:secret\n")
    monkeypatch.setenv("FUTURONE_BASE_URL", f"{server.url}/v1")
    server.on("GET", "/v1/runs/r", as_json(RUN))
    with FuturOne() as client:
        client.runs.get("r")
    assert server.seen[0].headers["authorization"] == "Bearer key_1:secret"


def test_arguments_win_over_the_environment(connect: Connect, server: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUTURONE_API_KEY", "other")
    monkeypatch.setenv("FUTURONE_BASE_URL", "http://127.0.0.1:1")
    server.on("GET", "/v1/runs/r", as_json(RUN))
    connect(api_key="fo_live_mine").runs.get("r")
    assert server.seen[0].headers["authorization"] == "Bearer fo_live_mine"


def test_without_a_key_nothing_is_sent_and_the_remedy_is_named(connect: Connect, server: StandIn) -> None:
    with pytest.raises(AuthenticationError, match="set FUTURONE_API_KEY"):
        connect(api_key=None).runs.get("r")
    assert server.seen == []


def test_the_version_needs_no_key(connect: Connect, server: StandIn) -> None:
    server.on("GET", "/v1/version", as_json({"data": {"version": "0.9.0"}}))
    assert connect(api_key=None).version().version == "0.9.0"
    assert "authorization" not in server.seen[0].headers


def test_a_key_that_cannot_be_one_is_refused_without_being_repeated() -> None:
    with pytest.raises(ValueError, match="copy it again") as caught:
        FuturOne("fo_live_se\ncret")
    assert "cret" not in str(caught.value)


def test_the_key_shows_nowhere(connect: Connect, server: StandIn, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.on("GET", "/v1/runs/r", as_json(RUN))
    client = connect(api_key="fo_live_topsecret")
    client.runs.get("r")
    server.on("GET", "/v1/runs/r", dropped)
    with pytest.raises(ConnectionFailed) as caught:
        client.runs.get("r")
    shown = "".join([repr(client), caplog.text, str(caught.value), repr(caught.value.__cause__)])
    with FuturOne("fo_live_topsecret") as plain:
        shown += repr(plain) + repr(plain._driver.settings)
    assert caplog.records
    assert "topsecret" not in shown


def test_no_proxy_of_the_environment_stands_between_this_machine_and_itself(
    connect: Connect, server: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    server.on("GET", "/v1/runs/r", as_json(RUN))
    server.on(
        "GET",
        "/v1/vault/files/f/download",
        as_json({"data": {"url": f"{server.url.replace('127.0.0.1', 'localhost')}/raw"}}),
    )
    server.on("GET", "/raw", as_json({}))
    client = connect()
    assert client.runs.get("r").id == "fo_run_1"
    assert client.vault.download("f") == b"{}"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://localhost:3000", True),
        ("http://127.8.9.1", True),
        ("http://[::1]:3000", True),
        ("http://a.localhost", True),
        ("http://localhost.example.com", False),
        ("https://127.0.0.1.example.com", False),
        ("http://10.0.0.1", False),
    ],
)
def test_what_is_this_machine(url: str, expected: bool) -> None:
    assert is_loopback(url) is expected
