"""The firing of schedules: what is due becomes a run, or a line that says why not; each due time once, whoever dies."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from futurone_server.eventlog import Actor, AuditLine, Seals, record
from futurone_server.features.people import Holders
from futurone_server.features.runs import Run, RunService
from futurone_server.features.schedules import rules
from futurone_server.features.schedules import store as rows
from futurone_server.features.schedules.firing import store
from futurone_server.features.schedules.firing.store import Step
from futurone_server.features.schedules.sealing import ScheduleSeals
from futurone_server.features.schedules.types import Decision, Outcome, Schedule, Standing, Why
from futurone_server.features.vault import VaultService
from futurone_server.kit.clock import Clock
from futurone_server.kit.errors import Refusal, Unavailable
from futurone_server.kit.ids import new_id
from futurone_server.store.database import SYSTEM, Database, Tx, of_workspace
from futurone_server.store.messages import Statement, run
from futurone_server.store.refusals import AlreadyThereError, ParentMissingError

_AT_ONCE = 4
_STEPS_MAX = 20
"""Of one schedule in a row: one that catches up must not keep the others waiting."""

_COLLISIONS_MAX = 5


class Firing:
    """Decides due times, by the due table. Any number of processes may, at the same time."""

    def __init__(
        self, db: Database, clock: Clock, seals: Seals, *, holders: Holders, runs: RunService, vault: VaultService
    ) -> None:
        self._db = db
        self._clock = clock
        self._seals = ScheduleSeals(seals)
        self._holders = holders
        self._runs = runs
        self._vault = vault

    async def fire(self, refs: Sequence[str]) -> None:
        """These entries of the due table have come: decide what is due of their schedules. Bears being done twice.

        Raises Unavailable when one of them could not be decided; it comes back.
        """
        free = asyncio.Semaphore(_AT_ONCE)

        async def one(schedule_id: str) -> None:
            async with free:
                await self._catch_up(schedule_id)

        schedule_ids = dict.fromkeys(rules.schedule_of(ref) for ref in refs)
        tasks = [asyncio.create_task(one(schedule_id), name="fire") for schedule_id in schedule_ids]
        found = await asyncio.gather(*tasks, return_exceptions=True)
        for problem in found:
            if problem is not None:
                raise problem

    async def _catch_up(self, schedule_id: str) -> None:
        """Decide what is due of one schedule; the rest of a long list is on the due table when this returns."""
        steps = collisions = 0
        while steps < _STEPS_MAX:
            async with self._db.transaction(SYSTEM) as tx:
                schedule = await rows.get(tx, schedule_id)
            if schedule is None or schedule.next_at > self._clock.now():
                return
            try:
                await self._step(schedule)
                steps += 1
            except (AlreadyThereError, ParentMissingError):  # somebody else was quicker, or changed it: look again
                collisions += 1
                if collisions > _COLLISIONS_MAX:
                    raise Unavailable("A due time is decided elsewhere, again and again.") from None

    async def _step(self, schedule: Schedule) -> None:
        now = self._clock.now()
        decision = rules.decide(schedule, rules.due_times(schedule, now), now)
        next_at = rules.first_due(schedule.cron, schedule.timezone, decision.times[-1])
        step = Step(decision=decision, next_at=next_at, run_id=None, held_until=schedule.held_until, now=now)
        if decision.outcome is not Outcome.RAN:
            await self._note(schedule, step)
            return
        begin, end = rules.day(schedule, decision.times[0])
        async with self._db.transaction(SYSTEM) as tx:
            ran = await store.count_ran(tx, schedule.id, begin, end)
        if ran >= schedule.daily_cap:
            capped = replace(decision, outcome=Outcome.SKIPPED, reason=Why.CAPPED)
            await self._note(schedule, replace(step, decision=capped, held_until=end))
            return
        await self._run(schedule, replace(step, held_until=None))

    async def _run(self, schedule: Schedule, step: Step) -> None:
        """Place the order in the name of the schedule's key or person; what refuses it pauses the schedule."""

        def along(made: Run) -> list[Statement]:
            return store.deciding(schedule, replace(step, run_id=made.id))

        try:
            holder = await self._holders.holder(schedule.workspace_id, schedule.key_id)
            caller = replace(holder, mode=schedule.mode, acts_as=schedule.id)
            order = self._seals.open(schedule).order
            await self._vault.check_exist(schedule.workspace_id, order.files)
            await self._runs.create(caller, order, request_id=new_id("req_", step.now), along=along)
        except Unavailable:
            raise
        except Refusal as refusal:
            refused = Decision(outcome=Outcome.SKIPPED, times=step.decision.times, reason=refusal.reason)
            await self._note(schedule, replace(step, decision=refused), pause=refusal.reason)

    async def _note(self, schedule: Schedule, step: Step, pause: str | None = None) -> None:
        """Note due times that make no run, and pause the schedule for a reason if there is one."""
        async with self._db.transaction(of_workspace(schedule.workspace_id)) as tx:
            if not await store.lock(tx, schedule):
                raise AlreadyThereError
            await run(tx, *store.deciding(schedule, step))
            if pause is not None:
                await self._pause(tx, schedule, pause)

    async def _pause(self, tx: Tx, schedule: Schedule, reason: str) -> None:
        now = self._clock.now()
        if await rows.change(tx, schedule, status=Standing.PAUSED, paused_reason=reason, updated_at=now):
            actor = Actor(id=schedule.id)
            line = AuditLine(
                action="schedule.paused", actor=actor, resource=schedule.id, details={"reason_code": reason}
            )
            await record(tx, schedule.workspace_id, line, at=now)

    async def look_into(self, run_id: str) -> None:
        """A run that a schedule made has failed: when it was one of too many in a row, pause the schedule."""
        async with self._db.transaction(SYSTEM) as tx:
            schedule = await store.of_run(tx, run_id)
            if schedule is None or schedule.status is Standing.PAUSED:
                return
            if rules.is_failing(await store.last_ends(tx, schedule, rules.FAILURES_MAX)):
                await self._pause(tx, schedule, Why.FAILING)

    async def sweep(self, repeats_before: datetime) -> int:
        """Forget what became of due times long ago, and idempotency keys of deleted schedules from before a moment.

        Returns how many there were.
        """
        fires_before = self._clock.now() - rules.FIRES_KEPT
        async with self._db.transaction(SYSTEM) as tx:
            return await store.sweep(tx, fires_before=fires_before, repeats_before=repeats_before)
