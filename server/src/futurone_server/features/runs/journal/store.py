"""The SQL of the worker's side of runs, in the driver's own style: it runs with every step of every run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from futurone_server.eventlog import EventType
from futurone_server.eventlog.tables import events
from futurone_server.features.runs import store
from futurone_server.features.runs.holds.store import COVERS
from futurone_server.features.runs.tables import runs
from futurone_server.features.runs.types import Run
from futurone_server.store import idempotency
from futurone_server.store.database import Tx
from futurone_server.store.messages import Row, Statement, run

_CLAIM = f"""
WITH waiting AS (
  SELECT w.id, w.runs_at_once,
    (SELECT count(*) FROM runs r WHERE r.worker_id IS NOT NULL AND r.workspace_id = w.id) AS busy
  FROM workspaces w
  WHERE EXISTS (SELECT 1 FROM runs r WHERE r.workspace_id = w.id AND r.ready_at IS NOT NULL)
), ranked AS (
  SELECT c.id, c.ready_at, c.started_at IS NULL AS is_first, w.runs_at_once,
    w.busy + row_number() OVER (PARTITION BY w.id ORDER BY c.priority, c.ready_at, c.id) AS turn
  FROM waiting w CROSS JOIN LATERAL (
    SELECT r.id, r.priority, r.ready_at, r.started_at FROM runs r
    WHERE r.workspace_id = w.id AND r.ready_at IS NOT NULL AND r.ready_at <= %(now)s
      AND NOT (r.started_at IS NULL AND r.mode = 'live'
        AND EXISTS (SELECT 1 FROM run_holds x WHERE {COVERS} AND (x.until IS NULL OR x.until > %(now)s)))
    ORDER BY r.priority, r.ready_at LIMIT %(limit)s
  ) c
), picked AS (
  SELECT h.run_id, k.is_first FROM log_heads h JOIN ranked k ON k.id = h.run_id
  WHERE k.turn <= least(k.runs_at_once, %(workspace_max)s)
  ORDER BY k.turn, k.ready_at LIMIT %(limit)s FOR UPDATE OF h SKIP LOCKED
), taken AS (
  UPDATE runs r SET ready_at = NULL, worker_id = %(worker_id)s, since = %(now)s,
    status = CASE WHEN r.status = 'queued' THEN 'planning' ELSE r.status END,
    started_at = coalesce(r.started_at, %(now)s)
  FROM picked p WHERE r.id = p.run_id AND r.ready_at IS NOT NULL
  RETURNING r.*, p.is_first
), moved AS (
  UPDATE log_heads h SET epoch = h.epoch + 1, seq = h.seq + CASE WHEN t.is_first THEN 1 ELSE 0 END
  FROM taken t WHERE h.run_id = t.id
  RETURNING h.run_id, h.workspace_id, h.epoch, h.seq, h.sealed_key, t.is_first,
    CASE WHEN t.is_first THEN pg_notify('futurone', 'run ' || h.run_id || ' ' || h.seq) END AS told
), said AS (
  INSERT INTO events (run_id, workspace_id, seq, type, at, epoch, name, facts, had_content)
  SELECT m.run_id, m.workspace_id, m.seq, %(type)s, %(now)s, m.epoch, %(type)s, '{{}}', false
  FROM moved m WHERE m.is_first
)
SELECT (SELECT count(*) FROM ranked) AS waiting, t.*, m.epoch, m.seq, m.sealed_key, m.told, b.sealed AS brief,
  (SELECT count(*) FROM run_steps s WHERE s.run_id = t.id AND s.state = 'done') AS steps_completed
FROM (VALUES (1)) AS one(row) LEFT JOIN taken t ON true LEFT JOIN moved m ON m.run_id = t.id
LEFT JOIN run_contents b ON b.run_id = t.id AND b.name = 'brief'
"""  # noqa: S608 - our own words
ADD_STEPS = (
    "INSERT INTO run_steps (run_id, workspace_id, step_id, kind, position, depends_on)"
    " SELECT %(run_id)s, %(workspace_id)s, i.* FROM json_to_recordset(CAST(%(steps)s AS json))"
    " AS i(step_id text, kind text, position int, depends_on text[])"
    " ON CONFLICT DO NOTHING"
)
STEP_STARTED = (
    "UPDATE run_steps SET state = 'running', attempts = %(attempt)s, started_at = %(at)s"
    " WHERE run_id = %(run_id)s AND step_id = %(step_id)s AND state <> 'done'"
)
STEP_DONE = (
    "UPDATE run_steps SET state = %(state)s, took_ms = %(took_ms)s, attempts = %(attempt)s,"
    " started_at = %(started_at)s, models = %(models)s, substitutions = CAST(%(substitutions)s AS jsonb)"
    " WHERE run_id = %(run_id)s AND step_id = %(step_id)s"
)
ASKED = (
    "INSERT INTO run_inputs (id, run_id, workspace_id, step_id, kind, state, expires_at, digest)"
    " VALUES (%(id)s, %(run_id)s, %(workspace_id)s, %(step_id)s, %(kind)s, 'open', %(expires_at)s, %(digest)s)"
    " ON CONFLICT DO NOTHING"
)
PARKED = (
    "UPDATE runs SET status = 'awaiting_input', input_id = %(input_id)s, worker_id = NULL, since = %(at)s,"
    " worked_ms = worked_ms + %(worked_ms)s WHERE id = %(run_id)s"
)
ARTIFACT = (
    "INSERT INTO run_artifacts"
    " (id, run_id, workspace_id, position, type, media_type, bytes, citations, engine, final, head,"
    " models, step, version)"
    " VALUES (%(id)s, %(run_id)s, %(workspace_id)s, %(position)s, %(type)s, %(media_type)s, %(bytes)s,"
    " %(citations)s, %(engine)s, false, %(head)s, %(models)s, %(step)s, %(version)s)"
    " ON CONFLICT (id) DO UPDATE SET bytes = excluded.bytes, citations = excluded.citations, head = excluded.head,"
    " models = excluded.models, version = excluded.version"
)
DROP_STEPS = "DELETE FROM run_steps WHERE run_id = %(run_id)s AND state <> 'done' AND NOT step_id = ANY(%(kept)s)"
PLANNED = "UPDATE runs SET status = 'running', steps_total = %(total)s, since = %(at)s WHERE id = %(run_id)s"
TOOL_CALLS = "UPDATE runs SET tool_calls = %(n)s WHERE id = %(run_id)s"
SPENT = (
    "UPDATE runs SET input_tokens = %(input_tokens)s, output_tokens = %(output_tokens)s, cost_usd = %(cost_usd)s,"
    " priced = %(priced)s WHERE id = %(run_id)s"
)
END = (
    "WITH closed AS (UPDATE run_inputs SET state = 'closed' WHERE run_id = %(run_id)s AND state = 'open'),"
    " settled AS (UPDATE run_artifacts SET final = (%(status)s = 'completed') WHERE run_id = %(run_id)s)"
    " UPDATE runs SET status = %(status)s, confidence = %(confidence)s, error = CAST(%(error)s AS jsonb),"
    " escalation = CAST(%(escalation)s AS jsonb), score = CAST(%(score)s AS jsonb), completed_at = %(at)s,"
    " since = %(at)s, erases_at = %(erases_at)s, worker_id = NULL, ready_at = NULL, input_id = NULL"
    " WHERE id = %(run_id)s"
)
RESUMED = "UPDATE runs SET status = %(status)s, since = %(at)s WHERE id = %(run_id)s"
_BEGIN = """
WITH moved AS (
  UPDATE log_heads h SET epoch = h.epoch + 1 FROM runs w
  WHERE h.run_id = %(run_id)s AND NOT h.closed AND w.id = h.run_id
    AND w.segment = %(segment)s AND w.status <> 'awaiting_input'
    AND (w.worker_id IS NULL OR w.worker_id = %(worker_id)s)
  RETURNING h.run_id, h.epoch, h.seq, h.sealed_key
)
SELECT r.*, m.epoch, m.seq, m.sealed_key, b.sealed AS brief,
  (SELECT count(*) FROM run_steps s WHERE s.run_id = r.id AND s.state = 'done') AS steps_completed
FROM moved m JOIN runs r ON r.id = m.run_id
LEFT JOIN run_contents b ON b.run_id = m.run_id AND b.name = 'brief'
"""


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A run that was just taken in hand: its row, its epoch, its wrapped key and its sealed brief."""

    run: Run
    epoch: int
    sealed_key: bytes | None
    brief: bytes | None
    is_first: bool
    """Whether no worker had it before."""


def _begun(row: Row) -> Begun:
    values = row._asdict()
    for name in ("waiting", "told"):
        values.pop(name, None)
    is_first, epoch, brief = values.pop("is_first", False), values.pop("epoch"), values.pop("brief")
    sealed_key = values.pop("sealed_key")
    found = store.run_of({**values, "is_erased": sealed_key is None})
    return Begun(run=found, epoch=epoch, sealed_key=sealed_key, brief=brief, is_first=is_first)


async def begin(tx: Tx, run_id: str, segment: int, worker_id: str) -> Begun | None:
    """Raise a run's epoch, which shuts out whoever held it, and read what its worker needs.

    None when it has ended, waits, has gone on to another segment, or is in another worker's hand.
    """
    (rows,) = await run(tx, (_BEGIN, {"run_id": run_id, "segment": segment, "worker_id": worker_id}))
    return _begun(rows[0]) if rows else None


def claiming(worker_id: str, now: datetime, *, limit: int, workspace_max: int) -> Statement:
    """The statement that claims runs for a worker, takes them in hand, and says so in the log of each new one."""
    values = {"worker_id": worker_id, "now": now, "limit": limit, "workspace_max": workspace_max}
    return _CLAIM, {**values, "type": EventType.WORKER_STARTED.value}


def claimed(rows: Sequence[Row]) -> tuple[list[Begun], bool]:
    """What ``claiming`` took, and whether some that wait were left behind."""
    found = [_begun(row) for row in rows if row.id is not None]
    return found, rows[0].waiting > len(found)


async def names(tx: Tx, run_id: str) -> set[str]:
    """The names of all events that have happened to a run."""
    return set((await tx.execute(select(events.c.name).where(events.c.run_id == run_id))).scalars())


async def change(tx: Tx, run_ids: Sequence[str], **values: object) -> None:
    """Change columns of runs."""
    await tx.execute(update(runs).where(runs.c.id.in_(run_ids)).values(values))


async def sweep(tx: Tx, before: datetime) -> int:
    """Forget the idempotency keys of runs that are gone; returns how many there were."""
    return await idempotency.sweep(tx, runs.c.id, "fo_run_", before)
