"""The SQL of firing: a due time is noted, its schedule moved on and its next due time put down, all or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CursorResult, delete, func, select

from futurone_server.eventlog import Write
from futurone_server.features.schedules import rules
from futurone_server.features.schedules.store import schedule_of
from futurone_server.features.schedules.tables import schedule_fires, schedules
from futurone_server.features.schedules.types import Decision, Outcome, Schedule
from futurone_server.kit import json
from futurone_server.kit.clock import to_second
from futurone_server.store import due, idempotency
from futurone_server.store.database import Tx
from futurone_server.store.messages import Statement

KIND = "schedule"
ENDED = "schedule_end"
"""What the due table calls a due time, and the end of a run that failed."""

_NOTE = (
    "INSERT INTO schedule_fires"
    " (workspace_id, schedule_id, due_at, manual, outcome, reason, run_id, decided_at)"
    " SELECT %(workspace_id)s, COALESCE((SELECT id FROM schedules"
    " WHERE id = %(id)s AND revision = %(revision)s AND next_at = %(seen_at)s FOR UPDATE), ''),"
    " one, false, %(outcome)s, %(reason)s, %(run_id)s, %(now)s"
    " FROM unnest(CAST(%(times)s AS timestamptz[])) AS one"
)
"""Refers to no schedule, and so fails with all that is sent along, where the schedule has changed since it was seen."""

_MOVE = (
    "UPDATE schedules SET next_at = %(next_at)s, held_until = %(held_until)s,"
    " last_fire = CAST(%(last_fire)s AS jsonb) WHERE id = %(id)s"
)
_TAKE_OFF = "DELETE FROM due WHERE kind = %(kind)s AND ref = %(ref)s"
_NOTE_MANUAL = (
    "INSERT INTO schedule_fires (workspace_id, schedule_id, due_at, manual, outcome, run_id, decided_at)"
    " VALUES (%(workspace_id)s, %(id)s, %(due_at)s, true, 'ran', %(run_id)s, %(due_at)s)"
)
_SHOW_MANUAL = "UPDATE schedules SET last_fire = CAST(%(last_fire)s AS jsonb) WHERE id = %(id)s"
_RUN_ENDED = "UPDATE schedule_fires SET run_status = %(status)s, run_ended_at = %(at)s WHERE run_id = %(run_id)s"


@dataclass(frozen=True, kw_only=True)
class Step:
    """A decision with what it leads to: the run that was made, the next due time, and until when the cap holds."""

    decision: Decision
    next_at: datetime
    run_id: str | None
    held_until: datetime | None
    now: datetime


def deciding(schedule: Schedule, step: Step) -> list[Statement]:
    """The statements that carry a step out. They fail when the schedule is not as it was seen."""
    decision = step.decision
    base = {"id": schedule.id, "workspace_id": schedule.workspace_id, "now": step.now, "run_id": step.run_id}
    seen = {"revision": schedule.revision, "seen_at": schedule.next_at}
    note = {"outcome": decision.outcome.value, "reason": decision.reason and str(decision.reason)}
    last = _last(decision.times[-1], decision.outcome, note["reason"], step.run_id, manual=False)
    move = {"id": schedule.id, "next_at": step.next_at, "held_until": step.held_until, "last_fire": last}
    ref = rules.due_ref(schedule.id, step.next_at)
    return [
        (_NOTE, {**base, **note, **seen, "times": list(decision.times)}),
        (_MOVE, move),
        (_TAKE_OFF, {"kind": KIND, "ref": rules.due_ref(schedule.id, schedule.next_at)}),
        (due.ADD, due.row(KIND, ref, schedule.workspace_id, step.next_at)),
    ]


def noting_manual(schedule: Schedule, run_id: str, at: datetime) -> list[Statement]:
    """The statements that note a run which somebody asked for."""
    last = _last(at, Outcome.RAN, None, run_id, manual=True)
    note = {"id": schedule.id, "workspace_id": schedule.workspace_id, "due_at": at, "run_id": run_id}
    return [(_NOTE_MANUAL, note), (_SHOW_MANUAL, {"id": schedule.id, "last_fire": last})]


def ending(run_id: str, workspace_id: str, status: str, *, is_failure: bool, at: datetime) -> list[Write]:
    """The row changes that belong to the end of a scheduled run: the ledger says how; failures are looked into."""
    writes = [Write(statement=_RUN_ENDED, values={"run_id": run_id, "status": status, "at": at})]
    if is_failure:
        writes.append(Write(statement=due.ADD, values=due.row(ENDED, run_id, workspace_id, at)))
    return writes


def _last(at: datetime, outcome: Outcome, reason: str | None, run_id: str | None, *, manual: bool) -> str:
    told = {"due_at": to_second(at), "outcome": outcome.value, "reason": reason, "run_id": run_id, "manual": manual}
    return json.dump(told).decode()


async def lock(tx: Tx, seen: Schedule) -> bool:
    """Hold a schedule as it was seen; False when it has changed or gone since."""
    c = schedules.c
    as_seen = [c.id == seen.id, c.revision == seen.revision, c.next_at == seen.next_at]
    query = select(c.id).where(*as_seen).with_for_update()
    return (await tx.execute(query)).one_or_none() is not None


async def count_ran(tx: Tx, schedule_id: str, begin: datetime, end: datetime) -> int:
    """How many due times of a stretch made a run."""
    c = schedule_fires.c
    ran = [c.schedule_id == schedule_id, c.due_at >= begin, c.due_at < end, c.outcome == Outcome.RAN.value]
    query = select(func.count()).select_from(schedule_fires).where(*ran, c.manual.is_(False))
    return int((await tx.execute(query)).scalar_one())


async def of_run(tx: Tx, run_id: str) -> Schedule | None:
    """The schedule that made a run, held until the end of the transaction."""
    s, f = schedules, schedule_fires
    query = select(s).join(f, f.c.schedule_id == s.c.id).where(f.c.run_id == run_id)
    row = (await tx.execute(query.with_for_update(of=s))).one_or_none()
    return None if row is None else schedule_of(row)


async def last_ends(tx: Tx, schedule: Schedule, limit: int) -> Sequence[str]:
    """How the last runs ended that a schedule made since it is counted, the newest first."""
    c = schedule_fires.c
    ended = [c.schedule_id == schedule.id, c.run_ended_at.is_not(None), c.decided_at >= schedule.counted_from]
    query = select(c.run_status).where(*ended).order_by(c.run_ended_at.desc()).limit(limit)
    return [str(status) for status in (await tx.execute(query)).scalars()]


async def sweep(tx: Tx, *, fires_before: datetime, repeats_before: datetime) -> int:
    """Forget what became of due times long ago, and the idempotency keys of deleted schedules; returns how many."""
    result = await tx.execute(delete(schedule_fires).where(schedule_fires.c.due_at < fires_before))
    assert isinstance(result, CursorResult)
    return result.rowcount + await idempotency.sweep(tx, schedules.c.id, "sch_", repeats_before)
