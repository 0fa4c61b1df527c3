"""Schedules: runs that are placed when their time comes."""

from typing import Unpack

from futurone import _schedule_calls as calls
from futurone._async import AsyncDriver
from futurone._orders import RunOrder, ScheduleChanges, ScheduleSettings
from futurone._pages import AsyncPages, Pages
from futurone._run_models import Run
from futurone._schedule_models import Schedule, ScheduleFire
from futurone._sync import SyncDriver


class Schedules:
    """``client.schedules``. Every method raises a FuturOneError when it does not succeed."""

    def __init__(self, driver: SyncDriver) -> None:
        self._driver = driver

    def create(
        self,
        name: str,
        cron: str,
        *,
        run: RunOrder,
        idempotency_key: str | None = None,
        **settings: Unpack[ScheduleSettings],
    ) -> Schedule:
        """Run something whenever ``cron`` says, by the clocks of ``timezone`` (by default UTC).

        ``run`` is what ``client.runs.create`` takes, and is checked now as it would be then. Raises InvalidRequestError
        naming what does not fit.
        """
        members = {"name": name, "cron": cron, "run": run, **settings}
        return self._driver.perform(calls.create(members, idempotency_key=idempotency_key))

    def list(self, *, page_size: int | None = None) -> Pages[Schedule]:
        """The schedules that the key reaches, newest first."""
        return Pages(self._driver, lambda cursor: calls.schedule_page(page_size, cursor))

    def get(self, schedule_id: str) -> Schedule:
        """A schedule with what it runs and when it is due next."""
        return self._driver.perform(calls.get(schedule_id))

    def change(self, schedule_id: str, **changes: Unpack[ScheduleChanges]) -> Schedule:
        """Change what is named. With another ``run`` it fires in the name of this client's key from then on."""
        return self._driver.perform(calls.change(schedule_id, changes))

    def pause(self, schedule_id: str) -> Schedule:
        """Have it make no more runs until it is resumed."""
        return self._driver.perform(calls.act(schedule_id, "pause"))

    def resume(self, schedule_id: str) -> Schedule:
        """Have it go on, in the name of this client's key."""
        return self._driver.perform(calls.act(schedule_id, "resume"))

    def run(self, schedule_id: str, *, idempotency_key: str | None = None) -> Run:
        """A run of what it runs, now, paused or not."""
        return self._driver.perform(calls.run(schedule_id, idempotency_key=idempotency_key))

    def delete(self, schedule_id: str) -> None:
        """Delete a schedule with its ledger; its runs stay."""
        self._driver.perform(calls.delete(schedule_id))

    def fires(self, schedule_id: str, *, page_size: int | None = None) -> Pages[ScheduleFire]:
        """What became of its due times, newest first: each stands there once."""
        return Pages(self._driver, lambda cursor: calls.fire_page(schedule_id, page_size, cursor))


class AsyncSchedules:
    """``client.schedules`` of the asyncio client."""

    def __init__(self, driver: AsyncDriver) -> None:
        self._driver = driver

    async def create(
        self,
        name: str,
        cron: str,
        *,
        run: RunOrder,
        idempotency_key: str | None = None,
        **settings: Unpack[ScheduleSettings],
    ) -> Schedule:
        """Run something whenever ``cron`` says, by the clocks of ``timezone`` (by default UTC).

        ``run`` is what ``client.runs.create`` takes, and is checked now as it would be then. Raises InvalidRequestError
        naming what does not fit.
        """
        members = {"name": name, "cron": cron, "run": run, **settings}
        return await self._driver.perform(calls.create(members, idempotency_key=idempotency_key))

    def list(self, *, page_size: int | None = None) -> AsyncPages[Schedule]:
        """The schedules that the key reaches, newest first."""
        return AsyncPages(self._driver, lambda cursor: calls.schedule_page(page_size, cursor))

    async def get(self, schedule_id: str) -> Schedule:
        """A schedule with what it runs and when it is due next."""
        return await self._driver.perform(calls.get(schedule_id))

    async def change(self, schedule_id: str, **changes: Unpack[ScheduleChanges]) -> Schedule:
        """Change what is named. With another ``run`` it fires in the name of this client's key from then on."""
        return await self._driver.perform(calls.change(schedule_id, changes))

    async def pause(self, schedule_id: str) -> Schedule:
        """Have it make no more runs until it is resumed."""
        return await self._driver.perform(calls.act(schedule_id, "pause"))

    async def resume(self, schedule_id: str) -> Schedule:
        """Have it go on, in the name of this client's key."""
        return await self._driver.perform(calls.act(schedule_id, "resume"))

    async def run(self, schedule_id: str, *, idempotency_key: str | None = None) -> Run:
        """A run of what it runs, now, paused or not."""
        return await self._driver.perform(calls.run(schedule_id, idempotency_key=idempotency_key))

    async def delete(self, schedule_id: str) -> None:
        """Delete a schedule with its ledger; its runs stay."""
        await self._driver.perform(calls.delete(schedule_id))

    def fires(self, schedule_id: str, *, page_size: int | None = None) -> AsyncPages[ScheduleFire]:
        """What became of its due times, newest first: each stands there once."""
        return AsyncPages(self._driver, lambda cursor: calls.fire_page(schedule_id, page_size, cursor))
