"""What a worker does with runs: claim, take in hand, journal, end. Crosses workspaces; no caller comes here."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from futurone_server.eventlog import Draft, EventType, RunLog, Write
from futurone_server.features.runs import rules
from futurone_server.features.runs import store as run_store
from futurone_server.features.runs.binding import Use, bind, digest_of
from futurone_server.features.runs.house import House
from futurone_server.features.runs.journal import store
from futurone_server.features.runs.journal.ending import compose_end, end_run
from futurone_server.features.runs.plan import Plan
from futurone_server.features.runs.types import TERMINAL, Ending, Failure, InputKind, Run, Spent, Status, StepState
from futurone_server.kit import json, limits
from futurone_server.kit.errors import NotFound, Unavailable
from futurone_server.store import due
from futurone_server.store.database import SYSTEM, Tx

_RETRY_S = 0.5


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A run that this worker has claimed, and the key of what is to be carried out: ``<run>:<segment>.<try>``."""

    begun: store.Begun

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self.begun.run.id

    @property
    def key(self) -> str:
        """The key of the segment that begins."""
        run = self.begun.run
        return f"{run.id}:{run.segment}.{run.recoveries}"


@dataclass(frozen=True, kw_only=True)
class Claims:
    """What one claim got, and whether others that wait had to be left: beyond a cap, or in another worker's hands."""

    runs: tuple[Claimed, ...]
    are_left: bool


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
    """What a step asks a person. ``shown`` is content: ``{"prompt", "fields", "on_timeout", "default"?}``.

    ``use`` is what an approval is about, where that is the use of a tool.
    """

    step_id: str
    kind: InputKind
    shown: Mapping[str, object]
    wait_s: float
    use: Use | None = None


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question as it is put: until when, what is shown with it, the digest that its approval is bound to."""

    shown: Mapping[str, object]
    expires_at: datetime
    digest: str | None
    writes: Sequence[Write]


class RunWork:
    """The worker's side of runs."""

    def __init__(self, house: House) -> None:
        self._house = house

    @property
    def now(self) -> datetime:
        """Aware UTC time."""
        return self._house.clock.now()

    async def claim(self, worker_id: str, limit: int) -> Claims:
        """Claim runs that want a worker: in turn between workspaces, by priority within one, up to its cap.

        Whoever held them before can write no more.
        """
        statement = store.claiming(worker_id, self.now, limit=limit, workspace_max=limits.RUNS_PER_WORKSPACE_MAX)
        (rows,) = await self._house.db.write(SYSTEM, statement)
        found, are_left = store.claimed(rows)
        for begun in found:
            if begun.is_first:
                self._house.log.was_claimed(begun.run.id, begun.run.last_event_id, begun.run.since)
        return Claims(runs=tuple(Claimed(begun=begun) for begun in found), are_left=are_left)

    async def begin(self, run_id: str, segment: int, worker_id: str) -> store.Begun | None:
        """Take a run in hand that another worker left; it can write no more. None when there is nothing left to do."""
        async with self._house.db.transaction(SYSTEM) as tx:
            begun = await store.begin(tx, run_id, segment, worker_id)
            if begun is not None and begun.run.worker_id != worker_id:
                await store.change(tx, [run_id], worker_id=worker_id, ready_at=None)
        return begun

    async def take_up(self, begun: store.Begun) -> Work | None:
        """What there is to do for a run in hand. None when its content has been erased."""
        if begun.sealed_key is None or begun.brief is None:
            return None
        run = begun.run
        seal = self._house.seals.of_run(run.workspace_id, run.id, begun.sealed_key)
        names: set[str] = set()
        plan, steps = None, {}
        if not begun.is_first:
            async with self._house.db.transaction(SYSTEM) as tx:
                names = await store.names(tx, run.id)
                if run.steps_total:
                    plan = Plan.from_json(await self._house.log.contents.get(tx, seal, "plan"))
                    steps = {step.id: step for step in await run_store.steps(tx, run.id)}
        log = self._house.log.in_hand(run.id, epoch=begun.epoch, seal=seal, names=names)
        brief = rules.as_mapping(seal.open_json("contents|brief", begun.brief))
        return Work(run=run, log=log, brief=brief, plan=plan, steps=steps)

    async def result(self, log: RunLog, name: str) -> object:
        """Content of a run in hand by name, such as ``step/s1`` or ``answer/s2``. Raises NotFound.

        While the database is away, waits for it: that is no failure of the step which asks.
        """
        while True:
            try:
                async with self._house.db.transaction(SYSTEM) as tx:
                    return await self._house.log.contents.get(tx, log.seal, name)
            except Unavailable:
                await asyncio.sleep(_RETRY_S)

    async def result_or_none(self, log: RunLog, name: str) -> object:
        """The same, or None when there is none."""
        try:
            return await self.result(log, name)
        except NotFound:
            return None

    def resumed(self, run: Run, status: Status) -> list[Write]:
        """The row changes when a stalled run goes on."""
        return [Write(statement=store.RESUMED, values={"run_id": run.id, "status": status.value, "at": self.now})]

    def planned(self, work: Work, plan: Plan) -> list[Write]:
        """The row changes that belong to a plan: the run's state, the steps, the sealed plan."""
        run = work.run
        base = {"run_id": run.id, "workspace_id": run.workspace_id}
        writes = [Write(statement=store.PLANNED, values={"run_id": run.id, "total": len(plan.steps), "at": self.now})]
        steps = [
            {"step_id": step.id, "kind": step.kind, "position": position, "depends_on": list(step.depends_on)}
            for position, step in enumerate(plan.steps)
        ]
        if plan.revision > 1:
            kept = {"run_id": run.id, "kept": [step.id for step in plan.steps]}
            writes.append(Write(statement=store.DROP_STEPS, values=kept))
        writes.append(Write(statement=store.ADD_STEPS, values={**base, "steps": json.dump(steps).decode()}))
        return [*writes, self.content(work.log, "plan", plan.to_json())]

    def content(self, log: RunLog, name: str, value: object) -> Write:
        """Seal content of a run under a name, with an event."""
        return self._house.log.contents.putting(log.seal, name, value)

    def step_started(self, run: Run, step_id: str, attempt: int, at: datetime) -> Write:
        """The row change when a step begins its n-th attempt."""
        values = {"run_id": run.id, "step_id": step_id, "attempt": attempt, "at": at}
        return Write(statement=store.STEP_STARTED, values=values, supersedes=f"step/{step_id}")

    def step_done(self, run: Run, state: StepState) -> Write:
        """The row change when a step ends: ``done`` or ``failed``. Says all that ``step_started`` said."""
        step_id = state.id
        values: dict[str, object] = {
            "run_id": run.id,
            "step_id": step_id,
            "state": state.state,
            "took_ms": state.took_ms,
        }
        values |= {"attempt": state.attempts, "started_at": state.started_at, "models": list(state.models)}
        values["substitutions"] = json.dump(list(state.substitutions)).decode()
        return Write(statement=store.STEP_DONE, values=values, supersedes=f"step/{step_id}")

    def tool_calls(self, run: Run, count: int) -> Write:
        """How many tool calls the run has made so far."""
        return Write(statement=store.TOOL_CALLS, values={"run_id": run.id, "n": count})

    def spent(self, run: Run, spent: Spent) -> Write:
        """What the run has used of models so far."""
        values = {"run_id": run.id, "input_tokens": spent.input_tokens, "output_tokens": spent.output_tokens}
        values |= {"cost_usd": spent.cost_usd, "priced": spent.is_priced}
        return Write(statement=store.SPENT, values=values, supersedes="spent")

    def parked(self, work: Work, question: Question, *, input_id: str, worked_ms: int) -> Asked:
        """What is asked, with the row changes when a run waits for a person: no worker holds it any longer."""
        step_id, kind = question.step_id, question.kind
        expires_at = self.now + timedelta(seconds=question.wait_s)
        shown, digest = dict(question.shown), None
        if kind is InputKind.APPROVAL:
            use = question.use or Use(tool=None, args={"prompt": shown.get("prompt")})
            step = step_id.partition("!")[0]
            bound = bind(use, run_id=work.run.id, step_id=step, expires_at=expires_at)
            shown, digest = {**shown, "binding": bound}, digest_of(bound)
        base = {"run_id": work.run.id, "workspace_id": work.run.workspace_id}
        parked = {"run_id": work.run.id, "input_id": input_id, "at": self.now, "worked_ms": worked_ms}
        asked = {**base, "id": input_id, "step_id": step_id, "kind": kind.value, "expires_at": expires_at}
        writes = [
            Write(statement=store.ASKED, values={**asked, "digest": digest}),
            Write(statement=store.PARKED, values=parked),
            Write(statement=due.ADD, values=due.row("input", input_id, work.run.workspace_id, expires_at)),
            self.content(work.log, f"input/{input_id}", shown),
            *self._house.askings(work.run, input_id, self.now),
        ]
        return Asked(shown=shown, expires_at=expires_at, digest=digest, writes=writes)

    def artifact(
        self, work: Work, row: Mapping[str, object], head: Mapping[str, object], content: object
    ) -> list[Write]:
        """The row changes of a new artifact: its facts, its sealed label, hash and sources, its sealed text."""
        artifact_id = str(row["id"])
        sealed = work.log.seal.seal_json(f"artifacts|{artifact_id}", head)
        base = {"run_id": work.run.id, "workspace_id": work.run.workspace_id, "head": sealed}
        return [
            Write(statement=store.ARTIFACT, values={**base, **row}),
            self.content(work.log, f"artifact/{artifact_id}", content),
        ]

    async def finish(self, work: Work, ending: Ending, spent: Spent) -> None:
        """End a run in hand: last events, state and consequences in one commit. Raises Fenced if it ended otherwise."""
        composed = compose_end(replace(work.run, spent=spent), ending, self.now, self._house.consequences)
        await work.log.append(*composed.drafts, writes=composed.writes, close=True)

    async def stall(self, tx: Tx, run: Run) -> bool:
        """A run's worker is lost: shut it out and say so. False when the run has ended or waits for nobody."""
        if run.status in TERMINAL or run.status is Status.AWAITING_INPUT:
            return False
        stalled = Draft(type=EventType.STALLED, facts={"recoveries": run.recoveries + 1})
        await self._house.log.add(tx, run.workspace_id, run.id, stalled, fence=True)
        changes = {"status": Status.STALLED.value, "recoveries": run.recoveries + 1, "since": self.now}
        await store.change(tx, [run.id], worker_id=None, **changes)
        return True

    async def give_back(self, run_id: str, worker_id: str) -> None:
        """Let go of a run that this worker could not begin: it stalls, and is claimed again or fails for good."""
        async with self._house.db.transaction(SYSTEM) as tx:
            run = await run_store.get(tx, run_id)
            if run is None or run.worker_id not in (None, worker_id) or run.is_terminal or run.ready_at is not None:
                return
            if run.recoveries >= limits.RECOVERIES_MAX:
                failure = Failure(reason="WORKER_CRASH_LOOP", message="The run could not be taken in hand, repeatedly.")
                await end_run(
                    self._house, tx, run, Ending(status=Status.FAILED, summary=failure.message, failure=failure)
                )
            elif await self.stall(tx, run):
                await store.change(tx, [run_id], ready_at=self.now)

    async def sweep(self, before: datetime) -> int:
        """Forget the idempotency keys of deleted runs, from before a moment; returns how many there were."""
        async with self._house.db.transaction(SYSTEM) as tx:
            return await store.sweep(tx, before)

    async def requeue(self, tx: Tx, run_ids: Sequence[str]) -> None:
        """Runs that no engine segment holds want a worker again."""
        if run_ids:
            await store.change(tx, run_ids, ready_at=self.now)
