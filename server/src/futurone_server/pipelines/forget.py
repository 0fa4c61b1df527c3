"""Forgetting: a run's content is erased when its time is over, and the engine's rows after its end."""

from collections.abc import Sequence

from futurone_server.engine import Engine
from futurone_server.features.runs import ErasureService
from futurone_server.store.database import SYSTEM, Database


class Forgetting:
    """The deeds of erasure, for the due table."""

    def __init__(self, db: Database, erasure: ErasureService, engine: Engine) -> None:
        self._db = db
        self._erasure = erasure
        self._engine = engine

    async def erase(self, run_id: str) -> None:
        """Destroy a run's key and its ciphertext."""
        async with self._db.transaction(SYSTEM) as tx:
            await self._erasure.erase(tx, run_id)

    async def release(self, run_ids: Sequence[str]) -> None:
        """Delete what the engine remembers of runs' segments."""
        await self._engine.forget([f"{run_id}:" for run_id in run_ids])
