"""The due table at work: what is due is claimed under a lease, done, and removed; what fails comes back later."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

from futurone_server.kit.clock import Clock
from futurone_server.kit.errors import Unavailable
from futurone_server.store import due
from futurone_server.store.database import SYSTEM, Database

_EVERY_S = 1.0
_LEASE_S = 60.0
_BATCH = 50
_log = structlog.get_logger("futurone.due")

Deed = Callable[[str], Awaitable[None]]
"""What is to be done when something is due; takes its reference, and must bear being done twice."""


class DueTable:
    """Looks once a second for what is due."""

    def __init__(self, db: Database, clock: Clock, deeds: Mapping[str, Deed]) -> None:
        self._db = db
        self._clock = clock
        self._deeds = deeds
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._run(), name="due")

    async def stop(self) -> None:
        """Look no longer."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                while await self.round() == _BATCH:
                    pass
            except Unavailable:
                _log.info("due.waiting_for_database")
            except Exception as error:  # noqa: BLE001 - the due table must outlive any single defect, and say so
                _log.error("due.defect", error=type(error).__name__)
            await asyncio.sleep(_EVERY_S)

    async def round(self) -> int:
        """Do what is due now; returns how much there was."""
        async with self._db.transaction(SYSTEM) as tx:
            found = await due.claim(tx, self._clock.now(), lease_s=_LEASE_S, limit=_BATCH)
        for one in found:
            try:
                await self._deeds[one.kind](one.ref)
            except Exception as error:  # noqa: BLE001 - one deed's defect must not keep the others from being done
                _log.error("due.deed_failed", kind=one.kind, attempts=one.attempts, error=type(error).__name__)
                continue
            async with self._db.transaction(SYSTEM) as tx:
                await due.remove(tx, one.kind, one.ref)
        return len(found)
