"""Rounds: something done again and again in the background, which outlives any single defect and says so."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from futurone_server.kit.errors import Unavailable

_log = structlog.get_logger("futurone.rounds")


class Rounds:
    """Makes a round every few seconds. What must happen is a row: a round only looks for what there is to do."""

    def __init__(self, name: str, round_: Callable[[], Awaitable[object]], *, every_s: float) -> None:
        self._name = name
        self._round = round_
        self._every_s = every_s
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; the first round comes after the first wait."""
        self._task = asyncio.create_task(self._run(), name=self._name)

    async def stop(self) -> None:
        """Make no more rounds."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self._round()
            except Unavailable:
                _log.info("rounds.waiting_for_database", of=self._name)
            except Exception as error:  # noqa: BLE001 - the next round may do better, and must come
                _log.error("rounds.defect", of=self._name, error=type(error).__name__)
