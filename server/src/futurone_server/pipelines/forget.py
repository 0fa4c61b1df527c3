"""Forgetting: a run's content is erased when its time is over, and the engine's rows after its end."""

from collections.abc import Sequence

from futurone_server.engine import Engine
from futurone_server.features.runs import RunService
from futurone_server.kit.clock import Clock
from futurone_server.store.database import SYSTEM, Database


class Forgetting:
    """The deeds of erasure, for the due table."""

    def __init__(self, db: Database, clock: Clock, runs: RunService, engine: Engine) -> None:
        self._db = db
        self._clock = clock
        self._runs = runs
        self._engine = engine

    async def erase(self, run_id: str) -> None:
        """Destroy a run's key and its ciphertext."""
        async with self._db.transaction(SYSTEM) as tx:
            await self._runs.erase(tx, run_id, self._clock.now())

    async def release(self, run_ids: Sequence[str]) -> None:
        """Delete what the engine remembers of runs' segments."""
        await self._engine.forget([f"{run_id}:" for run_id in run_ids])
