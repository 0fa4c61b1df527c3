"""The reference pages' tables and help texts, made from the code; `python -m docs.reference` in tests/ writes them."""

import io
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout
from datetime import UTC, datetime
from functools import cache
from unittest.mock import patch

from docs.blocks import ROOT
from futurone._errors import BY_TYPE
from futurone.cli import main
from futurone.cli._program import VERBS
from futurone_server.api.errors import TABLE
from futurone_server.api.events.views import present_a, present_b
from futurone_server.api.reasons import ERRORS
from futurone_server.commands import commands
from futurone_server.config import VARIABLES
from futurone_server.eventlog import Event, EventType

_COLUMNS = "88"
_COMMAND = re.compile(r"^  ([a-z]+)  ", re.MULTILINE)
_PART = re.compile(r"(<!-- made from the code: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


@cache
def help_of(verb: str = "") -> str:
    """What ``futurone VERB --help`` prints, 88 characters wide."""
    said = io.StringIO()
    with redirect_stdout(said), patch.dict(os.environ, {"COLUMNS": _COLUMNS, "NO_COLOR": "1"}):
        code = main([*verb.split(), "--help"])
    assert code == 0, f"futurone {verb} --help ended with {code}"
    return said.getvalue()


@cache
def verbs() -> tuple[str, ...]:
    """Every verb, those of the server too, and what is inside of groups of verbs."""
    found = []
    for verb in (*VERBS, *commands()):
        inside = help_of(verb).partition("Commands:")[2]
        found += [verb, *(f"{verb} {one}" for one in _COMMAND.findall(inside))]
    return tuple(found)


def cli() -> Iterator[str]:
    """Every verb with its help."""
    for verb in ("", *verbs()):
        yield f"## futurone {verb}".rstrip()
        yield f"```text\n{help_of(verb).strip()}\n```"


def environment() -> Iterator[str]:
    """The server's settings."""
    rows = [f"| `{name}` | {meaning} |" for name, meaning in VARIABLES.values()]
    yield "\n".join(["| variable | meaning |", "| --- | --- |", *rows])


def kinds() -> Iterator[str]:
    """Status, type and code of errors, and the exceptions of the SDK."""
    statuses = {status: (kind, code) for status, kind, code in TABLE.values()} | {
        500: ("server_error", "INTERNAL_ERROR")
    }
    rows = [
        f"| {status} | `{kind}` | `{code}` | `{BY_TYPE[kind].__name__}` | {ERRORS[status].says}. |"
        for status, (kind, code) in sorted(statuses.items())
    ]
    yield "\n".join(
        ["| status | `type` | `code` | exception of the SDK | when |", "| --- | --- | --- | --- | --- |", *rows]
    )


def reasons() -> Iterator[str]:
    """Every reason of an error."""
    rows = [f"| `{word}` | {status} | {says} |" for status, row in ERRORS.items() for word, says in row.reasons.items()]
    yield "\n".join(["| `reason_code` | status | meaning |", "| --- | --- | --- |", *rows])


def events() -> Iterator[str]:
    """Every event of the log in the words of both streams."""
    head = ["| in the log | stream A | members | stream B | `kind` |", "| --- | --- | --- | --- | --- |"]
    yield "\n".join([*head, *(_event_row(kind) for kind in EventType)])


_CONTENT = dict.fromkeys(
    (
        "text",
        "goal",
        "args",
        "result",
        "title",
        "detail",
        "location",
        "label",
        "content",
        "prompt",
        "fields",
        "summary",
    ),
    "x",
)
_FACTS: Mapping[str, object] = {
    "steps": [], "revision": 1, "step": "s1", "took_ms": 1, "outcome": "succeeded", "id": "x", "tool": "x", "call": "x",
    "latency_ms": 1, "ok": True, "severity": "info", "type": "x", "media_type": "x", "section": 1, "final": True,
    "input_id": "x", "kind": "form", "expires_at": "x", "action": "approve", "from": "x", "to": "x", "reason": "x",
    "reason_code": "x", "message": "x", "status": "completed", "confidence": 1.0, "verification": {},
}  # fmt: skip
"""Every fact that an event can have, so that what a stream shows of each kind of event can be read off."""

_OWN_FACTS: Mapping[EventType, Mapping[str, object]] = {
    EventType.CREATED: {"agent": "research", "mode": "live", "origin": "api"},
    EventType.WORKER_STARTED: {},
    EventType.STALLED: {"recoveries": 1},
    EventType.RESUMED: {"recoveries": 1},
}
_STATES = ("completed", "escalated", "failed", "cancelled")


def _event(kind: EventType, **facts: object) -> Event:
    given = {**_OWN_FACTS.get(kind, _FACTS), **facts}
    at = datetime(2026, 6, 9, tzinfo=UTC)
    return Event(run_id="fo_run_x", seq=1, type=kind, at=at, facts=given, content=_CONTENT, redacted=False)


def _event_row(kind: EventType) -> str:
    shown = present_a(_event(kind))
    name, members = ("—", ()) if shown is None else (f"`{shown[0]}`", tuple(shown[1]))
    others, step = _words_b(kind)
    listed = ", ".join(f"`{member}`" for member in members) or "—"
    return f"| {kind.value} | {name} | {listed} | {others} | {step} |"


def _words_b(kind: EventType) -> tuple[str, str]:
    """The type of an event in stream B, and its kind where it is progress of a step."""
    if kind is EventType.ENDED:
        ends = [str(present_b(_event(kind, status=state))["type"]) for state in _STATES]
        ends.append(str(present_b(_event(kind, status="failed", reason_code="LIMIT_EXCEEDED"))["type"]))
        return ", ".join(f"`{one}`" for one in dict.fromkeys(ends)), "—"
    shown = present_b(_event(kind))
    payload = shown["payload"]
    assert isinstance(payload, dict)
    step = payload["value"].get("kind") if shown["type"] == "step.progress" else None
    return f"`{shown['type']}`", f"`{step}`" if step else "—"


PARTS: Mapping[str, Callable[[], Iterator[str]]] = {
    "cli": cli,
    "environment": environment,
    "kinds": kinds,
    "reasons": reasons,
    "events": events,
}
PAGES = ("cli.md", "environment.md", "errors.md", "events.md")


def renewed(text: str) -> str:
    """A page with its made parts as they should be."""
    return _PART.sub(_renew, text)


def _renew(part: re.Match[str]) -> str:
    made = "\n\n".join(PARTS[part[2]]())
    return f"{part[1]}\n{made}\n\n{part[3]}"


if __name__ == "__main__":
    for page in PAGES:
        path = ROOT / "docs/reference" / page
        path.write_text(renewed(path.read_text("utf-8")), "utf-8")
        sys.stdout.write(f"{page} is written\n")
