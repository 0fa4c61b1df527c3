"""Which workers live: a row that is renewed, and a session lock that frees itself when the process dies.

The lock tells at once of a process that was killed; the row tells of one that hangs (a stopped process keeps its lock).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from futurone_server.features.runs import store as run_store
from futurone_server.features.runs.journal.work import RunWork
from futurone_server.features.runs.liveness import store
from futurone_server.kit import limits
from futurone_server.kit.clock import Clock
from futurone_server.kit.crypto import authenticate
from futurone_server.store.database import SYSTEM, Database, Tx
from futurone_server.store.locks import HeldLock


def lock_of(worker_id: str) -> int:
    """The second half of a worker's lock name: 31 bits of its id."""
    return int.from_bytes(authenticate(b"worker-lock", worker_id.encode())[:4], "big") >> 1


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a look brought to light: workers declared dead, runs by the worker they lost, runs in nobody's hand."""

    buried: tuple[str, ...]
    orphans: Mapping[str, tuple[str, ...]]
    adrift: tuple[str, ...]


class Liveness:
    """One worker's sign of life, and its eye on the others. Times are the database's own."""

    def __init__(self, db: Database, clock: Clock, worker_id: str, host: str) -> None:
        self._db = db
        self._clock = clock
        self.worker_id = worker_id
        self._host = host
        self._lock: HeldLock | None = None
        self._steady_since: float | None = None

    async def enter(self) -> None:
        """Take the lock and write the row; again after the database was away, or after being declared dead."""
        if self._lock is not None:
            await self._lock.release()
        lock = lock_of(self.worker_id)
        self._lock = await HeldLock.take(self._db, store.lock_name(lock))
        async with self._db.transaction(SYSTEM) as tx:
            await store.enter(tx, self.worker_id, host=self._host, lock=lock)

    async def renew(self) -> bool:
        """Say that this worker lives. False when its lock is gone, or when it was declared dead meanwhile."""
        if self._lock is None or not await self._lock.is_held():
            self._steady_since = self._clock.monotonic()
            return False
        (rows,) = await self._db.write(SYSTEM, store.renewing(self.worker_id))
        return bool(rows)

    async def is_last(self) -> bool:
        """Whether no other worker's process is there any more."""
        async with self._db.transaction(SYSTEM) as tx:
            seen = await store.survey(tx, self.worker_id, limits.LEASE_S)
            return all([await store.is_free(tx, other.lock) for other in seen.others])

    async def leave(self) -> None:
        """Go in good order: the row and the lock go."""
        async with self._db.transaction(SYSTEM) as tx:
            await store.remove(tx, self.worker_id)
        if self._lock is not None:
            await self._lock.release()

    async def survey(self, in_hand: Collection[str]) -> Found:
        """Look at all workers and runs, and declare dead workers dead; each is found by one caller only.

        Dead is who let go of its lock and has been silent for a moment, or who has been silent for a whole lease. After
        a restart of the database every lock is free: then the others get time to come back first. A worker that is
        wrongly declared dead loses its runs to a successor and can write nothing more; no harm is done.

        Adrift are runs that should be at work and are in nobody's hand: none, unless something broke in an unforeseen
        place. ``in_hand`` are those that this process works on; what it seems to hold beyond them counts as well.
        """
        async with self._db.transaction(SYSTEM) as tx:
            seen = await store.survey(tx, self.worker_id, limits.LEASE_S)
            buried = []
            if self._is_steady():
                buried = [
                    one.id for one in seen.others if await self._is_gone(tx, one) and await store.remove(tx, one.id)
                ]
        lost = [run_id for run_id in seen.held if run_id not in in_hand]
        return Found(buried=tuple(buried), orphans=seen.orphans, adrift=(*seen.adrift, *lost))

    def _is_steady(self) -> bool:
        """Whether this worker's own connection has held long enough for it to judge others."""
        return self._steady_since is None or self._clock.monotonic() - self._steady_since >= limits.LEASE_S

    async def _is_gone(self, tx: Tx, other: store.Other) -> bool:
        if other.silent_s < limits.SILENCE_S:
            return False
        return other.silent_s >= limits.LEASE_S or await store.is_free(tx, other.lock)

    async def stall(self, work: RunWork, run_id: str) -> bool:
        """Take one run from a worker that is gone."""
        async with self._db.transaction(SYSTEM) as tx:
            run = await run_store.get(tx, run_id)
            if run is None or run.worker_id is None or await store.exists(tx, run.worker_id):
                return False
            return await work.stall(tx, run)
