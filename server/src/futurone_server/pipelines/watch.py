"""The watch: every worker says that it lives, and hands the runs of dead ones on."""

import asyncio
from collections.abc import Callable, Collection

import structlog

from futurone_server.engine import Engine
from futurone_server.features.runs import Liveness, RunWork
from futurone_server.kit import limits
from futurone_server.kit.errors import Unavailable
from futurone_server.store.database import SYSTEM, Database

_RETRY_S = 0.5
_log = structlog.get_logger("futurone.watch")


class Watch:
    """Renews this worker's sign of life and looks after the others."""

    def __init__(self, db: Database, desk: RunWork, engine: Engine, liveness: Liveness) -> None:
        self._db = db
        self._desk = desk
        self._engine = engine
        self._liveness = liveness
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.on_requeue: Callable[[], None] = lambda: None
        self.in_hand: Callable[[], Collection[str]] = tuple

    def hint(self, _: str = "") -> None:
        """Look now instead of at the next turn."""
        self._wake.set()

    async def start(self) -> None:
        """Enter the list of the living, look once, then keep looking."""
        while not await self._entered():  # noqa: ASYNC110 - what it waits for is the database
            await asyncio.sleep(_RETRY_S)
        self._task = asyncio.create_task(self._run(), name="watch")

    async def _entered(self) -> bool:
        try:
            await self._liveness.enter()
            await self.look()
        except Unavailable:
            _log.info("watch.waiting_for_database")
            return False
        return True

    async def stop(self) -> bool:
        """Leave the list of the living. Returns whether this was the last of them."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        try:
            is_last = await self._liveness.is_last()
            await self._liveness.leave()
        except Unavailable:
            _log.info("watch.left_without_word")
            return False
        return is_last

    async def _run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(limits.HEARTBEAT_WORKER_S):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            try:
                if not await self._liveness.renew():
                    await self._liveness.enter()
                await self.look()
            except Unavailable:
                _log.info("watch.waiting_for_database")
            except Exception as error:  # noqa: BLE001 - the watch must outlive any single defect, and say so
                _log.error("watch.defect", error=type(error).__name__)

    async def look(self) -> None:
        """Declare the dead dead, and hand on every run that no living worker holds."""
        found = await self._liveness.survey(self.in_hand())
        for worker_id in found.buried:
            _log.warning("worker.lost", worker_id=worker_id)
            self._wake.set()  # its runs are orphans at the next look, which may as well be now
        for worker_id, run_ids in found.orphans.items():
            await self._hand_on(worker_id, run_ids)
        for run_id in found.adrift:
            _log.error("run.adrift", run_id=run_id)
            await self._desk.give_back(run_id, self._engine.worker_id)
            self.on_requeue()

    async def _hand_on(self, worker_id: str, run_ids: Collection[str]) -> None:
        """What the engine had begun it resumes; what was claimed and never begun goes back into the queue."""
        begun = {key.partition(":")[0]: key for key in await self._engine.pending(worker_id)}
        stalled = [run_id for run_id in run_ids if await self._liveness.stall(self._desk, run_id)]
        await self._engine.resume([begun[run_id] for run_id in stalled if run_id in begun])
        async with self._db.transaction(SYSTEM) as tx:
            await self._desk.requeue(tx, [run_id for run_id in stalled if run_id not in begun])
        _log.warning("runs.handed_on", worker_id=worker_id, runs=len(stalled))
        self.on_requeue()
