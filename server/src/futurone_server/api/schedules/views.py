"""Schedules and their fires as they go over the wire."""

from datetime import datetime

from futurone_server.features.schedules import Fire, Opened, rules
from futurone_server.kit.clock import to_second
from futurone_server.kit.json import JsonObject


def present_schedule(opened: Opened, now: datetime) -> JsonObject:
    """A schedule with what it runs, as it stands now."""
    schedule = opened.schedule
    status, reason = rules.standing(schedule, now)
    next_at = rules.next_fire(schedule, now)
    return {
        "id": schedule.id,
        "name": schedule.name,
        "mode": schedule.mode.value,
        "cron": schedule.cron,
        "timezone": schedule.timezone,
        "missed": schedule.missed.value,
        "run": opened.run.body.value,
        "status": status.value,
        "paused_reason": reason,
        "next_fire_at": None if next_at is None else to_second(next_at),
        "last_fire": None if schedule.last_fire is None else dict(schedule.last_fire),
        "daily_cap": schedule.daily_cap,
        "project_id": schedule.project_id,
        "created_at": to_second(schedule.created_at),
        "updated_at": to_second(schedule.updated_at),
    }


def present_fire(fire: Fire) -> JsonObject:
    """What became of a due time."""
    return {
        "due_at": to_second(fire.due_at),
        "outcome": fire.outcome.value,
        "reason": fire.reason,
        "run_id": fire.run_id,
        "manual": fire.manual,
        "run_status": fire.run_status,
        "decided_at": to_second(fire.decided_at),
    }
