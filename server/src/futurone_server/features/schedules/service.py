"""The use cases of schedules: make, look at, change, pause, resume, fire now, delete."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

from futurone_server.eventlog import Seals, record
from futurone_server.features.keys import Capability, Principal
from futurone_server.features.runs import Order, Placed, Run, RunService
from futurone_server.features.schedules import rules, store
from futurone_server.features.schedules.firing import store as firing
from futurone_server.features.schedules.sealing import ScheduleSeals
from futurone_server.features.schedules.types import (
    Change,
    Fire,
    Opened,
    Programme,
    Schedule,
    ScheduleOrder,
    Standing,
    Why,
)
from futurone_server.features.vault import VaultService
from futurone_server.kit.clock import Clock
from futurone_server.kit.errors import Conflict, Gone, NotFound
from futurone_server.kit.ids import new_id
from futurone_server.kit.page import Page, Window
from futurone_server.store import due, idempotency
from futurone_server.store.database import Database, Tx, of_workspace
from futurone_server.store.idempotency import Once
from futurone_server.store.messages import Statement
from futurone_server.store.refusals import AlreadyThereError, ParentMissingError

_ABSENT = "There is no such schedule in this workspace."
_MOVED = "The schedule was changed at the same moment. Look at it again, and try again."


class ScheduleService:
    """What callers can do with schedules: make and change them with runs:create, look at them with runs:read.

    A key reaches the schedules of its projects and agents, and with a test key test schedules alone. A schedule fires
    in the name of the key that last said what it runs, or resumed it, with what that key may do by then.
    """

    def __init__(self, db: Database, clock: Clock, seals: Seals, *, runs: RunService, vault: VaultService) -> None:
        self._db = db
        self._clock = clock
        self._seals = ScheduleSeals(seals)
        self._runs = runs
        self._vault = vault

    async def create(self, caller: Principal, wanted: ScheduleOrder, *, once: Once | None = None) -> Opened:
        """A new schedule. What it runs is checked as an order of its maker. Raises what that does, and Conflict."""
        caller.require(Capability.RUNS_CREATE)
        now = self._clock.now()
        next_at = rules.first_due(wanted.cron, wanted.timezone, now)
        draft, run = await self._checked(caller, wanted.run)
        schedule_id = new_id("sch_", now)
        sealed_key, sealed_run = self._seals.seal(caller.workspace_id, schedule_id, run)
        schedule = Schedule(
            id=schedule_id,
            workspace_id=caller.workspace_id,
            project_id=draft.project_id,
            agent=draft.agent,
            mode=caller.mode,
            name=wanted.name,
            cron=wanted.cron,
            timezone=wanted.timezone,
            missed=wanted.missed,
            daily_cap=wanted.daily_cap,
            key_id=caller.key_id,
            sealed_key=sealed_key,
            sealed_run=sealed_run,
            status=Standing.ACTIVE,
            paused_reason=None,
            held_until=None,
            counted_from=now,
            next_at=next_at,
            last_fire=None,
            revision=1,
            created_at=now,
            updated_at=now,
        )
        return await self._add(caller, schedule, run, once)

    async def _add(self, caller: Principal, schedule: Schedule, run: Programme, once: Once | None) -> Opened:
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            earlier = await self._repeated(tx, caller, once, schedule)
            if earlier is not None:
                return earlier
            if await store.count(tx, caller.workspace_id) >= rules.SCHEDULES_MAX:
                raise Conflict(f"A workspace has at most {rules.SCHEDULES_MAX} schedules. Delete one first.")
            await store.add(tx, schedule)
            await self._put_down(tx, schedule)
            await self._record(tx, caller, "schedule.created", schedule.id, agent=schedule.agent)
        return Opened(schedule=schedule, run=run)

    async def _repeated(self, tx: Tx, caller: Principal, once: Once | None, schedule: Schedule) -> Opened | None:
        """What the same request made before, if it did."""
        within = {"workspace_id": caller.workspace_id, "project_id": schedule.project_id}
        earlier = await idempotency.claim(tx, once, **within, resource_id=schedule.id, at=schedule.created_at)
        if earlier is None:
            return None
        try:
            return replace(self._opened(await self._get(tx, caller, earlier)), replayed=True)
        except NotFound:
            raise Gone("The schedule that this Idempotency-Key made has been deleted.") from None

    async def _checked(self, caller: Principal, run: Programme) -> tuple[Run, Programme]:
        """The run that an order would become, and the order with its project and agent settled."""
        draft = await self._runs.draft(caller, run.order, request_id="")
        await self._vault.check_exist(caller.workspace_id, run.order.files)
        settled = replace(run.order, project_id=draft.project_id, agent=draft.agent)
        return draft, replace(run, order=settled)

    async def get(self, caller: Principal, schedule_id: str) -> Opened:
        """One schedule with what it runs. Raises NotFound."""
        caller.require(Capability.RUNS_READ)
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            return self._opened(await self._get(tx, caller, schedule_id))

    async def list(self, caller: Principal, window: Window) -> Page[Opened]:
        """The schedules that the caller's key reaches, newest first."""
        caller.require(Capability.RUNS_READ)
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            page = await store.page(tx, caller, window)
        opened = tuple(self._opened(one) for one in page.items)
        return Page(items=opened, total=page.total, window=page.window, next_after=page.next_after)

    async def fires(self, caller: Principal, schedule_id: str, window: Window) -> Page[Fire]:
        """What became of a schedule's due times, the newest first. Raises NotFound."""
        caller.require(Capability.RUNS_READ)
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            await self._get(tx, caller, schedule_id)
            return await store.fires(tx, schedule_id, window)

    async def change(self, caller: Principal, schedule_id: str, change: Change) -> Opened:
        """Change a schedule. Who says what it runs is who it runs for from then on.

        Raises NotFound, what an order raises, and Conflict when somebody changed it at the same moment.
        """
        caller.require(Capability.RUNS_CREATE)
        seen = await self._seen(caller, schedule_id)
        said = {name: value for name, value in vars(change).items() if value is not None and name != "run"}
        values: dict[str, object] = dict(said)
        cron, timezone = change.cron or seen.cron, change.timezone or seen.timezone
        if (cron, timezone) != (seen.cron, seen.timezone):
            now = self._clock.now()
            first = rules.first_due(cron, timezone, now)
            values["next_at"] = seen.next_at if seen.next_at <= now else first
            values["held_until"] = None
        if change.daily_cap is not None:
            values["held_until"] = None
        if change.run is not None:
            values |= await self._rewritten(caller, seen, change.run)
            said["run"] = True
        await self._apply(caller, seen, "schedule.changed", values, members=sorted(said))
        return await self._shown(caller, schedule_id)

    async def _rewritten(self, caller: Principal, seen: Schedule, run: Programme) -> dict[str, object]:
        draft, settled = await self._checked(caller, run)
        sealed_key, sealed_run = self._seals.seal(seen.workspace_id, seen.id, settled)
        reach = {"project_id": draft.project_id, "agent": draft.agent, "key_id": caller.key_id}
        return {**reach, "sealed_key": sealed_key, "sealed_run": sealed_run}

    async def pause(self, caller: Principal, schedule_id: str) -> Opened:
        """Make no more runs until it is resumed; due times are noted as skipped. Repeatable."""
        caller.require(Capability.RUNS_CREATE)
        seen = await self._seen(caller, schedule_id)
        if seen.status is Standing.ACTIVE:
            values: dict[str, object] = {"status": Standing.PAUSED, "paused_reason": Why.BY_HAND}
            await self._apply(caller, seen, "schedule.paused", values, reason_code=Why.BY_HAND.value)
        return await self._shown(caller, schedule_id)

    async def resume(self, caller: Principal, schedule_id: str) -> Opened:
        """Go on, in the name of the caller's key, for whom what it runs is checked again. Repeatable.

        What is due from now on runs; failed runs are counted afresh. Raises what an order raises.
        """
        caller.require(Capability.RUNS_CREATE)
        seen = await self._seen(caller, schedule_id)
        await self._checked(caller, self._seals.open(seen))
        if seen.status is Standing.PAUSED or seen.held_until is not None:
            going: dict[str, object] = {"status": Standing.ACTIVE, "paused_reason": None, "held_until": None}
            going |= {"counted_from": self._clock.now(), "key_id": caller.key_id}
            await self._apply(caller, seen, "schedule.resumed", going)
        return await self._shown(caller, schedule_id)

    async def run(self, caller: Principal, schedule_id: str, *, request_id: str, once: Once | None = None) -> Placed:
        """Fire now, by hand and in the caller's own name, paused or not; the ledger says so.

        Raises what an order raises.
        """
        caller.require(Capability.RUNS_CREATE)
        seen = await self._seen(caller, schedule_id)
        order: Order = self._seals.open(seen).order
        await self._vault.check_exist(caller.workspace_id, order.files)

        in_its_mode = replace(caller, mode=seen.mode)
        # No two fires stand at one moment, and due times lie on whole minutes: this one is noted a little later.
        for later in count(1):
            at = self._clock.now() + timedelta(microseconds=later)

            def along(made: Run, at: datetime = at) -> list[Statement]:
                return firing.noting_manual(seen, made.id, at)

            try:
                return await self._runs.create(in_its_mode, order, request_id=request_id, once=once, along=along)
            except AlreadyThereError:
                continue
            except ParentMissingError:
                raise NotFound(_ABSENT) from None
        raise AssertionError("count() does not end")

    async def delete(self, caller: Principal, schedule_id: str) -> None:
        """Delete a schedule with its ledger, and destroy the key of what it runs. Its runs stay. Raises NotFound."""
        caller.require(Capability.RUNS_CREATE)
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            seen = await self._get(tx, caller, schedule_id)
            await due.remove(tx, firing.KIND, [rules.due_ref(seen.id, seen.next_at)])
            await store.remove(tx, schedule_id)
            await self._record(tx, caller, "schedule.deleted", schedule_id)

    async def _seen(self, caller: Principal, schedule_id: str) -> Schedule:
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            return await self._get(tx, caller, schedule_id)

    async def _shown(self, caller: Principal, schedule_id: str) -> Opened:
        return self._opened(await self._seen(caller, schedule_id))

    async def _get(self, tx: Tx, caller: Principal, schedule_id: str) -> Schedule:
        found = await store.get(tx, schedule_id)
        if found is None or not rules.is_within_reach(caller, found):
            raise NotFound(_ABSENT)
        return found

    async def _apply(
        self, caller: Principal, seen: Schedule, action: str, values: dict[str, object], **details: object
    ) -> None:
        """Store a change if the schedule is still as it was seen, with its place in the due table. Raises Conflict."""
        now = self._clock.now()
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            if not await store.change(tx, seen, **values, updated_at=now):
                raise Conflict(_MOVED)
            if "next_at" in values:
                await due.remove(tx, firing.KIND, [rules.due_ref(seen.id, seen.next_at)])
                found = await store.get(tx, seen.id)
                assert found is not None
                await self._put_down(tx, found)
            await self._record(tx, caller, action, seen.id, **details)

    async def _put_down(self, tx: Tx, schedule: Schedule) -> None:
        ref = rules.due_ref(schedule.id, schedule.next_at)
        await due.put(tx, firing.KIND, ref, workspace_id=schedule.workspace_id, at=schedule.next_at)

    async def _record(self, tx: Tx, caller: Principal, action: str, schedule_id: str, **details: object) -> None:
        await record(tx, caller.workspace_id, caller.act(action, schedule_id, **details), at=self._clock.now())

    def _opened(self, schedule: Schedule) -> Opened:
        return Opened(schedule=schedule, run=self._seals.open(schedule))
