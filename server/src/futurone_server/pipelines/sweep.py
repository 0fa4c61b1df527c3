"""The sweep: now and then, what nobody will ask for again is cleared away."""

import asyncio
from datetime import timedelta

import structlog

from futurone_server.features.runs import RunWork
from futurone_server.features.vault import VaultService
from futurone_server.kit.clock import Clock
from futurone_server.kit.errors import Unavailable

_EVERY_S = 600.0
_UPLOAD_LEFTOVER = timedelta(hours=1)
_REPEATS = timedelta(days=7)
"""So long a repeated request is told that what it made was deleted."""

_log = structlog.get_logger("futurone.sweep")


class Sweep:
    """Clears what interrupted uploads left behind, and idempotency keys that outlived what they made."""

    def __init__(self, work: RunWork, vault: VaultService, clock: Clock) -> None:
        self._work = work
        self._vault = vault
        self._clock = clock
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to sweep."""
        self._task = asyncio.create_task(self._run(), name="sweep")

    async def stop(self) -> None:
        """Sweep no longer."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_S)
            try:
                count = await self.round()
            except Unavailable:
                continue
            except Exception as error:  # noqa: BLE001 - the sweep must outlive any single defect, and say so
                _log.error("sweep.defect", error=type(error).__name__)
                continue
            if count:
                _log.info("sweep.cleared", count=count)

    async def round(self) -> int:
        """Sweep once; returns how much was cleared."""
        now = self._clock.now()
        uploads = await self._vault.sweep(now - _UPLOAD_LEFTOVER)
        repeats = await self._work.sweep(now - _REPEATS) + await self._vault.forget_repeats(now - _REPEATS)
        return uploads + repeats
