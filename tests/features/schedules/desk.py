"""Somebody with a key who makes schedules, and sees what becomes of them as time passes."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from futurone_server.eventlog import Content
from futurone_server.features.keys import Principal
from futurone_server.features.runs import Budget, Filter, Order, Run
from futurone_server.features.schedules import Fire, Missed, Opened, Programme, ScheduleOrder
from futurone_server.kit.clock import ManualClock
from futurone_server.kit.page import Window
from futurone_server.main import Server
from house import Tenant, add_tenant, carry_out, open_server, order

DAILY = "0 9 * * *"
"""At nine, half a minute after the clock of these tests begins."""


def programme(task: str = "[test:complete]", **changes: Any) -> Programme:
    """What a schedule is to run."""
    usual: dict[str, Any] = {"agent": "research", "metadata": {}, "budget": Budget()}
    wanted = Order(brief=Content({"task": task}), **{**usual, **changes})
    return Programme(body=Content({"agent": "research", "task": task}), order=wanted)


def wanted(cron: str = DAILY, task: str = "[test:complete]", **changes: Any) -> ScheduleOrder:
    """What is asked of a new schedule."""
    usual: dict[str, Any] = {"name": "Report", "timezone": "UTC", "missed": Missed.ONCE, "daily_cap": 1_000}
    return ScheduleOrder(cron=cron, **{"run": programme(task), **usual, **changes})


@dataclass(frozen=True)
class Planner:
    """A test key in a workspace: its runs are scripted."""

    house: Server
    tenant: Tenant
    clock: ManualClock
    caller: Principal

    async def caller_with(self, **limits: Any) -> Principal:
        """Another key of the workspace."""
        minted = await self.house.desk.keys.create(self.tenant.owner, order(**limits))
        assert minted.token is not None
        return await self.house.desk.keys.authenticate(minted.token)

    async def make(self, cron: str = DAILY, task: str = "[test:complete]", **changes: Any) -> str:
        """A new schedule; returns its id."""
        made = await self.house.desk.schedules.create(self.caller, wanted(cron, task, **changes))
        return made.schedule.id

    async def get(self, schedule_id: str) -> Opened:
        """A schedule as it is now."""
        return await self.house.desk.schedules.get(self.caller, schedule_id)

    async def until(self, moment: str) -> None:
        """Let time pass while nobody looks at the due table."""
        self.clock.advance((datetime.fromisoformat(moment) - self.clock.now()).total_seconds())

    async def tick(self, seconds: float = 0, *, carries_out: bool = False) -> None:
        """Let so many seconds pass, then do all that is due."""
        self.clock.advance(seconds)
        await self.settle()
        if carries_out:
            await carry_out(self.house)
            await self.settle()

    async def settle(self) -> None:
        """Do what is due until nothing is."""
        while await self.house.worker.due.round():
            pass

    async def fires(self, schedule_id: str) -> list[Fire]:
        """The ledger, oldest first, however long it is."""
        found: list[Fire] = []
        window = Window(limit=100)
        while True:
            page = await self.house.desk.schedules.fires(self.caller, schedule_id, window)
            found += page.items
            if page.next_after is None:
                return found[::-1]
            window = Window(limit=100, after=page.next_after)

    async def story(self, schedule_id: str) -> list[tuple[str, str, str | None]]:
        """The ledger in short: day and time in UTC, what became of it, and why."""
        return [
            (f"{fire.due_at:%m-%d %H:%M}", fire.outcome.value, fire.reason) for fire in await self.fires(schedule_id)
        ]

    async def runs(self) -> list[Run]:
        """The runs of the workspace, oldest first."""
        page = await self.house.desk.runs.list(self.caller, Filter(mode="all"), Window(limit=100))
        return list(page.items)[::-1]


@contextlib.asynccontextmanager
async def open_planner(url: str, role: str | None, clock: ManualClock) -> AsyncIterator[Planner]:
    """A server in this process, with one workspace."""
    async with open_server(url, role, clock=clock) as house:
        tenant = await add_tenant(house)
        caller = await house.desk.keys.authenticate(tenant.test)
        yield Planner(house, tenant, clock, caller)
