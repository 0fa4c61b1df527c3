"""Running the futurone command inside the test's process, and scripts of runs for the stand-in server to play."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from futurone.cli import main
from sdk.standin import Answer, StandIn, as_json, stream

RUN_ID = "fo_run_1"


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def records(self) -> list[Any]:
        """Standard output as JSON lines; fails on any line that is none."""
        return [json.loads(line) for line in self.out.splitlines()]


class Command:
    """``futurone`` with a key for the stand-in server."""

    def __init__(self, server: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
        self._server = server
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Done:
        return self.bare("--base-url", self._server.url, "--api-key", "fo_live_x", *arguments)

    def bare(self, *arguments: str) -> Done:
        """Without any options of ours."""
        self._capsys.readouterr()
        code = main(arguments)
        captured = self._capsys.readouterr()
        return Done(code=code, out=captured.out, err=captured.err)


def run_as(status: str, **members: Any) -> dict[str, Any]:
    return {
        "id": RUN_ID,
        "object": "run",
        "agent": "research",
        "status": status,
        "created_at": "2026-06-09T14:22:31Z",
        **members,
    }


WAITING = {"input_id": "inp_1", "kind": "approval", "prompt": "Publish it?", "fields": None}
ENDINGS: dict[str, tuple[int, dict[str, Any]]] = {
    "completed": (0, {"confidence": 0.94, "threshold": 0.85, "steps_completed": 6, "steps_total": 6}),
    "escalated": (3, {"escalation": {"reason_code": "NO_SOURCES", "needs": ["a file"], "review_id": "rev_1"}}),
    "failed": (4, {"error": {"reason_code": "LIMIT_EXCEEDED", "message": "60 s are over", "step": "s2"}}),
    "cancelled": (5, {}),
    "awaiting_input": (6, {"awaiting": WAITING}),
}

EVERY_EVENT: list[tuple[str, dict[str, Any]]] = [
    ("status", {"text": "Reading"}),
    ("plan", {"steps": [{"id": "s1", "label": "Find", "depends_on": []}], "revision": 1}),
    ("step_start", {"step": "s1"}),
    ("delta", {"step": "s1", "text": "one\ntw"}),
    ("delta", {"step": "s1", "text": "o"}),
    ("tool_call", {"id": "c1", "step": "s1", "tool": "web.search", "args": {"q": "x"}}),
    ("tool_result", {"call": "c1", "step": "s1", "latency": "0.8s", "result": {"n": 3}, "ok": True}),
    ("finding", {"severity": "warning", "title": "Old source", "detail": "2019", "location": "p. 3"}),
    (
        "artifact",
        {"id": "art_1", "type": "report", "label": "Report", "section": "Intro", "content": "# Hi", "final": False},
    ),
    ("substitution", {"step": "s1", "from": "a", "to": "b", "reason": "down"}),
    ("input_received", {"input_id": "inp_0", "action": "approve"}),
    ("step_done", {"step": "s1", "took": "6.1s", "took_ms": 6100, "outcome": "succeeded"}),
    ("error", {"reason_code": "X", "message": "broken"}),
    ("invented_later", {"anything": [1, 2]}),
]


def sse(events: Sequence[tuple[str, dict[str, Any]]]) -> Answer:
    return stream(
        *(
            f"id: {number}\nevent: {kind}\ndata: {json.dumps(data)}\n\n".encode()
            for number, (kind, data) in enumerate(events, 1)
        )
    )


def play(server: StandIn, status: str, *events: tuple[str, dict[str, Any]], **members: Any) -> None:
    """Let the server accept any run and bring it to a state by way of some events."""
    ending = run_as(status, **{**ENDINGS.get(status, (0, {}))[1], **members})
    server.on("POST", "/v1/runs", as_json(run_as("queued"), status=201))
    server.on("GET", f"/v1/runs/{RUN_ID}", as_json(ending))
    last = [("awaiting_input", WAITING)] if status == "awaiting_input" else [("run_done", {"status": status})]
    server.on("GET", f"/v1/runs/{RUN_ID}/events", sse([*events, *last]))
