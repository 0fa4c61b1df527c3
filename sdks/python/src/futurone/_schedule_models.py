"""Schedules, typed: when what is run, and what became of each due time."""

from typing import Any

from pydantic import Field

from futurone._models import Model, Moment


class ScheduleFire(Model):
    """What became of a due time: ``outcome`` is ``ran``, ``skipped`` or ``missed``, and ``reason`` says why not.

    ``manual``: somebody asked for it. ``run_status`` is how its run ended, None before that and where there is none.
    """

    due_at: Moment
    outcome: str
    reason: str | None = None
    run_id: str | None = None
    manual: bool = False
    run_status: str | None = None
    decided_at: Moment | None = None


class Schedule(Model):
    """When what is run. ``run`` is what it runs, as it was written, for keys with ``runs:read``.

    ``next_fire_at`` is None while it is paused and nobody knows.
    """

    id: str
    name: str
    mode: str | None = None
    cron: str
    timezone: str
    missed: str | None = None
    run: dict[str, Any] | None = Field(default=None, repr=False)
    status: str
    paused_reason: str | None = None
    next_fire_at: Moment | None = None
    last_fire: ScheduleFire | None = None
    daily_cap: int | None = None
    project_id: str | None = None
    created_at: Moment | None = None
    updated_at: Moment | None = None
    replayed: bool = False
