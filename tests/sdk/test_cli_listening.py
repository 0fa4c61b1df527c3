"""``futurone listen`` against a stand-in server: what is asked for, and a server that is away for a while."""

import pytest

from futurone import _retries
from futurone.cli import _listen
from sdk.commands import Command, run_as
from sdk.standin import Answer, StandIn, as_json, dropped, refusal

TRIES = 3
"""Of one request: the first, and two more."""


def page(*runs: object) -> Answer:
    return as_json({"data": list(runs), "pagination": {"next_cursor": None, "hasMore": False}})


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is waited for."""
    monkeypatch.setattr(_listen, "_LOOK_S", 0.001)
    monkeypatch.setattr(_retries, "FIRST_PAUSE_S", 0.001)


@pytest.mark.parametrize("away", [dropped, refusal(503, "server_error", "UNAVAILABLE")], ids=["down", "draining"])
def test_listening_outlasts_a_server_that_starts_anew_and_says_once_that_it_is_away(
    command: Command, server: StandIn, away: Answer
) -> None:
    ended = run_as("completed", confidence=0.9, completed_at="2026-06-09T14:23:05Z", metadata={}, last_event_id=9)
    server.on("GET", "/v1/runs", *[page()] * 3, *[away] * 2 * TRIES, page(ended))
    server.on("POST", "/hook", Answer(status=204))
    done = command("listen", "--forward-to", f"{server.url}/hook", "--count", "1", "--json")
    assert (done.code, [record["object"] for record in done.records]) == (0, ["listening", "forwarded"])
    assert (done.records[1]["type"], done.records[1]["status"]) == ("run.completed", 204)
    assert done.err.count("\n") == 1
    assert "is away" in done.err


def test_a_server_that_is_not_there_to_begin_with_ends_it(command: Command, server: StandIn) -> None:
    server.on("GET", "/v1/runs", dropped)
    done = command("listen", "--forward-to", f"{server.url}/hook")
    assert done.code == 1


def test_a_key_that_is_revoked_meanwhile_ends_it(command: Command, server: StandIn) -> None:
    server.on("GET", "/v1/runs", *[page()] * 3, refusal(401, "authentication_error", "AUTH_KEY_REVOKED"))
    done = command("listen", "--forward-to", f"{server.url}/hook")
    assert done.code != 0


@pytest.mark.parametrize("event", ["run.complete", "webhook.test", "budget.threshold", ""])
def test_an_event_that_is_never_forwarded_is_refused_by_name(command: Command, server: StandIn, event: str) -> None:
    done = command("listen", "--forward-to", f"{server.url}/hook", "--event", event)
    assert (done.code, done.out) == (2, "")
    assert "--event" in done.err
    assert "run.awaiting_input" in done.err
    assert server.seen == []


@pytest.mark.parametrize("address", ["http://127.0.0.1:99999/hook", "http://127.0.0.1:x/", "ftp://127.0.0.1/", "hook"])
def test_an_address_that_nothing_can_be_sent_to_is_refused(command: Command, server: StandIn, address: str) -> None:
    done = command("listen", "--forward-to", address)
    assert (done.code, done.out) == (2, "")
    assert "--forward-to" in done.err
    assert server.seen == []
