"""Examples of connections' bodies: what callers send and get. Tests hold them against the server and the schemas."""

from futurone_server.api.samples import RUN_ID, Json
from futurone_server.api.webhooks import samples as webhooks

CONNECTION_ID = "conn_" + RUN_ID.removeprefix("fo_run_")
NEW: Json = {"kind": "apprise", "name": "Research channel", "url": "ntfys://research-of-acme"}
CONNECTION: Json = {
    "id": CONNECTION_ID,
    "mode": "live",
    "kind": "apprise",
    "name": "Research channel",
    "service": "ntfys",
    "hint": "ntfys://…",
    "created_at": "2026-06-09T14:22:31Z",
    "updated_at": "2026-06-09T14:22:31Z",
    "health": {
        "failures": 0,
        "failing_since": None,
        "last_success_at": None,
        "last_failure_at": None,
        "last_error": None,
    },
}
TEST_DELIVERY: Json = {
    **webhooks.DELIVERY,
    "type": "connection.test",
    "run_id": None,
    "endpoint_id": None,
    "connection_id": CONNECTION_ID,
}
