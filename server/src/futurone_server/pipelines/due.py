"""The due table at work: what is due is claimed under a lease, done, and removed; what fails comes back later."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from futurone_server.kit.clock import Clock
from futurone_server.kit.errors import Unavailable
from futurone_server.store import due
from futurone_server.store.database import SYSTEM, Database

_EVERY_S = 1.0
_LEASE_S = 60.0
_BATCH = 200
_log = structlog.get_logger("futurone.due")

Deed = Callable[[str], Awaitable[None]]
"""What is to be done when something is due; takes its reference, and must bear being done twice."""

BulkDeed = Callable[[Sequence[str]], Awaitable[None]]
"""The same for many references at once, where one by one would be dear."""


class DueTable:
    """Looks once a second for what is due."""

    def __init__(self, db: Database, clock: Clock, deeds: Mapping[str, Deed], bulk: Mapping[str, BulkDeed]) -> None:
        self._db = db
        self._clock = clock
        self._deeds = deeds
        self._bulk = bulk
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
        found = await due.claim(self._db, self._clock.now(), lease_s=_LEASE_S, limit=_BATCH)
        groups: dict[str, list[str]] = {}
        for one in found:
            groups.setdefault(one.kind, []).append(one.ref)
        for kind, refs in groups.items():
            if kind in self._bulk:
                await self._do(kind, refs, self._bulk[kind](refs))
            else:
                for ref in refs:
                    await self._do(kind, [ref], self._deeds[kind](ref))
        return len(found)

    async def _do(self, kind: str, refs: list[str], deed: Awaitable[None]) -> None:
        try:
            await deed
        except Exception as error:  # noqa: BLE001 - one deed's defect must not keep the others from being done
            _log.error("due.deed_failed", kind=kind, count=len(refs), error=type(error).__name__)
            return
        async with self._db.transaction(SYSTEM) as tx:
            await due.remove(tx, kind, refs)
