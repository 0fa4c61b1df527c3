"""The door: no error gets past it unanswered, no body is too large or too slow, no address is ambiguous."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from futurone_server.api.errors import answer
from futurone_server.kit import json
from futurone_server.kit.clock import SystemClock
from futurone_server.kit.errors import Conflict
from futurone_server.web import door as module
from futurone_server.web.door import Door

pytestmark = pytest.mark.anyio


class Wire:
    """One request: what it brings, and what is answered."""

    def __init__(self, path: str = "/v1/x", *, body: list[bytes] | None = None, **scope: Any) -> None:
        raw = scope.pop("raw_path", path.encode())
        self.scope = {
            "type": "http", "method": "POST", "path": path, "raw_path": raw, "query_string": b"", "headers": [],
        } | scope  # fmt: skip
        self._body = [b""] if body is None else body
        self.sent: list[dict[str, Any]] = []

    async def receive(self) -> Any:
        if not self._body:
            await asyncio.Event().wait()
        piece = self._body.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(self._body)}

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])

    @property
    def told(self) -> Any:
        return json.load(b"".join(message.get("body", b"") for message in self.sent))


async def through(wire: Wire, app: Any, *, is_upload: bool = False) -> Wire:
    await Door(app, SystemClock(), answer, is_upload=lambda _: is_upload)(wire.scope, wire.receive, wire.send)
    return wire


async def fine(scope: Any, receive: Any, send: Any) -> None:
    more = True
    while more:
        more = (await receive())["more_body"]
    await send({"type": "http.response.start", "status": 204, "headers": [(b"x-path", scope["path"].encode())]})
    await send({"type": "http.response.body", "body": b""})


async def failing(scope: Any, receive: Any, send: Any) -> None:
    raise ValueError("hunter2")


async def refusing(scope: Any, receive: Any, send: Any) -> None:
    raise Conflict("No.", "RUN_NOT_WAITING")


async def breaking_off(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"half", "more_body": True})
    raise ValueError("hunter2")


async def test_a_defect_is_answered_without_its_words() -> None:
    wire = await through(Wire(), failing)
    assert (wire.status, wire.told["reason_code"]) == (500, "INTERNAL")
    assert "hunter2" not in str(wire.sent)
    assert wire.headers[b"x-request-id"].decode() == wire.told["request_id"]
    assert int(wire.headers[b"content-length"]) == len(wire.sent[1]["body"])


async def test_a_refusal_keeps_its_words_and_reason() -> None:
    wire = await through(Wire(), refusing)
    assert (wire.status, wire.told["reason_code"], wire.told["error"]["message"]) == (409, "RUN_NOT_WAITING", "No.")


async def test_an_answer_that_has_begun_is_not_answered_a_second_time() -> None:
    wire = await through(Wire(), breaking_off)
    assert [message["type"] for message in wire.sent] == ["http.response.start", "http.response.body"]
    assert wire.sent[-1]["more_body"] is True


@pytest.mark.parametrize(
    ("path", "raw", "seen"),
    [
        ("/v1/runs", b"/v1/runs", "/v1/runs"),
        ("/v1/runs/", b"/v1/runs/", "/v1/runs"),
        ("/v1/runs//", b"/v1/runs//", "/v1/runs"),
        ("/api/v1/runs/", b"/api/v1/runs/", "/v1/runs"),
        ("/api/v1", b"/api/v1", "/v1"),
        ("/api/v2/runs", b"/api/v2/runs", "/api/v2/runs"),
        ("/", b"/", "/"),
        ("//", b"//", "/"),
        ("/v1/runs//", b"/v1/runs/%2F", "/v1/runs//"),
        ("/v1/runs//", b"/v1/runs/%2F/", "/v1/runs/"),
    ],
)
async def test_a_path_has_one_spelling_inside(path: str, raw: bytes, seen: str) -> None:
    wire = await through(Wire(path, raw_path=raw), fine)
    assert wire.headers[b"x-path"].decode() == seen


async def test_a_nul_in_a_path_leads_nowhere() -> None:
    assert (await through(Wire("/v1/\0"), fine)).status == 404


async def test_head_is_carried_out_as_get_and_everything_else_as_what_it_is() -> None:
    seen: list[tuple[str, bool]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append((scope["method"], scope["is_head"]))
        await fine(scope, receive, send)

    for method in ("HEAD", "GET", "POST"):
        wire = await through(Wire(method=method), app)
        assert wire.scope["method"] == method, "the HTTP server still knows that it sends no body"
    assert seen == [("GET", True), ("GET", False), ("POST", False)]


@pytest.mark.parametrize(
    ("size", "status"), [(1 << 20, 204), ((1 << 20) + 1, 413)], ids=["as large as may be", "larger"]
)
async def test_a_body_is_bounded_whether_or_not_it_says_its_length(size: int, status: int) -> None:
    pieces = [b"x" * 65_536] * (size // 65_536) + [b"x" * (size % 65_536)]
    assert (await through(Wire(body=pieces), fine)).status == status
    declared = [(b"content-length", b"%d" % size)]
    assert (await through(Wire(headers=declared), fine)).status == status


async def test_a_file_may_be_larger_than_other_bodies() -> None:
    wire = Wire(body=[b"x" * (1 << 20), b"x" * (1 << 20)])
    assert (await through(wire, fine, is_upload=True)).status == 204


@pytest.mark.parametrize("length", [b"-1", b"x", b"", b"9" * 40])
async def test_a_length_that_is_none_is_not_believed(length: bytes) -> None:
    assert (await through(Wire(headers=[(b"content-length", length)]), fine)).status in (204, 413)


async def test_a_body_that_does_not_come_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BODY_DEADLINE_S", 0.02)
    wire = await through(Wire(body=[]), fine)
    assert (wire.status, wire.told["reason_code"]) == (400, "BODY_TIMEOUT")


async def test_what_is_no_request_passes_untouched() -> None:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    wire = Wire()
    wire.scope["type"] = "lifespan"
    await through(wire, app)
    assert seen == ["lifespan"]


async def test_a_request_is_logged_with_its_path_and_status_and_nothing_that_follows() -> None:
    async def refusing(*_: Any) -> None:
        raise Conflict("Not now.", "BUSY")

    with capture_logs() as logged:
        await through(Wire("/v1/runs"), fine)
        await through(Wire("/v1/files/signed/mk-secret-link"), refusing)
    told = [(line["method"], line["path"], line["status"]) for line in logged if line["event"] == "request"]
    assert told == [("POST", "/v1/runs", 204), ("POST", "/v1/files/signed", 409)]
    assert "mk-secret" not in str(logged)
