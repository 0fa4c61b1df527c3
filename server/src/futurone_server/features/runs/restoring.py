"""The use case of a restored database: what hung on keys that are in no backup is gone, and is said to be."""

from dataclasses import dataclass

from futurone_server.eventlog import EventLog
from futurone_server.features.runs import store
from futurone_server.features.runs.erasure import ErasureService
from futurone_server.features.runs.retention import store as retention
from futurone_server.features.runs.retention.store import Cause
from futurone_server.features.runs.service import RunService
from futurone_server.features.runs.types import Ending, Failure, Status
from futurone_server.store.database import SYSTEM, Database

_BATCH = 50
_LOST = Ending(
    status=Status.FAILED,
    summary="Its content was not in the backup.",
    failure=Failure(reason="CONTENT_ERASED", message="The run's content is not in the backup that was restored."),
)


@dataclass(frozen=True, kw_only=True)
class Restored:
    """How many runs lost their content, how many of them had not ended, and how many go on as they are."""

    erased: int
    ended: int
    going_on: int


class RestoringService:
    """Brings a database that was just restored into order; no server works on it yet."""

    def __init__(self, db: Database, log: EventLog, *, runs: RunService, erasure: ErasureService) -> None:
        self._db = db
        self._log = log
        self._runs = runs
        self._erasure = erasure

    async def settle(self) -> Restored:
        """Erase the runs whose keys are missing here, after ending those that had not ended. Repeatable.

        A run with zero retention hangs on the key of an hour, which is never in a backup: without its order it cannot
        go on. Every other run does, from its last recorded step.
        """
        await self._log.epochs.leave()
        async with self._db.transaction(SYSTEM) as tx:
            named = await retention.epochs_in_use(tx)
        lost = [epoch for epoch in named if self._log.seals.epochs.find(epoch) is None]
        erased = ended = 0
        while lost:
            done = await self._settle_some(lost)
            if not done:
                break
            erased, ended = erased + len(done), ended + sum(done)
        async with self._db.transaction(SYSTEM) as tx:
            going_on = await retention.count_unended(tx)
        return Restored(erased=erased, ended=ended, going_on=going_on)

    async def _settle_some(self, lost: list[str]) -> list[bool]:
        """One commit's worth of runs; for each whether it had to be ended."""
        done = []
        async with self._db.transaction(SYSTEM) as tx:
            for run in await store.get_many(tx, await retention.hanging_on(tx, lost, limit=_BATCH)):
                if not run.is_terminal:
                    await self._runs.end(tx, run, _LOST)
                await self._erasure.erase(tx, run.id, cause=Cause.RESTORED)
                done.append(not run.is_terminal)
        return done
