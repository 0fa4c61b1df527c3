"""The law of schedules: when they are due, which of several due times run, and who may touch them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice, takewhile

from futurone_server.features.keys import Mode, Principal
from futurone_server.features.schedules.types import Decision, Missed, Outcome, Schedule, Standing, Why
from futurone_server.kit.cron import day_of, read_cron, read_zone

CATCH_UP_MAX = 100
"""So many missed runs are made up for, the latest ones; the others are noted as missed."""

SCHEDULES_MAX = 1_000
"""In one workspace."""

FAILURES_MAX = 5
"""So many failed runs in a row pause a schedule."""

DAILY_CAP_MAX = 1_500
"""No expression is due more often in the longest day there is."""

FIRES_KEPT = timedelta(days=90)

_ON_TIME = timedelta(seconds=90)
"""Later than this a due time was missed. A process that dies while it fires is followed up within a minute."""

_NOTED_AT_ONCE = 500


def first_due(cron: str, timezone: str, after: datetime) -> datetime:
    """The first due time after a moment. Raises Invalid, naming ``cron`` or ``timezone``."""
    zone = read_zone(timezone)
    return next(read_cron(cron).after(after, zone))


def due_times(schedule: Schedule, now: datetime) -> list[datetime]:
    """The due times that have come and are not decided, the earliest first; no more than can be judged at once."""
    later = read_cron(schedule.cron).after(schedule.next_at, read_zone(schedule.timezone))
    passed = takewhile(lambda due: due <= now, later)
    return [schedule.next_at, *islice(passed, _NOTED_AT_ONCE + CATCH_UP_MAX)]


def decide(schedule: Schedule, due: Sequence[datetime], now: datetime) -> Decision:
    """What becomes of the earliest of these due times: one that is to run, or several that are not."""
    if schedule.status is Standing.PAUSED:
        return Decision(outcome=Outcome.SKIPPED, times=tuple(due[:_NOTED_AT_ONCE]), reason=Why.PAUSED)
    late = len(due) - _kept(schedule.missed, now - due[-1])
    if late > 0:
        times = tuple(due[: min(late, _NOTED_AT_ONCE)])
        return Decision(outcome=Outcome.MISSED, times=times, reason=Why.NOBODY_THERE)
    if schedule.held_until is not None and due[0] < schedule.held_until:
        return Decision(outcome=Outcome.SKIPPED, times=tuple(due[:1]), reason=Why.CAPPED)
    return Decision(outcome=Outcome.RAN, times=tuple(due[:1]))


def _kept(missed: Missed, lateness: timedelta) -> int:
    """How many of the latest due times are to run, however late the very last one is noticed."""
    if missed is Missed.ALL:
        return CATCH_UP_MAX
    return 1 if missed is Missed.ONCE or lateness <= _ON_TIME else 0


def day(schedule: Schedule, due: datetime) -> tuple[datetime, datetime]:
    """The day of the schedule's zone in which a due time lies: its begin and its end."""
    return day_of(due, read_zone(schedule.timezone))


def standing(schedule: Schedule, now: datetime) -> tuple[Standing, str | None]:
    """Whether a schedule makes runs now, and why not: paused, or held until the day is over."""
    if schedule.status is Standing.PAUSED:
        return Standing.PAUSED, schedule.paused_reason
    if schedule.held_until is not None and schedule.held_until > now:
        return Standing.PAUSED, Why.CAPPED
    return Standing.ACTIVE, None


def next_fire(schedule: Schedule, now: datetime) -> datetime | None:
    """When a schedule makes its next run; None while it is paused and nobody knows."""
    if schedule.status is Standing.PAUSED:
        return None
    if schedule.held_until is None or schedule.held_until <= max(now, schedule.next_at):
        return schedule.next_at
    return first_due(schedule.cron, schedule.timezone, schedule.held_until - timedelta(seconds=1))


def is_failing(ended: Sequence[str]) -> bool:
    """Whether the last runs of a schedule, the newest first, all failed, and are enough to say so."""
    newest = ended[:FAILURES_MAX]
    return len(newest) == FAILURES_MAX and all(status == "failed" for status in newest)


def due_ref(schedule_id: str, due: datetime) -> str:
    """What the due table calls one due time of a schedule."""
    return f"{schedule_id}@{int(due.timestamp())}"


def schedule_of(ref: str) -> str:
    """The schedule that an entry of the due table is about."""
    return ref.partition("@")[0]


def is_within_reach(caller: Principal, schedule: Schedule) -> bool:
    """Whether a key reaches a schedule of its workspace: by project, by agent, and with a test key test ones alone."""
    return (
        (caller.projects is None or schedule.project_id in caller.projects)
        and (caller.agents is None or schedule.agent in caller.agents)
        and (caller.mode is Mode.LIVE or schedule.mode is Mode.TEST)
    )
