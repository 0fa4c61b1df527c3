"""Examples of webhooks' bodies: what callers get. Tests hold them against the server and the schemas."""

from futurone_server.api.samples import RUN_ID, Json

_CHANCE = RUN_ID.removeprefix("fo_run_")
ENDPOINT_ID, DELIVERY_ID, EVENT_ID = f"whe_{_CHANCE}", f"dlv_{_CHANCE}", f"evt_{_CHANCE}"
_AT = ("2026-06-09T14:22:31Z", "2026-06-09T14:23:05Z")
ENDPOINT: Json = {
    "id": ENDPOINT_ID,
    "mode": "live",
    "url": "https://example.com/hooks/futurone",
    "events": ["run.completed", "run.escalated", "run.failed"],
    "status": "enabled",
    "disabled_because": None,
    "description": "Ticket system",
    "created_at": _AT[0],
    "overlap_until": None,
    "health": {
        "failures": 0,
        "failing_since": None,
        "last_success_at": None,
        "last_failure_at": None,
        "last_error": None,
    },
}
MADE_ENDPOINT: Json = {**ENDPOINT, "secret": "whsec_…"}
SIGNING_SECRET: Json = {"secret": "whsec_…", "overlap_until": None}
DELIVERY: Json = {
    "id": DELIVERY_ID,
    "event_id": EVENT_ID,
    "type": "run.completed",
    "mode": "live",
    "run_id": RUN_ID,
    "endpoint_id": ENDPOINT_ID,
    "connection_id": None,
    "url": None,
    "state": "delivered",
    "attempts": 1,
    "next_attempt_at": None,
    "last_attempt_at": _AT[1],
    "last_status": 204,
    "last_error": None,
    "last_took_ms": 83,
    "reason": None,
    "history": [{"at": _AT[1], "status": 204, "error": None, "took_ms": 83}],
    "created_at": _AT[1],
    "settled_at": _AT[1],
}
TEST_DELIVERY: Json = {**DELIVERY, "type": "webhook.test", "run_id": None}
_FAILED = {
    "last_status": 500,
    "last_error": "status",
    "history": [{**DELIVERY["history"][0], "status": 500, "error": "status"}],
}
REQUEUED: Json = {
    **DELIVERY,
    **_FAILED,
    "state": "pending",
    "attempts": 0,
    "next_attempt_at": _AT[1],
    "settled_at": None,
}
_EVENT_DATA = {"run_id": RUN_ID, "status": "completed", "confidence": 0.94, "metadata": {}, "last_event_id": 47}
DEAD_LETTER: Json = {
    **DELIVERY,
    **_FAILED,
    "state": "dead",
    "attempts": 8,
    "reason": "exhausted",
    "settled_at": "2026-06-09T20:23:35Z",
    "expires_at": "2026-06-16T20:23:35Z",
    "event": {"id": DELIVERY["event_id"], "type": "run.completed", "created_at": _AT[1], "data": _EVENT_DATA},
}
REPLAYED: Json = {"requeued": 1, "skipped": 0, "ids": [DELIVERY_ID]}
