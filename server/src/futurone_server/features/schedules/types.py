"""What a schedule is, what is asked of one, and what became of each of its due times."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from futurone_server.eventlog import Content
from futurone_server.features.keys import Mode
from futurone_server.features.runs import Order

DAILY_CAP = 1_000
"""So many runs a day a schedule makes unless it says otherwise."""


class Missed(StrEnum):
    """What becomes of due times that passed while no server was there to see them."""

    SKIP = "skip"
    ONCE = "once"
    ALL = "all"


class Standing(StrEnum):
    """Whether a schedule makes runs."""

    ACTIVE = "active"
    PAUSED = "paused"


class Outcome(StrEnum):
    """What became of a due time."""

    RAN = "ran"
    SKIPPED = "skipped"
    MISSED = "missed"


class Why(StrEnum):
    """Why a schedule is paused or a due time made no run, beside the reasons for which orders are refused."""

    BY_HAND = "PAUSED_BY_HAND"
    FAILING = "RUNS_FAILED"
    CAPPED = "DAILY_CAP"
    PAUSED = "PAUSED"
    NOBODY_THERE = "SERVER_DOWN"


@dataclass(frozen=True, kw_only=True)
class Programme:
    """What a schedule runs: as it was written, and the order that this is. Both are content."""

    body: Content
    order: Order


@dataclass(frozen=True, kw_only=True)
class ScheduleOrder:
    """What a new schedule is asked to be."""

    name: str
    cron: str
    timezone: str
    missed: Missed
    daily_cap: int
    run: Programme


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is to be different about a schedule; None stays as it is."""

    name: str | None = None
    cron: str | None = None
    timezone: str | None = None
    missed: Missed | None = None
    daily_cap: int | None = None
    run: Programme | None = None


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A schedule as its row tells it. ``next_at`` is decided next, paused or not; ``key_id`` is in whose name."""

    id: str
    workspace_id: str
    project_id: str
    agent: str
    mode: Mode
    name: str
    cron: str
    timezone: str
    missed: Missed
    daily_cap: int
    key_id: str
    sealed_key: bytes = field(repr=False)
    sealed_run: bytes = field(repr=False)
    status: Standing
    paused_reason: str | None
    held_until: datetime | None
    counted_from: datetime
    next_at: datetime
    last_fire: Mapping[str, object] | None
    revision: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A schedule with what it runs. ``replayed``: the same request made it before."""

    schedule: Schedule
    run: Programme
    replayed: bool = False


@dataclass(frozen=True, kw_only=True)
class Fire:
    """What became of a due time. ``run_status`` is how its run ended, None before that and where there is none."""

    schedule_id: str
    due_at: datetime
    manual: bool
    outcome: Outcome
    reason: str | None
    run_id: str | None
    run_status: str | None
    decided_at: datetime


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What is to be noted of due times, the earliest of those that have not been decided."""

    outcome: Outcome
    times: tuple[datetime, ...]
    reason: str | None = None
