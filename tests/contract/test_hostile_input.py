"""Input that means harm, or makes no sense: the one error body, never a failure of the server, nothing lost."""

import itertools
import json
import socket
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.asking import Ids, request_of
from contract.document import Document
from house import Caller, Json, Process, Registry, Tenant, refusal

TASK = b'"agent":"research","task":"[test:complete]"'
ONCE = {"Idempotency-Key": "k"}


@pytest.fixture(scope="module")
def target(registry: Registry) -> Tenant:
    return registry.tenant()


@pytest.fixture(scope="module")
def caller(http: httpx2.Client, target: Tenant) -> Caller:
    return Caller(http, target.test)


def told(answer: httpx2.Response) -> tuple[int, str]:
    """Status and reason; whatever was sent, the server has not failed."""
    assert answer.status_code < 500, f"{answer.request.method} {answer.request.url}: {answer.text}"
    return refusal(answer) if answer.status_code >= 400 else (answer.status_code, "")


def send(caller: Caller, body: bytes, media_type: str = "application/json") -> tuple[int, str]:
    return told(caller.ask("POST", "/v1/runs", content=body, headers={"Content-Type": media_type, **ONCE}))


def member(value: bytes) -> bytes:
    return b"{" + TASK + b',"metadata":{"k":' + value + b"}}"


MALFORMED = {
    "cut off": b"{" + TASK,
    "one quote": b'"',
    "trailing comma": b"{" + TASK + b",}",
    "trailing words": b"{" + TASK + b"} {}",
    "single quotes": b"{'task':'x'}",
    "comment": b"{" + TASK + b"} // x",
    "not a number": member(b"NaN"),
    "infinity": member(b"Infinity"),
    "minus infinity": member(b"-Infinity"),
    "a float without end": member(b"1e400"),
    "an integer beyond 64 bits": member(b"9223372036854775808"),
    "an integer of 5000 digits": member(b"9" * 5_000),
    "a leading zero": member(b"01"),
    "hexadecimal": member(b"0x10"),
    "half a surrogate pair": member(b'"\\ud800"'),
    "the other half": member(b'"\\udc00x"'),
    "half a pair in a name": b"{" + TASK + b',"metadata":{"\\ud83d":1}}',
    "an escaped NUL": member(b'"a\\u0000b"'),
    "an escaped NUL in a name": b"{" + TASK + b',"\\u0000":1}',
    "a bare NUL": member(b'"a\x00b"'),
    "a bare control character": member(b'"a\x1fb"'),
    "a bare line break": member(b'"a\nb"'),
    "a name twice": b"{" + TASK + b',"agent":"coding"}',
    "a name twice further down": b"{" + TASK + b',"metadata":{"a":1,"a":2}}',
    "a name twice by escapes": b'{"agent":"research","task":"x","t\\u0061sk":"y"}',
    "65 levels": member(b"[" * 63 + b"]" * 63),
    "a hundred thousand levels": b"[" * 100_000 + b"]" * 100_000,
    "a hundred thousand openings": b'{"a":' * 100_000,
    "UTF-16": ("{" + TASK.decode() + "}").encode("utf-16"),
    "Latin-1": member(b'"\xe9"'),
    "an overlong encoding": member(b'"\xc0\x80"'),
    "a surrogate in UTF-8": member(b'"\xed\xa0\x80"'),
    "a byte order mark": b"\xef\xbb\xbf{" + TASK + b"}",
    "nothing but white space": b" \n",
    "bytes": bytes(range(256)),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_not_json_is_called_so(body: bytes, caller: Caller) -> None:
    assert send(caller, body) == (400, "MALFORMED_JSON")


@pytest.mark.parametrize("body", [b"null", b"[]", b"5", b'"x"', b"true", b"[{}]", b"1e5"])
def test_json_that_is_no_object_is_refused(body: bytes, caller: Caller) -> None:
    status, reason = send(caller, body)
    assert status == 400
    assert reason in ("FIELD_INVALID", "FIELD_MISSING")


def test_null_is_no_way_to_leave_a_body_out(caller: Caller) -> None:
    null = {"content": b"null", "headers": {"Content-Type": "application/json"}}
    run = caller.create()["id"]
    key = caller.post("/v1/api-keys", {"name": "k"}).json()["data"]["id"]
    for path in (f"/v1/api-keys/{key}/rotate", "/v1/webhooks/signing-secret/rotate", f"/v1/runs/{run}/cancel"):
        assert told(caller.ask("POST", path, **null)) == (400, "FIELD_INVALID")


def test_a_missing_body_is_asked_for(caller: Caller) -> None:
    for path in ("/v1/runs", "/v1/api-keys", "/v1/runs/x/signal"):
        assert told(caller.ask("POST", path)) == (400, "FIELD_MISSING")


def test_odd_but_sound_json_is_read(caller: Caller) -> None:
    for number, value in enumerate(
        (b'"\\ud83d\\ude00"', b'"\\/"', b"-0", b"1E2", b"9223372036854775807", b'"\\u2028"')
    ):
        body = member(value)
        answer = caller.ask("POST", "/v1/runs", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 201, (number, answer.text)
        assert answer.json()["metadata"]["k"] == json.loads(value)


def test_sixty_four_levels_are_read(caller: Caller) -> None:
    deep = b"[" * 62 + b"]" * 62
    assert send(caller, b'{"input":{"user_query":"x","deep":' + deep + b"}}")[0] in (200, 201)


@pytest.mark.parametrize("size", [1 << 20, (1 << 20) + 1, 3 << 20])
def test_a_body_over_a_mebibyte_is_too_large(size: int, caller: Caller) -> None:
    body = b"{" + TASK + b',"input":"' + b"x" * (size - len(TASK) - 13) + b'"}'
    assert send(caller, body) == ((413, "BODY_TOO_LARGE") if size > 1 << 20 else (400, "FIELD_INVALID"))


def test_a_body_that_comes_in_pieces_is_bounded_too(caller: Caller) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'{"task":"'
        for _ in range(40):
            yield b"x" * 65_536
        yield b'"}'

    answer = caller.ask("POST", "/v1/runs", content=pieces(), headers={"Content-Type": "application/json"})
    assert told(answer) == (413, "BODY_TOO_LARGE")


MEDIA_TYPES = [
    "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json", "", "json",
    "application/jsonl", "application/xml", "*/*", ";", "a" * 5_000, "application/json\u00e9",
]  # fmt: skip


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_only_json_is_taken_for_json(media_type: str, caller: Caller) -> None:
    headers = [(b"Authorization", caller.headers["Authorization"].encode()), (b"Content-Type", media_type.encode())]
    answer = caller.http.post("/v1/runs", content=b"{" + TASK + b"}", headers=headers)
    assert told(answer) == (400, "FIELD_INVALID")
    assert answer.json()["error"]["details"]["field"] == "Content-Type"


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "Application/JSON", "application/ld+json"])
def test_json_by_any_name_is_taken(media_type: str, caller: Caller) -> None:
    headers = {"Content-Type": media_type}
    assert caller.ask("POST", "/v1/runs", content=b"{" + TASK + b"}", headers=headers).status_code == 201


STRANGE = ["\0", "a\0b", "\ud800", "\ufffe", "\u202e", "..", "/", "//", "%", "%00", "'", '"', "\\", ";", "\r\n", "\x7f"]
STRANGE += ["' OR 1=1 --", "$$", "{}", "x" * 300, "\U0001f600", "null", "-1", "1e999", "0" * 5_000, " ", ""]
RAW = ["%00", "%ff", "%c0%80", "%ed%a0%80", "%", "%zz", "%2e%2e%2f", "a%00b", "%0d%0aX-Evil:%201", "+", "%u0000"]


STRANGE_TEXTS = RAW + [quote(one.encode("utf-8", "surrogatepass"), safe="") for one in STRANGE]
TURNS = itertools.count()
V = TypeVar("V")


def some(values: Sequence[V], one_in: int) -> Sequence[V]:
    """One in so many, from another one on each time: all places together meet each many times."""
    return values[next(TURNS) % one_in :: one_in]


IN_PATHS = [field.name for field in fields(Ids)]


@pytest.mark.parametrize("one_in", [9, pytest.param(1, marks=pytest.mark.heavy)])
def test_no_text_in_a_path_makes_the_server_fail(one_in: int, document: Document, caller: Caller) -> None:
    for name, (method, path, _) in document.operations.items():
        for place in IN_PATHS:
            if f"{{{place}}}" not in path:
                continue
            for text in filter(None, some(STRANGE_TEXTS, one_in)):
                _, target, rest = request_of(document, name, Ids(**{place: text}))
                status, _ = told(caller.ask(method, target, **rest))
                assert status in (400, 401, 403, 404, 405), (target, status)


def test_no_number_in_a_filter_by_metadata_makes_the_server_fail(caller: Caller) -> None:
    for number in ("9" * 20, "-" + "9" * 30, "9" * 4_000):
        assert told(caller.get("/v1/runs", params={"metadata[n]": number})) == (200, "")


@pytest.mark.parametrize("one_in", [9, pytest.param(1, marks=pytest.mark.heavy)])
def test_no_text_in_a_query_makes_the_server_fail(one_in: int, document: Document, caller: Caller) -> None:
    for name, (method, _, operation) in document.operations.items():
        shown = [document.resolved(one) for one in operation.get("parameters", [])]
        names = [one["name"] for one in shown if one["in"] == "query"]
        names += ["metadata[x]", "metadata[%00]"] if "metadata" in names else []
        if method != "GET":
            continue
        _, path, _ = request_of(document, name, Ids())
        for parameter in names:
            for text in some(STRANGE_TEXTS, one_in):
                told(caller.ask(method, f"{path}?{parameter}={text}"))


TIMES = [
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z", "0000-00-00T00:00:00Z",
    "2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:60Z", "99999-01-01T00:00:00Z", "1e308",
    "-99999999999999", "253402300800", "2026-01-01", "now", "2026-01-01T00:00:00+99:99",
]  # fmt: skip


@pytest.mark.parametrize("time", TIMES)
def test_no_time_makes_the_server_fail(time: str, caller: Caller) -> None:
    for name in ("created_after", "created_before"):
        told(caller.get("/v1/runs", params={name: time}))
    told(caller.post("/v1/api-keys", {"name": "k", "expires_at": time}))
    if time.lstrip("-").isdigit():
        told(caller.post("/v1/api-keys", {"name": "k", "expires_at": int(time)}))
    assert caller.get("/v1/api-keys", params={"limit": 100}).status_code == 200, "what was stored can be read again"


WRONG: list[Json] = [
    None, True, -1, 0, 1.5, 2**63 - 1, -(2**63), "", "\u0000"[:0], "x" * 5_000, [], [None], [[]], {}, {"a": {}},
]  # fmt: skip


@pytest.mark.parametrize("one_in", [4, pytest.param(1, marks=pytest.mark.heavy)])
def test_every_member_of_every_body_refuses_wrong_types(one_in: int, document: Document, caller: Caller) -> None:
    tried = 0
    for name, (method, _, operation) in document.operations.items():
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            continue
        _, path, rest = request_of(document, name, Ids())
        good = dict(rest.get("json", {}))
        schema = document.resolved(content["schema"])
        for body in twisted(document, schema, good, one_in=one_in):
            status, reason = told(caller.ask(method, path, json=body))
            if list(document.problems(schema, body)):
                assert status in (400, 404), (name, body, status, reason)
            tried += 1
    assert tried * one_in > 1_600


def twisted(document: Document, schema: Json, good: dict[str, Json], *, one_in: int) -> Iterator[Json]:
    """A good body with one member after the other exchanged, one level down too."""
    for name, one in schema["properties"].items():
        for value in some(WRONG, one_in):
            yield {**good, name: value}
        branches = [document.resolved(branch) for branch in [one, *one.get("anyOf", [])]]
        for branch in branches:
            for inner in branch.get("properties", {}):
                yield from ({**good, name: {inner: value}} for value in some(WRONG, one_in))
            if branch.get("type") == "array":
                yield from ({**good, name: [value]} for value in some(WRONG, one_in))
    yield {**good, "unknown_member": 1}
    yield {**good, "": 1}


def test_every_query_parameter_refuses_what_its_schema_refuses(document: Document, caller: Caller) -> None:
    tried, run_id = 0, caller.create()["id"]
    for name, (method, _, operation) in document.operations.items():
        if method != "GET":
            continue
        for parameter in (document.resolved(one) for one in operation.get("parameters", [])):
            schema = parameter["schema"]
            if parameter["in"] != "query" or not {"type", "enum", "minimum"} & set(schema):
                continue
            _, path, _ = request_of(document, name, Ids(run_id=run_id))
            for value in ("x", "-1", "1.5", "", "[]", "9" * 40):
                answer = caller.get(path, params={parameter["name"]: value}, headers={"Accept": "application/json"})
                status, _ = told(answer)
                if schema.get("type") == "integer" or "enum" in schema:
                    assert status in (400, 404), (name, parameter["name"], value, status)
                tried += 1
    assert tried > 50


def test_a_header_sent_twice_is_refused_or_read_once(caller: Caller) -> None:
    auth = ("Authorization", caller.headers["Authorization"])
    told(caller.http.get("/v1/runs", headers=[auth, auth]))
    told(caller.http.get("/v1/runs", headers=[auth, ("Authorization", "Bearer other")]))
    run = caller.finished()
    for path in ("/events", "/events/stream"):
        headers = [auth, ("Last-Event-ID", "1"), ("Last-Event-ID", "x")]
        told(caller.http.get(f"/v1/runs/{run['id']}{path}", headers=headers))
    twice = [auth, ("Content-Type", "application/json"), ("Content-Type", "text/plain")]
    told(caller.http.post("/v1/runs", content=b"{" + TASK + b"}", headers=twice))


def test_enormous_headers_and_addresses_are_answered_or_refused(caller: Caller) -> None:
    for size in (8 << 10, 32 << 10):
        told(caller.get("/v1/whoami", headers={"X-Large": "x" * size}))
        told(caller.get("/v1/runs", headers={"Idempotency-Key": "x" * size}))
        told(caller.get("/v1/runs", params={"q": "x" * size}))
        told(caller.get("/v1/runs/" + "x" * size))
    many = {f"X-{number}": "1" for number in range(90)}
    told(caller.get("/v1/whoami", headers=many))


BROKEN = [
    b"GET / HTTP/1.1\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"\x00" * 100,
    b"GET /v1/runs HTTP/9.9\r\nHost: x\r\n\r\n",
    b"GET /v1/runs\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /v1/runs HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST /v1/runs HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"POST /v1/runs HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /v1/runs HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET http://other/v1/runs HTTP/1.1\r\nHost: other\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /v1/runs HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
]


@pytest.mark.parametrize("raw", BROKEN)
def test_broken_http_is_refused_and_the_server_answers_others(raw: bytes, server: Process, stranger: Caller) -> None:
    where = urlsplit(server.url)
    with socket.create_connection((where.hostname, where.port or 80), timeout=10) as wire:
        wire.sendall(raw)
        wire.shutdown(socket.SHUT_WR)
        answer = wire.recv(4_096)
    assert not answer or b" 4" in answer.partition(b"\r\n")[0], answer
    assert stranger.get("/health/live").status_code == 200


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)
members = st.sampled_from(
    ["agent", "task", "input", "connections", "webhook_url", "metadata", "files", "attachment_refs", "threshold",
     "sensitivity_tags", "workspace_id", "subject_id", "streaming", "routing_hint", "project_id", "budget", "retention",
     "rubric", "x"]
)  # fmt: skip
orders = st.dictionaries(members, values, max_size=6).map(lambda body: {"agent": "research", "task": "x", **body})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=orders | values)
def test_whatever_is_ordered_the_answer_is_a_run_or_a_reason(body: Any, caller: Caller, document: Document) -> None:
    sent = json.dumps(body, ensure_ascii=False).encode()
    answer = caller.ask("POST", "/v1/runs", content=sent, headers={"Content-Type": "application/json"})
    status, _ = told(answer)
    assert status in (201, 400, 404)
    if status == 201:
        assert list(document.problems({"$ref": "#/components/schemas/CreateRun"}, body)) == []
        shown = caller.run(answer.json()["id"])
        assert shown["metadata"] == body.get("metadata", {})
