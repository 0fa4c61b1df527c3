"""A request that fails in passing is repeated, no sooner than asked, and means one thing however often it is sent."""

import pytest

from futurone import APIError, ConnectionFailed, FuturOne, NotFoundError, RateLimitError, ServerError, TimedOut
from futurone._requests import retry_after_s
from sdk.conftest import Connect, InstantClock
from sdk.standin import Answer, StandIn, as_json, dropped, refusal

RUN = {"id": "fo_run_1", "object": "run", "status": "queued"}
DATE = "Tue, 09 Jun 2026 14:22:31 GMT"


def test_a_rate_limited_request_is_repeated_after_the_seconds_the_server_asked_for(
    client: FuturOne, server: StandIn, clock: InstantClock
) -> None:
    server.on("GET", "/v1/runs/r", refusal(429, "rate_limited", retry_after="7"), as_json(RUN))
    assert client.runs.get("r").id == "fo_run_1"
    assert clock.pauses == [7.0]


def test_a_date_to_retry_after_is_measured_against_the_servers_own_clock() -> None:
    later = "Tue, 09 Jun 2026 14:22:44 GMT"
    assert retry_after_s({"retry-after": later, "date": DATE}) == 13.0
    assert retry_after_s({"retry-after": DATE, "date": later}) == 0.0


@pytest.mark.parametrize(
    "value", ["", "soon", "-1", "1.5", "Tue, 99 Jun 2026", "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"]
)
def test_a_senseless_retry_after_is_ignored(value: str) -> None:
    assert retry_after_s({"retry-after": value, "date": DATE}) is None


def test_a_wait_beyond_a_minute_is_left_to_the_caller(client: FuturOne, server: StandIn, clock: InstantClock) -> None:
    server.on("GET", "/v1/runs/r", refusal(429, "rate_limited", retry_after="3600"))
    with pytest.raises(RateLimitError) as caught:
        client.runs.get("r")
    assert caught.value.retry_after == 3600
    assert (clock.pauses, len(server.seen)) == ([], 1)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_failing_server_is_asked_again_at_growing_distances(
    client: FuturOne, server: StandIn, clock: InstantClock, status: int
) -> None:
    server.on("GET", "/v1/runs/r", *[refusal(status, "server_error")] * 4, as_json(RUN))
    assert client.runs.get("r").id == "fo_run_1"
    assert clock.pauses == [0.125, 0.25, 0.5, 1.0]


@pytest.mark.parametrize(
    ("status", "error_type"),
    [(400, "invalid_request"), (403, "permission_error"), (404, "not_found"), (409, "conflict"), (501, "server_error")],
)
def test_what_would_fail_again_is_not_repeated(client: FuturOne, server: StandIn, status: int, error_type: str) -> None:
    server.on("GET", "/v1/runs/r", refusal(status, error_type))
    with pytest.raises(APIError):
        client.runs.get("r")
    assert len(server.seen) == 1


def test_retries_end_and_the_last_error_is_raised(connect: Connect, server: StandIn) -> None:
    server.on("GET", "/v1/runs/r", refusal(503, "server_error", "UNAVAILABLE"))
    with pytest.raises(ServerError, match="refused as server_error"):
        connect(max_retries=2).runs.get("r")
    assert len(server.seen) == 3


def test_a_create_that_meets_every_fault_carries_one_idempotency_key_and_one_body(
    client: FuturOne, server: StandIn
) -> None:
    half = Answer(body=b'{"id":"fo_run_1"', end="cut")
    faults = [dropped, half, refusal(500, "server_error"), refusal(429, "rate_limited", retry_after="1")]
    server.on("POST", "/v1/runs", *faults, as_json(RUN, status=201))
    assert client.runs.create(agent="research", task="Why?").id == "fo_run_1"
    asked = server.asked("POST", "/v1/runs")
    assert len(asked) == 5
    assert len({each.headers["idempotency-key"] for each in asked}) == 1
    assert {each.body for each in asked} == {b'{"agent":"research","task":"Why?"}'}


def test_two_calls_have_two_idempotency_keys_and_the_callers_own_is_used_as_it_is(
    client: FuturOne, server: StandIn
) -> None:
    server.on("POST", "/v1/runs", as_json(RUN, status=201))
    client.runs.create(agent="research", task="Why?")
    client.runs.create(agent="research", task="Why?")
    client.runs.create(agent="research", task="Why?", idempotency_key="order-7")
    first, second, third = (each.headers["idempotency-key"] for each in server.seen)
    assert first != second
    assert third == "order-7"


@pytest.mark.parametrize("key", ["", "x" * 256, "with space", "naïve", "line\nbreak"])
def test_an_idempotency_key_that_cannot_travel_is_refused_before_anything_is_sent(
    client: FuturOne, server: StandIn, key: str
) -> None:
    with pytest.raises(ValueError, match="1 to 255 visible ASCII"):
        client.runs.create(agent="research", task="Why?", idempotency_key=key)
    assert server.seen == []


def test_every_post_has_an_idempotency_key(client: FuturOne, server: StandIn) -> None:
    for verb in ("cancel", "resume", "ack", "rerun", "signal"):
        server.on("POST", f"/v1/runs/r/{verb}", as_json(RUN))
    for act in (client.runs.cancel, client.runs.resume, client.runs.ack, client.runs.rerun, client.runs.approve):
        act("r")
    assert all(each.headers["idempotency-key"] for each in server.seen)
    assert len(server.seen) == 5


def test_a_deletion_whose_answer_was_lost_counts_as_done(client: FuturOne, server: StandIn) -> None:
    server.on("DELETE", "/v1/runs/r", dropped, refusal(404, "not_found"))
    client.runs.delete("r")
    assert len(server.seen) == 2


def test_a_deletion_that_finds_nothing_says_so(client: FuturOne, server: StandIn) -> None:
    server.on("DELETE", "/v1/runs/r", refusal(429, "rate_limited"), refusal(404, "not_found"))
    with pytest.raises(NotFoundError):
        client.runs.delete("r")


def test_a_server_that_says_nothing_times_out(connect: Connect, server: StandIn) -> None:
    server.on("GET", "/v1/runs/r", Answer(status=0, end="silent"))
    with pytest.raises(TimedOut):
        connect(timeout=0.2, max_retries=1).runs.get("r")
    assert len(server.seen) == 2


def test_a_server_that_is_not_there_is_named(connect: Connect, server: StandIn, clock: InstantClock) -> None:
    client = connect(max_retries=3)
    server.close()
    with pytest.raises(ConnectionFailed, match=server.url):
        client.runs.get("r")
    assert len(clock.pauses) == 3
