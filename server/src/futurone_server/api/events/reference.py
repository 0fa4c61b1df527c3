"""What the reference says of the event streams, which no route of the framework describes."""

from typing import Any

from futurone_server.api.events.shapes import DATA
from futurone_server.features.keys import Capability
from futurone_server.kit import limits
from futurone_server.web import sse

_REF = "#/components/schemas/"
_RUN_ID = {"$ref": "#/components/parameters/run_id"}
_LAST_EVENT_ID = {
    "name": "Last-Event-ID",
    "in": "header",
    "required": False,
    "description": "Resume after this event: no replay, no gap. Browsers send it by themselves when they reconnect.",
    "schema": {"type": "integer", "minimum": 0},
}
_AFTER = {
    "name": "after",
    "in": "query",
    "required": False,
    "description": "The same as `Last-Event-ID`, which counts where both are sent.",
    "schema": {"type": "integer", "minimum": 0, "default": 0},
}
_LIMIT = {
    "name": "limit",
    "in": "query",
    "required": False,
    "description": "Of a page (`Accept: application/json`) only: how many events.",
    "schema": {"type": "integer", "minimum": 1, "maximum": limits.EVENTS_PAGE_MAX, "default": 100},
}
_HOW = (
    "Each frame has an `id` (the number of the event in the run's log), an `event` and one line of JSON as `data`. "
    f"A comment comes at least every {limits.HEARTBEAT_S} seconds. After the run's last event the stream ends cleanly; "
    "when the server goes, the key is revoked or the client takes nothing, it is cut, and a client that reconnects "
    "with `Last-Event-ID` loses and repeats nothing."
)
_HEADERS = {
    "Cache-Control": {"schema": {"type": "string", "const": "no-store, no-transform"}},
    "X-Accel-Buffering": {"schema": {"type": "string", "const": "no"}},
}
_ENVELOPE = {
    "seq": 5,
    "type": "step.started",
    "timestamp": "2026-06-09T14:22:31.042Z",
    "payload": {"redacted": False, "value": {"step": "s1", "attempt": 1}},
}
_STEP_DONE = {"step": "s1", "took": "6.1s", "took_ms": 6120, "outcome": "succeeded"}
_FRAMES_A = sse.OPENING + sse.encode(5, "step_start", {"step": "s1"}) + sse.encode(7, "step_done", _STEP_DONE)
_FRAMES_B = sse.OPENING + sse.encode(5, "run_event", _ENVELOPE)


def _frames(example: bytes) -> dict[str, Any]:
    schema = {"type": "string", "description": "Server-sent events."}
    return {"text/event-stream": {"schema": schema, "example": example.decode()}}


_PAGE = {
    "schema": {
        "type": "object",
        "required": ["data", "pagination"],
        "properties": {
            "data": {"type": "array", "items": {"$ref": f"{_REF}RunEvent"}},
            "pagination": {
                "type": "object",
                "required": ["next_cursor", "hasMore"],
                "properties": {
                    "next_cursor": {"type": "string", "description": "Send as `after` for the next page."},
                    "hasMore": {"type": "boolean"},
                },
            },
        },
    },
    "example": {"data": [_ENVELOPE], "pagination": {"next_cursor": "5", "hasMore": True}},
}

EVENTS: dict[str, Any] = {
    "tags": ["Events"],
    "operationId": "stream_events",
    "summary": "Follow a run",
    "x-capability": Capability.RUNS_READ.value,
    "description": "Server-sent events, one name for each kind of event; a few events have no word here, so ids grow "
    "but not always by one. With `Accept: application/json` named first: a page of envelopes instead.\n\n"
    + _HOW
    + " A client that is at the last event already gets 204.",
    "parameters": [_RUN_ID, _LAST_EVENT_ID, _AFTER, _LIMIT],
    "responses": {
        "200": {
            "description": "The stream, or a page",
            "headers": _HEADERS,
            "content": {**_frames(_FRAMES_A), "application/json": _PAGE},
        },
        "204": {"description": "The run has ended, and `Last-Event-ID` is its last event. Do not reconnect."},
    },
    "x-events": {name: {"$ref": _REF + shape.__name__} for name, shape in DATA.items()},
}
"""``GET /v1/runs/{run_id}/events``."""

STREAM: dict[str, Any] = {
    "tags": ["Events"],
    "operationId": "stream_run_events",
    "summary": "Follow a run in envelopes",
    "x-capability": Capability.RUNS_READ.value,
    "description": "Server-sent events, all named `run_event`, each with one envelope; `seq` grows by one.\n\n"
    + _HOW
    + " A client that is at the last event already gets a stream that ends at once.",
    "parameters": [_RUN_ID, _LAST_EVENT_ID, _AFTER],
    "responses": {
        "200": {"description": "The stream", "headers": _HEADERS, "content": _frames(_FRAMES_B)},
    },
    "x-events": {"run_event": {"$ref": f"{_REF}RunEvent"}},
}
"""``GET /v1/runs/{run_id}/events/stream``."""
