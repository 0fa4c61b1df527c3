"""The events of a run: both streams and the page, resumption from anywhere, every end. Section 2.4 of the contract."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from contract.document import Document
from futurone_server.features.keys.types import Mode
from house import Caller, Json, Process, Registry, Tenant, frames, refusal

A, B = "/events", "/events/stream"
JSON = {"Accept": "application/json"}
NAMES = {
    "status", "plan", "step_start", "step_done", "tool_call", "tool_result", "finding", "delta", "artifact",
    "awaiting_input", "input_received", "substitution", "error", "run_done",
}  # fmt: skip
LAST = {"run.worker.succeeded", "run.worker.failed", "run.cancelled", "run.limit_exceeded"}


@pytest.fixture(scope="module")
def theatre(registry: Registry) -> Tenant:
    return registry.tenant()


@pytest.fixture(scope="module")
def caller(http: httpx2.Client, theatre: Tenant) -> Caller:
    return Caller(http, theatre.test)


@pytest.fixture(scope="module")
def done(caller: Caller) -> Json:
    """A run that has ended, with every kind of event that the script knows."""
    run = caller.finished("[test:input]")
    caller.post(f"/v1/runs/{run['id']}/signal", {"action": "approve"})
    run = caller.run(run["id"], wait=30)
    caller.post(f"/v1/runs/{run['id']}/signal", {"action": "submit_input", "payload": {"city": "Lisbon"}})
    return caller.run(run["id"], wait=30)


def path_of(run: Json, stream: str) -> str:
    return f"/v1/runs/{run['id']}{stream}"


@pytest.mark.parametrize("stream", [A, B])
def test_a_stream_has_the_headers_that_keep_proxies_from_holding_it_back(
    stream: str, caller: Caller, done: Json
) -> None:
    answer = caller.get(path_of(done, stream), headers={"Accept-Encoding": "gzip, br, zstd"})
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store, no-transform"
    assert answer.headers["x-accel-buffering"] == "no"
    assert "content-encoding" not in answer.headers
    assert answer.content.startswith(b"retry: 2000\n: stream opened\n\n")


def test_projection_a_has_names_of_its_own_and_ids_that_grow(caller: Caller, done: Json, document: Document) -> None:
    _, events = caller.stream(path_of(done, A))
    numbers = [number for number, _, _ in events]
    assert numbers == sorted(set(numbers))
    assert {name for _, name, _ in events} <= NAMES
    assert events[-1][:2] == (done["last_event_id"], "run_done")
    described = document.operations["stream_events"][2]["x-events"]
    assert set(described) == NAMES
    for _, name, data in events:
        assert list(document.problems(described[name], data, name)) == []


def test_projection_b_is_total_and_dense(caller: Caller, done: Json, document: Document) -> None:
    _, events = caller.stream(path_of(done, B))
    assert [number for number, _, _ in events] == list(range(1, done["last_event_id"] + 1))
    assert {name for _, name, _ in events} == {"run_event"}
    assert [data["seq"] for _, _, data in events] == [number for number, _, _ in events]
    types = [data["type"] for _, _, data in events]
    assert types[0] == "run.created"
    assert [one for one in types if one in LAST] == types[-1:]
    for _, _, data in events:
        assert list(document.problems({"$ref": "#/components/schemas/RunEvent"}, data)) == []


def test_the_order_itself_is_redacted_from_the_first_event(caller: Caller, done: Json) -> None:
    first = caller.events(done["id"])[0]["payload"]
    assert first == {"redacted": True, "value": {"agent": "research", "mode": "test", "origin": "api"}}


def test_streams_and_pages_tell_the_same(caller: Caller, done: Json) -> None:
    pages = caller.events(done["id"])
    assert [data for _, _, data in caller.stream(path_of(done, B))[1]] == pages
    named = {number: data for number, _, data in caller.stream(path_of(done, A))[1]}
    for one in pages:
        if one["seq"] in named:
            value = dict(one["payload"]["value"])
            for name, data in named[one["seq"]].items():
                if name not in ("kind", "text"):
                    assert value[name] == data, (one, name)


@pytest.mark.parametrize("stream", [A, B])
def test_a_stream_resumes_after_every_single_event(stream: str, caller: Caller, done: Json) -> None:
    _, whole = caller.stream(path_of(done, stream))
    for after in range(done["last_event_id"]):
        rest = [one for one in whole if one[0] > after]
        assert caller.stream(path_of(done, stream), headers={"Last-Event-ID": str(after)})[1] == rest
        assert caller.stream(path_of(done, stream), params={"after": after})[1] == rest


def test_the_header_counts_where_both_are_sent(caller: Caller, done: Json) -> None:
    last = done["last_event_id"]
    _, events = caller.stream(path_of(done, B), headers={"Last-Event-ID": str(last - 1)}, params={"after": 1})
    assert [number for number, _, _ in events] == [last]


def test_at_the_end_projection_a_says_that_there_is_nothing_more(caller: Caller, done: Json) -> None:
    answer = caller.get(path_of(done, A), headers={"Last-Event-ID": str(done["last_event_id"])})
    assert (answer.status_code, answer.content) == (204, b"")


def test_at_the_end_projection_b_ends_at_once_and_cleanly(caller: Caller, done: Json) -> None:
    answer = caller.get(path_of(done, B), headers={"Last-Event-ID": str(done["last_event_id"])})
    assert (answer.status_code, list(frames(answer.content))) == (200, [])


@pytest.mark.parametrize("ahead", [1, 1000, 2**62])
@pytest.mark.parametrize("stream", [A, B])
def test_a_cursor_ahead_of_the_log_is_a_conflict(stream: str, ahead: int, caller: Caller, done: Json) -> None:
    answer = caller.get(path_of(done, stream), headers={"Last-Event-ID": str(done["last_event_id"] + ahead)})
    assert refusal(answer) == (409, "CURSOR_AHEAD")
    assert answer.json()["error"]["details"]["last_event_id"] == done["last_event_id"]
    page = caller.get(path_of(done, A), headers=JSON, params={"after": done["last_event_id"] + ahead})
    assert refusal(page) == (409, "CURSOR_AHEAD")


CURSORS = ["-1", "1.5", "x", "0x1", "1e3", "+1", "1 ", "1,2", "\u0663", "9" * 20, str(2**63), "1" * 5000, "null"]


@pytest.mark.parametrize("cursor", CURSORS)
def test_a_cursor_that_is_no_number_is_refused(cursor: str, caller: Caller, done: Json) -> None:
    for stream in (A, B):
        assert refusal(caller.get(path_of(done, stream), params={"after": cursor})) == (400, "INVALID_CURSOR")
        if cursor.isascii() and cursor == cursor.strip():
            answer = caller.get(path_of(done, stream), headers={"Last-Event-ID": cursor})
            assert refusal(answer) == (400, "INVALID_CURSOR")
        both = caller.get(path_of(done, stream), params={"after": cursor}, headers={"Last-Event-ID": "1"})
        assert refusal(both) == (400, "INVALID_CURSOR"), "a parameter is checked, whether or not it is needed"
    assert refusal(caller.get(path_of(done, A), headers=JSON, params={"after": cursor})) == (400, "INVALID_CURSOR")


@pytest.mark.parametrize("query", ["tail=1", "cursor=1", "after=1&x"])
def test_a_parameter_that_streams_do_not_have_is_refused(query: str, caller: Caller, done: Json) -> None:
    for stream in (A, B):
        assert refusal(caller.get(path_of(done, stream) + f"?{query}")) == (400, "UNKNOWN_FIELD")


def test_a_stream_has_no_limit(caller: Caller, done: Json) -> None:
    for stream in (A, B):
        assert refusal(caller.get(path_of(done, stream), params={"limit": 5})) == (400, "FIELD_INVALID")


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/event-stream", "text/event-stream"),
        ("*/*", "text/event-stream"),
        ("", "text/event-stream"),
        ("text/html", "text/event-stream"),
        ("text/event-stream, application/json", "text/event-stream"),
        ("application/json, text/event-stream", "application/json"),
        ("application/json", "application/json"),
        ("Application/JSON; q=1, */*", "application/json"),
    ],
)
def test_what_the_caller_accepts_decides_between_stream_and_page(
    accept: str, media_type: str, caller: Caller, done: Json
) -> None:
    answer = caller.get(path_of(done, A), headers={"Accept": accept})
    assert answer.headers["content-type"].partition(";")[0] == media_type
    total = caller.get(path_of(done, B), headers={"Accept": accept})
    assert total.headers["content-type"].partition(";")[0] == "text/event-stream"


def test_pages_lead_through_the_log(caller: Caller, done: Json) -> None:
    found: list[int] = []
    after, more = "0", True
    while more:
        page = caller.get(path_of(done, A), headers=JSON, params={"after": after, "limit": 4}).json()
        found += [one["seq"] for one in page["data"]]
        after, more = page["pagination"]["next_cursor"], page["pagination"]["hasMore"]
        assert len(page["data"]) <= 4
    assert found == list(range(1, done["last_event_id"] + 1))
    end = caller.get(path_of(done, A), headers=JSON, params={"after": after}).json()
    assert end == {"data": [], "pagination": {"next_cursor": after, "hasMore": False}}


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "x", "", "1.5", "\u0663", "1" * 5000])
def test_a_page_has_one_to_a_thousand_events(limit: str, caller: Caller, done: Json) -> None:
    assert refusal(caller.get(path_of(done, A), headers=JSON, params={"limit": limit})) == (400, "FIELD_INVALID")


@pytest.mark.parametrize("stream", [A, B])
def test_asking_for_the_head_of_a_stream_does_not_follow_it(stream: str, caller: Caller) -> None:
    run = caller.finished("[test:input]")
    answer = caller.ask("HEAD", path_of(run, stream))
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"


@pytest.mark.parametrize("method", ["OPTIONS", "POST", "PUT", "DELETE"])
def test_a_stream_is_read_and_nothing_else(method: str, caller: Caller, done: Json) -> None:
    for stream in (A, B):
        assert refusal(caller.ask(method, path_of(done, stream))) == (405, "METHOD_NOT_ALLOWED")


@contextmanager
def opened(caller: Caller, path: str, **headers: str) -> Iterator[Iterator[bytes]]:
    """An open stream, chunk by chunk."""
    with caller.http.stream("GET", path, headers={**caller.headers, **headers}) as answer:
        assert answer.status_code == 200
        yield answer.iter_raw()


def until(chunks: Iterator[bytes], wanted: bytes) -> bytes:
    """What a stream says until it has said this."""
    seen = b""
    while wanted not in seen:
        seen += next(chunks)
    return seen


@pytest.mark.parametrize("stream", [A, B])
def test_a_run_is_followed_while_it_works_to_its_clean_end(stream: str, caller: Caller) -> None:
    run = caller.create("[test:steps 5 sleep 0.1]")
    with opened(caller, path_of(run, stream)) as chunks:
        live = b"".join(chunks)
    assert list(frames(live)) == caller.stream(path_of(run, stream))[1]
    assert live.count(b"\n\n") == caller.get(path_of(run, stream)).content.count(b"\n\n")


def test_a_stream_stays_open_while_a_person_is_asked_and_goes_on_with_the_answer(caller: Caller) -> None:
    run = caller.create("[test:input]")
    with opened(caller, path_of(run, A)) as chunks:
        seen = until(chunks, b"event: awaiting_input")
        caller.post(f"/v1/runs/{run['id']}/signal", {"action": "approve"})
        seen += until(chunks, b'"kind":"form"')
        caller.post(f"/v1/runs/{run['id']}/signal", {"action": "reject"})
        seen += b"".join(chunks)
    assert list(frames(seen)) == caller.stream(path_of(run, A))[1]


def test_a_stream_ends_cleanly_when_its_run_is_cancelled(caller: Caller) -> None:
    run = caller.create("[test:slow]")
    with opened(caller, path_of(run, B)) as chunks:
        seen = until(chunks, b"step.started")
        caller.post(f"/v1/runs/{run['id']}/cancel")
        seen += b"".join(chunks)
    assert [data["type"] for _, _, data in frames(seen)][-1] == "run.cancelled"


def test_ten_thousand_events_arrive_in_order_and_complete(caller: Caller) -> None:
    run = caller.create("[test:stream 10000]")
    _, events = caller.stream(path_of(run, B))
    assert [number for number, _, _ in events] == list(range(1, len(events) + 1))
    values = [data["payload"]["value"] for _, _, data in events]
    text = "".join(one["content_delta"] for one in values if one.get("kind") == "content_delta")
    assert text == "".join(f"{number} " for number in range(10_000))
    _, named = caller.stream(path_of(run, A))
    assert "".join(data["text"] for _, name, data in named if name == "delta") == text


def test_readers_who_come_at_different_times_are_told_the_same(caller: Caller) -> None:
    run = caller.create("[test:stream 3000]")
    told: list[tuple[int, bytes]] = []

    def read(after: int) -> None:
        told.append((after, caller.get(path_of(run, B), headers={"Last-Event-ID": str(after)}).content))

    readers: list[threading.Thread] = []
    for seen in (1, 200, 400, 800, 1600):
        while caller.run(run["id"])["last_event_id"] < seen:
            pass
        readers += [threading.Thread(target=read, args=(after,)) for after in (0, seen)]
        for reader in readers[-2:]:
            reader.start()
    for reader in readers:
        reader.join(timeout=60)
    whole = caller.get(path_of(run, B)).content
    start = whole.index(b"id: 1\n")
    for after, content in told:
        place = whole.index(b"\nid: %d\n" % (after + 1)) + 1
        assert content == whole[:start] + whole[place:], after
    assert len(told) == 10


def cut(caller: Caller, path: str, end: Any) -> bytes:
    """Open a stream, bring about its end, and see it cut: what had come until then."""
    with opened(caller, path) as chunks:
        seen = until(chunks, b"awaiting")
        end()
        try:
            for chunk in chunks:
                seen += chunk
        except httpx2.RemoteProtocolError:
            return seen
    raise AssertionError("the stream was ended cleanly, which tells its reader not to come back")


@pytest.mark.parametrize("stream", [A, B])
def test_the_streams_of_a_revoked_key_are_cut_and_not_ended(
    stream: str, http: httpx2.Client, theatre: Tenant, registry: Registry, caller: Caller
) -> None:
    run = caller.finished("[test:input]")
    made = caller.post("/v1/api-keys", {"name": "short"}).json()["data"]

    def revoke() -> None:
        assert caller.ask("DELETE", f"/v1/api-keys/{made['id']}").status_code == 204

    seen = cut(Caller(http, made["key"]), path_of(run, stream), revoke)
    last = list(frames(seen))[-1][0]
    _, rest = resumed(caller, run, stream, last)
    assert rest[0][0] > last


def resumed(caller: Caller, run: Json, stream: str, last: int) -> tuple[Any, Any]:
    """What comes after a cut, once the run has gone on."""
    caller.post(f"/v1/runs/{run['id']}/signal", {"action": "reject"})
    return caller.stream(path_of(run, stream), headers={"Last-Event-ID": str(last)})


def test_the_streams_of_an_expired_key_are_cut(http: httpx2.Client, registry: Registry, theatre: Tenant) -> None:
    expires_at = datetime.now(UTC) + timedelta(seconds=2)
    short = Caller(http, registry.key(theatre, mode=Mode.TEST, expires_at=expires_at))
    run = short.finished("[test:input]")
    cut(short, path_of(run, A), lambda: None)
    assert datetime.now(UTC) >= expires_at


@pytest.mark.parametrize("stream", [A, B])
def test_the_streams_of_a_deleted_run_are_cut(stream: str, caller: Caller) -> None:
    run = caller.finished("[test:input]")
    cut(caller, path_of(run, stream), lambda: caller.ask("DELETE", f"/v1/runs/{run['id']}"))


def test_a_reader_that_goes_away_harms_nobody(server: Process, caller: Caller) -> None:
    run = caller.create("[test:stream 5000]")
    target = urlsplit(server.url)
    request = f"GET {path_of(run, B)} HTTP/1.1\r\nHost: x\r\nAuthorization: {caller.headers['Authorization']}\r\n\r\n"
    for _ in range(5):
        with socket.create_connection((target.hostname, target.port or 80)) as reader:
            reader.sendall(request.encode())
            assert reader.recv(10)
    assert caller.run(run["id"], wait=60)["status"] == "completed"
    assert caller.stream(path_of(run, B))[1][-1][2]["type"] == "run.worker.succeeded"
