"""The SQL of the worker's side of runs, in the driver's own style: it runs with every step of every run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update

from futurone_server.eventlog.tables import events
from futurone_server.features.runs import store
from futurone_server.features.runs.tables import runs
from futurone_server.features.runs.types import Run
from futurone_server.store.database import Tx, run

CLAIM = """
WITH waiting AS (
  SELECT w.id, (SELECT count(*) FROM runs r WHERE r.worker_id IS NOT NULL AND r.workspace_id = w.id) AS busy
  FROM workspaces w
  WHERE EXISTS (SELECT 1 FROM runs r WHERE r.workspace_id = w.id AND r.ready_at IS NOT NULL)
), ranked AS (
  SELECT c.id, w.busy + row_number() OVER (PARTITION BY w.id ORDER BY c.priority, c.ready_at, c.id) AS turn, c.ready_at
  FROM waiting w CROSS JOIN LATERAL (
    SELECT id, priority, ready_at FROM runs
    WHERE workspace_id = w.id AND ready_at IS NOT NULL AND ready_at <= %(now)s
    ORDER BY priority, ready_at LIMIT %(limit)s
  ) c
), picked AS (
  SELECT r.id FROM runs r JOIN ranked k ON k.id = r.id
  WHERE r.ready_at IS NOT NULL AND k.turn <= %(workspace_max)s
  ORDER BY k.turn, k.ready_at LIMIT %(limit)s FOR UPDATE OF r SKIP LOCKED
)
UPDATE runs SET ready_at = NULL, worker_id = %(worker_id)s, since = %(now)s,
  status = CASE WHEN status = 'queued' THEN 'planning' ELSE status END,
  started_at = coalesce(started_at, %(now)s)
WHERE id IN (SELECT id FROM picked)
RETURNING id, segment, recoveries
"""
ADD_STEP = (
    "INSERT INTO run_steps (run_id, workspace_id, step_id, kind, position, depends_on)"
    " VALUES (%(run_id)s, %(workspace_id)s, %(step_id)s, %(kind)s, %(position)s, %(depends_on)s)"
    " ON CONFLICT DO NOTHING"
)
STEP_STARTED = (
    "UPDATE run_steps SET state = 'running', attempts = %(attempt)s, started_at = %(at)s"
    " WHERE run_id = %(run_id)s AND step_id = %(step_id)s AND state <> 'done'"
)
STEP_DONE = (
    "UPDATE run_steps SET state = %(state)s, took_ms = %(took_ms)s, attempts = %(attempt)s, started_at = %(started_at)s"
    " WHERE run_id = %(run_id)s AND step_id = %(step_id)s"
)
ASKED = (
    "INSERT INTO run_inputs (id, run_id, workspace_id, step_id, kind, state, expires_at)"
    " VALUES (%(id)s, %(run_id)s, %(workspace_id)s, %(step_id)s, %(kind)s, 'open', %(expires_at)s)"
    " ON CONFLICT DO NOTHING"
)
PARKED = (
    "UPDATE runs SET status = 'awaiting_input', input_id = %(input_id)s, worker_id = NULL, since = %(at)s,"
    " worked_ms = worked_ms + %(worked_ms)s WHERE id = %(run_id)s"
)
ARTIFACT = (
    "INSERT INTO run_artifacts"
    " (id, run_id, workspace_id, position, type, media_type, bytes, citations, engine, final, head)"
    " VALUES (%(id)s, %(run_id)s, %(workspace_id)s, %(position)s, %(type)s, %(media_type)s, %(bytes)s,"
    " %(citations)s, %(engine)s, false, %(head)s)"
    " ON CONFLICT (id) DO UPDATE SET bytes = excluded.bytes, citations = excluded.citations, head = excluded.head"
)
PLANNED = "UPDATE runs SET status = 'running', steps_total = %(total)s, since = %(at)s WHERE id = %(run_id)s"
TOOL_CALLS = "UPDATE runs SET tool_calls = %(n)s WHERE id = %(run_id)s"
END = (
    "UPDATE runs SET status = %(status)s, confidence = %(confidence)s, error = CAST(%(error)s AS jsonb),"
    " escalation = CAST(%(escalation)s AS jsonb), score = CAST(%(score)s AS jsonb), completed_at = %(at)s,"
    " since = %(at)s, erases_at = %(erases_at)s, worker_id = NULL, ready_at = NULL, input_id = NULL"
    " WHERE id = %(run_id)s"
)
CLOSE_INPUTS = "UPDATE run_inputs SET state = 'closed' WHERE run_id = %(run_id)s AND state = 'open'"
FINAL = "UPDATE run_artifacts SET final = %(final)s WHERE run_id = %(run_id)s"
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


async def begin(tx: Tx, run_id: str, segment: int, worker_id: str) -> Begun | None:
    """Raise a run's epoch, which shuts out whoever held it, and read what its worker needs.

    None when it has ended, waits, has gone on to another segment, or is in another worker's hand.
    """
    (rows,) = await run(tx, (_BEGIN, {"run_id": run_id, "segment": segment, "worker_id": worker_id}))
    if not rows:
        return None
    values = rows[0]._asdict()
    epoch, brief = values.pop("epoch"), values.pop("brief")
    sealed_key = values.pop("sealed_key")
    found = store.run_of({**values, "is_erased": sealed_key is None})
    return Begun(run=found, epoch=epoch, sealed_key=sealed_key, brief=brief)


async def claim(tx: Tx, values: Mapping[str, object]) -> list[tuple[str, int, int]]:
    """Claim runs for a worker: ids, the segments that are to be carried out, and how often their worker was lost."""
    (rows,) = await run(tx, (CLAIM, values))
    return [(row.id, row.segment, row.recoveries) for row in rows]


async def names(tx: Tx, run_id: str) -> set[str]:
    """The names of all events that have happened to a run."""
    return set((await tx.execute(select(events.c.name).where(events.c.run_id == run_id))).scalars())


async def change(tx: Tx, run_ids: Sequence[str], **values: object) -> None:
    """Change columns of runs."""
    await tx.execute(update(runs).where(runs.c.id.in_(run_ids)).values(values))
