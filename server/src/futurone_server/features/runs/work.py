"""What a worker does with runs: claim, take in hand, journal, end. Crosses workspaces; callers never come here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from futurone_server.eventlog import Draft, EventType, Fenced, RunLog, Write
from futurone_server.features.runs import rules, store
from futurone_server.features.runs.ending import compose_end
from futurone_server.features.runs.plan import Plan
from futurone_server.features.runs.service import House
from futurone_server.features.runs.types import TERMINAL, Ending, InputKind, Run, Status, StepState
from futurone_server.kit import limits
from futurone_server.kit.errors import Gone, NotFound
from futurone_server.store import due
from futurone_server.store.database import SYSTEM, Tx

_CLAIM = text("""
WITH waiting AS (
  SELECT w.id, (SELECT count(*) FROM runs r WHERE r.worker_id IS NOT NULL AND r.workspace_id = w.id) AS busy
  FROM workspaces w
  WHERE EXISTS (SELECT 1 FROM runs r WHERE r.workspace_id = w.id AND r.ready_at IS NOT NULL)
), ranked AS (
  SELECT c.id, w.busy + row_number() OVER (PARTITION BY w.id ORDER BY c.priority, c.ready_at, c.id) AS turn, c.ready_at
  FROM waiting w CROSS JOIN LATERAL (
    SELECT id, priority, ready_at FROM runs
    WHERE workspace_id = w.id AND ready_at IS NOT NULL AND ready_at <= :now
    ORDER BY priority, ready_at LIMIT :limit
  ) c
), picked AS (
  SELECT r.id FROM runs r JOIN ranked k ON k.id = r.id
  WHERE r.ready_at IS NOT NULL AND k.turn <= :workspace_max
  ORDER BY k.turn, k.ready_at LIMIT :limit FOR UPDATE OF r SKIP LOCKED
)
UPDATE runs SET ready_at = NULL, worker_id = :worker_id, since = :now,
  status = CASE WHEN status = 'queued' THEN 'planning' ELSE status END,
  started_at = coalesce(started_at, :now)
WHERE id IN (SELECT id FROM picked)
RETURNING id, segment
""")
_PLANNED = text("UPDATE runs SET status = 'running', steps_total = :total, since = :at WHERE id = :run_id")
_ADD_STEP = text(
    "INSERT INTO run_steps (run_id, workspace_id, step_id, kind, position, depends_on)"
    " VALUES (:run_id, :workspace_id, :step_id, :kind, :position, :depends_on) ON CONFLICT DO NOTHING"
)
_STEP_STARTED = text(
    "UPDATE run_steps SET state = 'running', attempts = :attempt, started_at = :at"
    " WHERE run_id = :run_id AND step_id = :step_id AND state <> 'done'"
)
_STEP_DONE = text(
    "UPDATE run_steps SET state = :state, took_ms = :took_ms WHERE run_id = :run_id AND step_id = :step_id"
)
_ASKED = text(
    "INSERT INTO run_inputs (id, run_id, workspace_id, step_id, kind, state, expires_at)"
    " VALUES (:id, :run_id, :workspace_id, :step_id, :kind, 'open', :expires_at) ON CONFLICT DO NOTHING"
)
_PARKED = text(
    "UPDATE runs SET status = 'awaiting_input', input_id = :input_id, worker_id = NULL, since = :at,"
    " worked_ms = worked_ms + :worked_ms WHERE id = :run_id"
)
_TOOL_CALLS = text("UPDATE runs SET tool_calls = :n WHERE id = :run_id")
_ARTIFACT = text(
    "INSERT INTO run_artifacts"
    " (id, run_id, workspace_id, position, type, media_type, bytes, citations, engine, final, head)"
    " VALUES (:id, :run_id, :workspace_id, :position, :type, :media_type, :bytes, :citations, :engine, false, :head)"
    " ON CONFLICT (id) DO NOTHING"
)


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A run that this worker has claimed, and the segment that is to be carried out."""

    run_id: str
    segment: int


@dataclass(frozen=True, kw_only=True)
class Work:
    """A run in hand: its row, its log, what it is asked to do, and what is done already."""

    run: Run
    log: RunLog
    brief: Mapping[str, object]
    plan: Plan | None
    steps: Mapping[str, StepState]


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a step asks a person. ``shown`` is content: ``{"prompt", "fields", "on_timeout"}``."""

    step_id: str
    kind: InputKind
    shown: Mapping[str, object]
    wait_s: float


class RunWork:
    """The worker's side of runs."""

    def __init__(self, house: House) -> None:
        self._house = house

    @property
    def now(self) -> datetime:
        """Aware UTC time."""
        return self._house.clock.now()

    async def claim(self, worker_id: str, limit: int) -> list[Claimed]:
        """Claim runs that want a worker: in turn between workspaces, by priority within one, up to its cap."""
        values = {
            "now": self.now,
            "limit": limit,
            "worker_id": worker_id,
            "workspace_max": limits.RUNS_PER_WORKSPACE_MAX,
        }
        async with self._house.db.transaction(SYSTEM) as tx:
            return [Claimed(run_id=row.id, segment=row.segment) for row in await tx.execute(_CLAIM, values)]

    async def begin(self, run_id: str, segment: int, worker_id: str) -> Work | None:
        """Take a run in hand; whoever held it before can write no more. None when there is nothing left to do."""
        async with self._house.db.transaction(SYSTEM) as tx:
            try:
                log = await self._house.log.begin(tx, run_id)
            except (Fenced, Gone):
                return None
            run = await store.get(tx, run_id)
            if run is None or run.is_terminal or run.segment != segment or run.status is Status.AWAITING_INPUT:
                return None
            if run.worker_id != worker_id:
                await store.change(tx, run_id, worker_id=worker_id, ready_at=None)
            brief = await self._house.log.contents.get(tx, log.seal, "brief")
            plan, steps = None, {}
            if run.steps_total:
                plan = Plan.from_json(await self._house.log.contents.get(tx, log.seal, "plan"))
                steps = {step.id: step for step in await store.steps(tx, run_id)}
        return Work(run=run, log=log, brief=rules.as_mapping(brief), plan=plan, steps=steps)

    async def result(self, log: RunLog, name: str) -> object:
        """Content of a run in hand by name, such as ``step/s1`` or ``answer/s2``. Raises NotFound."""
        async with self._house.db.transaction(SYSTEM) as tx:
            return await self._house.log.contents.get(tx, log.seal, name)

    async def result_or_none(self, log: RunLog, name: str) -> object:
        """The same, or None when there is none."""
        try:
            return await self.result(log, name)
        except NotFound:
            return None

    def resumed(self, run: Run, status: Status) -> list[Write]:
        """The row changes when a stalled run goes on."""
        statement = text("UPDATE runs SET status = :status, since = :at WHERE id = :run_id")
        return [Write(statement=statement, values={"run_id": run.id, "status": status.value, "at": self.now})]

    def planned(self, work: Work, plan: Plan) -> list[Write]:
        """The row changes that belong to a plan: the run's state, the steps, the sealed plan."""
        run = work.run
        base = {"run_id": run.id, "workspace_id": run.workspace_id}
        writes = [Write(statement=_PLANNED, values={"run_id": run.id, "total": len(plan.steps), "at": self.now})]
        for position, step in enumerate(plan.steps):
            row = {"step_id": step.id, "kind": step.kind, "position": position, "depends_on": list(step.depends_on)}
            writes.append(Write(statement=_ADD_STEP, values={**base, **row}))
        return [*writes, self.content(work.log, "plan", plan.to_json())]

    def content(self, log: RunLog, name: str, value: object) -> Write:
        """Seal content of a run under a name, with an event."""
        return self._house.log.contents.putting(log.seal, name, value)

    def step_started(self, run: Run, step_id: str, attempt: int) -> Write:
        """The row change when a step begins its n-th attempt."""
        values = {"run_id": run.id, "step_id": step_id, "attempt": attempt, "at": self.now}
        return Write(statement=_STEP_STARTED, values=values)

    def step_done(self, run: Run, step_id: str, state: str, took_ms: int) -> Write:
        """The row change when a step ends: ``done``, ``failed`` or ``waiting``."""
        values = {"run_id": run.id, "step_id": step_id, "state": state, "took_ms": took_ms}
        return Write(statement=_STEP_DONE, values=values)

    def tool_calls(self, run: Run, count: int) -> Write:
        """How many tool calls the run has made so far."""
        return Write(statement=_TOOL_CALLS, values={"run_id": run.id, "n": count})

    def parked(self, work: Work, question: Question, *, input_id: str, worked_ms: int) -> tuple[datetime, list[Write]]:
        """The row changes when a run waits for a person from now on: no worker holds it any longer."""
        step_id, kind, shown, wait_s = question.step_id, question.kind, question.shown, question.wait_s
        expires_at = self.now + timedelta(seconds=wait_s)
        base = {"run_id": work.run.id, "workspace_id": work.run.workspace_id}
        parked = {"run_id": work.run.id, "input_id": input_id, "at": self.now, "worked_ms": worked_ms}
        asked = {**base, "id": input_id, "step_id": step_id, "kind": kind.value, "expires_at": expires_at}
        return expires_at, [
            Write(statement=_ASKED, values=asked),
            Write(statement=_PARKED, values=parked),
            Write(statement=due.ADD, values=due.row("input", input_id, work.run.workspace_id, expires_at)),
            self.content(work.log, f"input/{input_id}", shown),
        ]

    def artifact(
        self, work: Work, row: Mapping[str, object], head: Mapping[str, object], content: object
    ) -> list[Write]:
        """The row changes of a new artifact: its facts, its sealed label and hash, its sealed text."""
        artifact_id = str(row["id"])
        sealed = work.log.seal.seal_json(f"artifacts|{artifact_id}", head)
        base = {"run_id": work.run.id, "workspace_id": work.run.workspace_id, "head": sealed}
        return [
            Write(statement=_ARTIFACT, values={**base, **row}),
            self.content(work.log, f"artifact/{artifact_id}", content),
        ]

    async def finish(self, work: Work, ending: Ending, *writes: Write) -> None:
        """End a run in hand: last events, state and consequences in one commit. Raises Fenced if it ended otherwise."""
        composed = compose_end(work.run, ending, self.now, self._house.consequences)
        await work.log.append(*composed.drafts, writes=(*writes, *composed.writes), close=True)

    async def stall(self, tx: Tx, run: Run) -> bool:
        """A run's worker is lost: shut it out and say so. False when the run has ended or waits for nobody."""
        if run.status in TERMINAL or run.status is Status.AWAITING_INPUT:
            return False
        stalled = Draft(type=EventType.STALLED, facts={"recoveries": run.recoveries + 1})
        await self._house.log.add(tx, run.workspace_id, run.id, stalled, fence=True)
        changes = {"status": Status.STALLED.value, "recoveries": run.recoveries + 1, "since": self.now}
        await store.change(tx, run.id, worker_id=None, **changes)
        return True

    async def requeue(self, tx: Tx, run_ids: Sequence[str]) -> None:
        """Runs that no engine segment holds want a worker again."""
        for run_id in run_ids:
            await store.change(tx, run_id, ready_at=self.now)
