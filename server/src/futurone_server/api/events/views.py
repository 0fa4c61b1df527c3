"""The words of the two streams: the dictionary from the log's events to what clients see.

Projection A has no word for some events and skips them; projection B names every one.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal

from futurone_server.eventlog import Event, EventType
from futurone_server.kit.clock import to_milli
from futurone_server.kit.json import JsonObject

Facts = Mapping[str, object]


def seconds(took_ms: object) -> str:
    """A duration for people: ``6.1s``."""
    return f"{Decimal(int(str(took_ms))) / 1000:.1f}s"


def _step_done(facts: Facts) -> JsonObject:
    took = facts["took_ms"]
    return {"step": facts["step"], "took": seconds(took), "took_ms": took, "outcome": facts["outcome"]}


def _tool_result(facts: Facts) -> JsonObject:
    latency = facts["latency_ms"]
    return {
        "call": facts["call"],
        "step": facts["step"],
        "latency": seconds(latency),
        "latency_ms": latency,
        "ok": facts["ok"],
    }


def _pick(*names: str) -> Callable[[Facts], JsonObject]:
    return lambda facts: {name: facts[name] for name in names if name in facts}


_UNUSED: JsonObject = {"input_tokens": 0, "output_tokens": 0, "cost_usd": "0.0000", "priced": True}


def _run_done(facts: Facts) -> JsonObject:
    picked = _pick("status", "confidence", "reason_code")(facts)
    score = facts["verification"]
    # The database keeps no order of members; every reader gets the same bytes all the same.
    picked["verification"] = _pick("rubric", "passed", "total")(score) if isinstance(score, dict) else None
    usage = facts.get("usage")  # ends from before models were counted say nothing of them
    shown = _pick(*_UNUSED)(usage) if isinstance(usage, dict) else _UNUSED
    return {**picked, "usage": {**shown, "billed": facts["status"] != "failed"}}


Word = tuple[str, Callable[[Facts], JsonObject], tuple[str, ...]]

WORDS_A: Mapping[EventType, Word | None] = {
    EventType.CREATED: None,
    EventType.WORKER_STARTED: ("status", lambda facts: {"text": "Work has begun."}, ()),
    EventType.NARRATION: ("status", _pick(), ("text",)),
    EventType.PLAN: ("plan", _pick("steps", "revision"), ("goal",)),
    EventType.STEP_STARTED: ("step_start", _pick("step"), ()),
    EventType.STEP_DONE: ("step_done", _step_done, ()),
    EventType.TOOL_CALL: ("tool_call", _pick("id", "step", "tool"), ("args",)),
    EventType.TOOL_RESULT: ("tool_result", _tool_result, ("result",)),
    EventType.FINDING: ("finding", _pick("severity", "step"), ("title", "detail", "location")),
    EventType.DELTA: ("delta", _pick("step"), ("text",)),
    EventType.DELTA_RESET: ("delta", lambda facts: {"step": facts["step"], "reset": True}, ()),
    EventType.ARTIFACT: (
        "artifact",
        _pick("id", "type", "step", "media_type", "section", "final"),
        ("label", "content"),
    ),
    EventType.AWAITING_INPUT: ("awaiting_input", _pick("input_id", "kind", "expires_at"), ("prompt", "fields")),
    EventType.INPUT_RECEIVED: ("input_received", _pick("input_id", "action"), ()),
    EventType.MODEL_CALL: None,
    EventType.SUBSTITUTION: ("substitution", _pick("step", "from", "to", "reason"), ()),
    EventType.STALLED: None,
    EventType.RESUMED: None,
    EventType.ERROR: ("error", _pick("reason_code", "message", "step"), ()),
    EventType.ENDED: ("run_done", _run_done, ("summary",)),
}
"""Projection A: the event's name, its facts as they are shown, and which members of its content."""

KINDS_B: Mapping[EventType, str] = {
    EventType.NARRATION: "narration",
    EventType.PLAN: "plan",
    EventType.TOOL_CALL: "tool_call",
    EventType.TOOL_RESULT: "tool_result",
    EventType.FINDING: "finding",
    EventType.DELTA: "content_delta",
    EventType.DELTA_RESET: "content_reset",
    EventType.ARTIFACT: "artifact",
    EventType.MODEL_CALL: "model_call",
    EventType.SUBSTITUTION: "substitution",
    EventType.ERROR: "error",
}
"""Projection B: the ``kind`` of each ``step.progress``."""

TYPES_B: Mapping[EventType, str] = {
    EventType.CREATED: "run.created",
    EventType.WORKER_STARTED: "run.worker.started",
    EventType.STEP_STARTED: "step.started",
    EventType.STEP_DONE: "step.done",
    EventType.AWAITING_INPUT: "run.awaiting_input",
    EventType.INPUT_RECEIVED: "run.input_received",
    EventType.STALLED: "run.stalled",
    EventType.RESUMED: "run.resumed",
}
"""Projection B: the events with a type of their own; the end has four, by the run's state."""

_ENDS_B = {
    "completed": "run.worker.succeeded",
    "escalated": "run.worker.failed",
    "failed": "run.worker.failed",
    "cancelled": "run.cancelled",
}


def _plan_steps(event: Event) -> list[JsonObject]:
    labels = (event.content or {}).get("labels")
    words = labels if isinstance(labels, dict) else {}
    steps = event.facts["steps"]
    assert isinstance(steps, list)
    return [
        {"id": one["id"], "label": words.get(one["id"]), "kind": one["kind"], "depends_on": one["depends_on"]}
        for one in steps
    ]


def present_a(event: Event) -> tuple[str, JsonObject] | None:
    """Name and data of an event in projection A; None where it has no word."""
    word = WORDS_A[event.type]
    if word is None:
        return None
    name, show, members = word
    data = show(event.facts)
    if event.type is EventType.PLAN:
        data["steps"] = _plan_steps(event)
    content = event.content or {}
    data.update({member: content[member] for member in members if content.get(member) is not None})
    if event.redacted:
        data["redacted"] = True
    return name, data


def present_b(event: Event) -> JsonObject:
    """The envelope of an event in projection B."""
    kind, value = _value_b(event)
    return {
        "seq": event.seq,
        "type": kind,
        "timestamp": to_milli(event.at),
        "payload": {"redacted": event.redacted or event.type is EventType.CREATED, "value": value},
    }


def _value_b(event: Event) -> tuple[str, JsonObject]:
    shown = present_a(event)
    data = dict(shown[1]) if shown is not None else {name: event.facts[name] for name in sorted(event.facts)}
    data.pop("redacted", None)
    if event.type in KINDS_B:
        if event.type is EventType.DELTA:
            data["content_delta"] = data.pop("text", None)
        if event.type is EventType.DELTA_RESET:
            data.pop("reset")
        return "step.progress", {"kind": KINDS_B[event.type], **data}
    if event.type is EventType.AWAITING_INPUT:
        kind = str(data.pop("kind"))
        return TYPES_B[event.type], {**data, "input_kind": kind, "reason_code": f"AWAITING_{kind.upper()}"}
    if event.type is EventType.ENDED:
        if event.facts.get("reason_code") == "LIMIT_EXCEEDED":
            return "run.limit_exceeded", data
        return _ENDS_B[str(event.facts["status"])], data
    if event.type is EventType.STEP_DONE or event.type is EventType.STEP_STARTED:
        data["attempt"] = event.facts.get("attempt", 1)
    return TYPES_B[event.type], data
