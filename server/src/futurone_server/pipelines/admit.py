"""Admission: which run starts next, and where. Runs are claimed in turn between workspaces and started at once."""

import asyncio

import structlog

from futurone_server.engine import Engine
from futurone_server.features.runs import Claimed, RunWork
from futurone_server.kit import limits
from futurone_server.kit.errors import Unavailable
from futurone_server.pipelines.conduct import Conductor

_BATCH = 16
_RETRY_S = 1.0
_log = structlog.get_logger("futurone.admit")


class Admission:
    """Claims runs for this worker as long as it has a hand free."""

    def __init__(self, desk: RunWork, engine: Engine, conductor: Conductor) -> None:
        self._desk = desk
        self._engine = engine
        self._conductor = conductor
        self._wake = asyncio.Event()
        self._are_left = True
        self._task: asyncio.Task[None] | None = None

    def hint(self, _: str = "") -> None:
        """Something may wait for a worker."""
        self._wake.set()

    def hand_free(self) -> None:
        """A hand has become free, for what had to be left waiting."""
        if self._are_left:
            self._wake.set()

    def start(self) -> None:
        """Begin to claim."""
        self._task = asyncio.create_task(self._run(), name="admission")

    async def stop(self) -> None:
        """Claim nothing more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                while await self._round():
                    pass
            except Unavailable:
                await asyncio.sleep(_RETRY_S)
                self._wake.set()
            except Exception as error:  # noqa: BLE001 - admission must outlive any single defect, and say so
                _log.error("admission.defect", error=type(error).__name__)
                await asyncio.sleep(_RETRY_S)

    async def _round(self) -> bool:
        """Claim and start some runs. True when there may be more to claim."""
        self._are_left = True  # as long as it is not known: a hand may become free in the meantime
        free = min(_BATCH, limits.RUNS_PER_WORKER_MAX - self._conductor.in_hand)
        if free <= 0:
            return False
        claims = await self._desk.claim(self._engine.worker_id, free)
        self._are_left = claims.are_left
        await asyncio.gather(*(self._start(one) for one in claims.runs))
        return len(claims.runs) == free

    async def _start(self, claimed: Claimed) -> None:
        self._conductor.expect(claimed)
        try:
            await self._engine.start(claimed.key)
        except Exception as error:  # noqa: BLE001 - what was claimed and cannot be started must not be lost
            self._conductor.expect_no_more(claimed)
            _log.error("admission.not_started", run_id=claimed.run_id, error=type(error).__name__)
            await self._desk.give_back(claimed.run_id, self._engine.worker_id)
