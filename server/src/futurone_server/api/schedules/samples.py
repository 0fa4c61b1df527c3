"""Examples of schedules' bodies: what callers get. Tests hold them against the server and the schemas."""

from futurone_server.api.samples import QUEUED, RUN_ID, Json

SCHEDULE_ID = RUN_ID.replace("fo_run_", "sch_")
FIRE: Json = {
    "due_at": "2026-06-08T06:30:00Z",
    "outcome": "ran",
    "reason": None,
    "run_id": RUN_ID,
    "manual": False,
    "run_status": "completed",
    "decided_at": "2026-06-08T06:30:01Z",
}
SCHEDULE: Json = {
    "id": SCHEDULE_ID,
    "name": "Weekly figures",
    "mode": "live",
    "cron": "30 8 * * MON",
    "timezone": "Europe/Berlin",
    "missed": "once",
    "run": {"agent": "research", "task": "What changed in the figures since last week?"},
    "status": "active",
    "paused_reason": None,
    "next_fire_at": "2026-06-15T06:30:00Z",
    "last_fire": {name: FIRE[name] for name in ("due_at", "outcome", "reason", "run_id", "manual")},
    "daily_cap": 1000,
    "project_id": QUEUED["project_id"],
    "created_at": "2026-06-01T14:22:31Z",
    "updated_at": "2026-06-01T14:22:31Z",
}
NEW_SCHEDULE: Json = {**SCHEDULE, "last_fire": None, "next_fire_at": FIRE["due_at"]}
PAUSED: Json = {**SCHEDULE, "status": "paused", "paused_reason": "PAUSED_BY_HAND", "next_fire_at": None}
RUN_NOW: Json = {
    **QUEUED,
    "origin": {"kind": "schedule", "trigger_id": SCHEDULE_ID, "parent_run_id": None, "attempt": 1},
}
