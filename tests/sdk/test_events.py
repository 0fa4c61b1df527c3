"""A run's events arrive each once and in order, however often and wherever the connection breaks."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from futurone import AuthenticationError, ConflictError, ConnectionFailed, Event, FuturOne, ServerError, TimedOut
from futurone._clock import SystemClock
from futurone._feed import MAX_FAILURES, EventFeed
from sdk.conftest import Connect, InstantClock
from sdk.standin import Answer, End, Seen, StandIn, as_json, dropped, refusal, stream

PATH = "/v1/runs/r/events"
TYPES = ["status", "plan", "step_start", "finding", "artifact", "step_done"]
LOG = [
    *[Event(id=2 * n + 1, type=TYPES[n % 6], data={"text": f"Größe 🚀 {n}", "n": n}) for n in range(12)],
    Event(id=25, type="run_done", data={"status": "completed"}),
]  # odd ids: the log has events this stream has no word for


def encode(event: Event) -> bytes:
    return f"id: {event.id}\nevent: {event.type}\ndata: {json.dumps(event.data, ensure_ascii=False)}\n\n".encode()


def rest_of_log(request: Seen) -> bytes:
    after = int(request.headers.get("last-event-id", "0"))
    return b"retry: 1\n\n: heartbeat\n\n" + b"".join(encode(event) for event in LOG if event.id > after)


def server_that_cuts(cuts: list[tuple[int, End]]) -> Callable[[Seen], Answer]:
    """A server whose n-th connection breaks after so many bytes, and whose last one does not."""
    left = list(cuts)

    def answer(request: Seen) -> Answer:
        content = rest_of_log(request)
        if not left:
            return stream(content)
        length, end = left.pop(0)
        content = content[:length]
        return stream(content[: length // 2], content[length // 2 :], end=end)

    return answer


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(cuts=st.lists(st.tuples(st.integers(0, 1100), st.sampled_from(["cut", "complete"])), max_size=8))
def test_the_log_is_the_same_whatever_bytes_the_connections_break_at(
    client: FuturOne, server: StandIn, cuts: list[tuple[int, End]]
) -> None:
    server.on("GET", PATH, server_that_cuts(cuts))
    assert list(client.runs.events("r")) == LOG


def test_every_single_byte_is_a_safe_place_to_break(server: StandIn, clock: InstantClock) -> None:
    beginning = len(b"retry: 1\n\n: heartbeat\n\n" + encode(LOG[0]))
    with FuturOne("k", server.url, clock=clock) as client:
        for length in range(beginning + 1):
            server.on("GET", PATH, server_that_cuts([(length, "cut")]))
            assert list(client.runs.events("r")) == LOG


def test_it_resumes_after_the_last_event_seen_and_keeps_its_place_when_nothing_new_came(
    client: FuturOne, server: StandIn
) -> None:
    server.on(
        "GET",
        PATH,
        stream(encode(LOG[0]), end="cut"),
        dropped,
        stream(b": heartbeat\n\n"),
        stream(*map(encode, LOG[1:])),
    )
    assert list(client.runs.events("r")) == LOG
    assert [each.headers.get("last-event-id") for each in server.seen] == [None, "1", "1", "1"]
    assert {each.headers["accept"] for each in server.seen} == {"text/event-stream"}


def test_the_callers_own_place_is_kept_from_the_first_connection_on(client: FuturOne, server: StandIn) -> None:
    server.on("GET", PATH, dropped, rest_of_log_answer)
    assert [event.id for event in client.runs.events("r", after=21)] == [23, 25]
    assert [each.headers["last-event-id"] for each in server.seen] == ["21", "21"]


def rest_of_log_answer(request: Seen) -> Answer:
    return stream(rest_of_log(request))


def test_events_a_server_repeats_are_dropped(client: FuturOne, server: StandIn) -> None:
    everything = b"".join(map(encode, LOG))
    server.on("GET", PATH, stream(*map(encode, LOG[:5]), end="cut"), stream(everything[:200], everything[200:]))
    assert list(client.runs.events("r")) == LOG


def test_news_without_an_id_is_not_part_of_the_log(client: FuturOne, server: StandIn) -> None:
    server.on("GET", PATH, stream(b'event: status\ndata: {"text":"hi"}\n\n', *map(encode, LOG)))
    assert list(client.runs.events("r")) == LOG


def test_it_ends_with_the_last_event_though_the_server_does_not_hang_up(client: FuturOne, server: StandIn) -> None:
    server.on("GET", PATH, stream(*map(encode, LOG), end="silent"))
    assert list(client.runs.events("r")) == LOG


def test_at_the_end_of_the_log_there_is_nothing_more(client: FuturOne, server: StandIn) -> None:
    server.on("GET", PATH, Answer(status=204))
    assert list(client.runs.events("r", after=25)) == []
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refusal(401, "authentication_error", "AUTH_KEY_REVOKED"), AuthenticationError),
        (refusal(409, "conflict", "CURSOR_AHEAD"), ConflictError),
        (refusal(501, "server_error"), ServerError),
    ],
)
def test_a_refusal_ends_it_at_once(
    client: FuturOne, server: StandIn, answer: Answer, expected: type[Exception]
) -> None:
    server.on("GET", PATH, stream(encode(LOG[0]), end="cut"), answer)
    events = iter(client.runs.events("r"))
    assert next(events) == LOG[0]
    with pytest.raises(expected):
        next(events)
    assert len(server.seen) == 2


def test_a_busy_server_is_asked_again_after_the_time_it_names(
    client: FuturOne, server: StandIn, clock: InstantClock
) -> None:
    busy = [refusal(429, "rate_limited", retry_after="9"), refusal(503, "server_error"), refusal(408, "server_error")]
    server.on("GET", PATH, *busy, rest_of_log_answer)
    assert list(client.runs.events("r")) == LOG
    assert clock.pauses == [9.0, 0.5, 1.0]


def test_pauses_grow_from_what_the_server_asks_and_shrink_again_after_news(
    client: FuturOne, server: StandIn, clock: InstantClock
) -> None:
    hint = b"retry: 2000\n\n"
    server.on("GET", PATH, stream(hint), dropped, dropped, stream(encode(LOG[0])), dropped, rest_of_log_answer)
    assert list(client.runs.events("r")) == LOG
    assert clock.pauses == [1.0, 2.0, 4.0, 1.0, 2.0]


def test_it_gives_up_on_a_server_that_never_gets_anywhere(
    client: FuturOne, server: StandIn, clock: InstantClock
) -> None:
    server.on("GET", PATH, stream(encode(LOG[0])), stream(b": heartbeat\n\n"))
    events = iter(client.runs.events("r"))
    assert next(events) == LOG[0]
    with pytest.raises(ConnectionFailed, match="without its last event"):
        next(events)
    assert len(clock.pauses) == MAX_FAILURES


def feed_of(clock: InstantClock, timeout_s: float | None = None) -> EventFeed:
    return EventFeed("r", after=None, timeout_s=timeout_s, silence_timeout_s=45.0, clock=clock)


SSE = {"content-type": "text/event-stream; charset=utf-8"}


def test_a_run_that_is_quiet_for_hours_behind_an_impatient_proxy_is_not_given_up(clock: InstantClock) -> None:
    feed = feed_of(clock)
    for _ in range(20 * MAX_FAILURES):
        assert feed.begin(200, SSE)
        clock.now_s += 20
        assert list(feed.receive(b": heartbeat\n\n")) == []
        feed.lose(None)


def test_connections_on_which_nothing_at_all_comes_are_failures(clock: InstantClock) -> None:
    feed = feed_of(clock)
    for _ in range(MAX_FAILURES):
        feed.begin(200, SSE)
        clock.now_s += 45
        feed.lose(TimedOut("silence"))
    with pytest.raises(TimedOut, match="silence"):
        feed.lose(TimedOut("silence"))


def test_a_connection_without_heartbeats_is_dead_and_replaced(connect: Connect, server: StandIn) -> None:
    server.on("GET", PATH, stream(encode(LOG[0]), end="silent"), rest_of_log_answer)
    assert list(connect(silence_timeout=0.3).runs.events("r")) == LOG
    assert server.seen[1].headers["last-event-id"] == "1"


def test_time_that_is_up_ends_it_between_connections_and_within_one(clock: InstantClock) -> None:
    feed = feed_of(clock, timeout_s=10)
    assert feed.read_timeout_s == 10
    feed.begin(200, SSE)
    clock.now_s += 9.9
    assert feed.lose(None) == pytest.approx(0.1)
    clock.now_s += 0.1
    with pytest.raises(TimedOut):
        list(feed.receive(b": heartbeat\n\n"))
    with pytest.raises(TimedOut):
        feed.lose(None)


def test_a_deadline_is_kept_on_a_silent_connection(connect: Connect, server: StandIn) -> None:
    server.on("GET", PATH, stream(encode(LOG[0]), end="silent"))
    events = iter(connect(clock=SystemClock()).runs.events("r", timeout=0.2))
    assert next(events) == LOG[0]
    with pytest.raises(TimedOut, match="Run r was not done in time"):
        next(events)


@pytest.mark.parametrize(
    "answer",
    [
        as_json({"data": []}),
        stream(b"id: x\ndata: {}\n\n"),
        stream(b"id: 1\ndata: {\n\n"),
        stream(b"id: 1\ndata: []\n\n"),
        stream(b"id: 1\ndata: \xff\n\n"),
        stream(b"id: 1\ndata: " + b"[" * 100_000 + b"\n\n"),
    ],
)
def test_what_is_no_stream_of_this_api_is_said_and_not_asked_for_again(
    client: FuturOne, server: StandIn, answer: Answer
) -> None:
    server.on("GET", PATH, answer)
    with pytest.raises(ServerError) as caught:
        list(client.runs.events("r"))
    assert caught.value.reason_code == "INVALID_RESPONSE"
    assert len(server.seen) == 1


def test_leaving_early_closes_the_connection() -> None:
    server = StandIn()
    hung_up = threading.Event()

    def answer(_request: Seen) -> Answer:
        return Answer(headers=SSE, chunks=Endless(hung_up))

    server.on("GET", PATH, answer)
    with FuturOne("k", server.url) as client, closing(client.runs.events("r")) as events:
        assert next(events) == LOG[0]
    assert hung_up.wait(10)
    server.close()


class Endless(list[bytes]):
    """Chunks that go on until sending one fails."""

    def __init__(self, hung_up: threading.Event) -> None:
        self._hung_up = hung_up

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield encode(LOG[0])
            while True:
                yield b": heartbeat\n\n"
        finally:
            self._hung_up.set()


def test_the_quickstart_program_works_as_it_is_printed(
    server: StandIn, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FUTURONE_API_KEY", "fo_live_x")
    monkeypatch.setenv("FUTURONE_BASE_URL", server.url)
    server.on("POST", "/v1/runs", as_json({"id": "r", "status": "queued"}, status=201))
    server.on("GET", PATH, rest_of_log_answer)
    program = (
        "from futurone import FuturOne; client = FuturOne(); "
        'run = client.runs.create(agent="research", task="…"); '
        "[print(e.type, e.data) for e in client.runs.events(run.id)]; client.close()"
    )
    exec(program, {})
    assert capsys.readouterr().out.splitlines() == [f"{event.type} {event.data}" for event in LOG]
