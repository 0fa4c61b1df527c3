"""Which workers live: a row that is renewed, and a session lock that frees itself when the process dies.

The lock tells at once of a process that was killed; the row tells of one that hangs (a stopped process keeps its lock).
"""

import psycopg
from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert

from futurone_server.features.runs import store
from futurone_server.features.runs.tables import runs, workers
from futurone_server.features.runs.work import RunWork
from futurone_server.kit import limits
from futurone_server.kit.clock import Clock
from futurone_server.kit.crypto import authenticate
from futurone_server.store.database import SYSTEM, Database, Tx

_LOCK_SPACE = 0x46_4F  # the first half of the advisory lock's name: ours, whatever else uses the database
_TRY = text("SELECT pg_try_advisory_xact_lock(:space, :lock)")
_SEEN = text("UPDATE workers SET seen_at = now() WHERE id = :id RETURNING id")
_OTHERS = text("SELECT id, lock, extract(epoch FROM now() - seen_at)::float AS silent_s FROM workers WHERE id <> :me")


def lock_of(worker_id: str) -> int:
    """The second half of a worker's lock name: 31 bits of its id."""
    return int.from_bytes(authenticate(b"worker-lock", worker_id.encode())[:4], "big") >> 1


class Liveness:
    """One worker's sign of life, and its eye on the others. Times are the database's own."""

    def __init__(self, db: Database, clock: Clock, worker_id: str, host: str) -> None:
        self._db = db
        self._clock = clock
        self.worker_id = worker_id
        self._host = host
        self._held: psycopg.AsyncConnection[tuple[object, ...]] | None = None
        self._steady_since: float | None = None

    async def enter(self) -> None:
        """Take the lock and write the row; again after the database was away, or after being declared dead."""
        if self._held is not None:
            await self._held.close()
        self._held = await self._db.connection()
        await self._held.execute("SELECT pg_advisory_lock(%s, %s)", (_LOCK_SPACE, lock_of(self.worker_id)))
        async with self._db.transaction(SYSTEM) as tx:
            row = {"id": self.worker_id, "host": self._host, "lock": lock_of(self.worker_id)}
            statement = insert(workers).values(**row, started_at=text("now()"), seen_at=text("now()"), draining=False)
            await tx.execute(statement.on_conflict_do_update(index_elements=["id"], set_={"seen_at": text("now()")}))

    async def renew(self) -> bool:
        """Say that this worker lives. False when it was declared dead meanwhile."""
        if self._held is None:
            return False
        try:
            await self._held.execute("SELECT 1")
        except psycopg.Error:
            self._steady_since = self._clock.monotonic()
            return False
        async with self._db.transaction(SYSTEM) as tx:
            return (await tx.execute(_SEEN, {"id": self.worker_id})).one_or_none() is not None

    async def leave(self) -> None:
        """Go in good order: the row and the lock go."""
        async with self._db.transaction(SYSTEM) as tx:
            await tx.execute(delete(workers).where(workers.c.id == self.worker_id))
        if self._held is not None:
            await self._held.close()

    async def drain(self) -> None:
        """Say that this worker takes nothing more."""
        async with self._db.transaction(SYSTEM) as tx:
            await tx.execute(update(workers).where(workers.c.id == self.worker_id).values(draining=True))

    async def bury(self) -> list[str]:
        """Declare dead workers dead. Returns their ids, each to one caller only.

        Dead is who let go of its lock and has been silent for a moment, or who has been silent for a whole lease. After
        a restart of the database every lock is free: then the others get time to come back first. A worker that is
        wrongly declared dead loses its runs to a successor and can write nothing more; no harm is done.
        """
        buried: list[str] = []
        if self._steady_since is not None and self._clock.monotonic() - self._steady_since < limits.LEASE_S:
            return buried
        async with self._db.transaction(SYSTEM) as tx:
            for row in (await tx.execute(_OTHERS, {"me": self.worker_id})).all():
                if row.silent_s < limits.SILENCE_S:
                    continue
                free = (await tx.execute(_TRY, {"space": _LOCK_SPACE, "lock": row.lock})).scalar_one()
                if not free and row.silent_s < limits.LEASE_S:
                    continue
                gone = await tx.execute(delete(workers).where(workers.c.id == row.id).returning(workers.c.id))
                if gone.one_or_none() is not None:
                    buried.append(row.id)
        return buried

    async def orphans(self, tx: Tx) -> dict[str, list[str]]:
        """Runs held by workers that no longer exist, by worker; a query over what is, not a memory of who died."""
        query = select(runs.c.worker_id, runs.c.id).where(
            runs.c.worker_id.is_not(None), runs.c.worker_id.not_in(select(workers.c.id))
        )
        found: dict[str, list[str]] = {}
        for row in await tx.execute(query):
            found.setdefault(row.worker_id, []).append(row.id)
        return found

    async def stall(self, work: RunWork, run_id: str) -> bool:
        """Take one run from a worker that is gone."""
        async with self._db.transaction(SYSTEM) as tx:
            run = await store.get(tx, run_id)
            if run is None or run.worker_id is None:
                return False
            still = select(workers.c.id).where(workers.c.id == run.worker_id)
            if (await tx.execute(still)).one_or_none() is not None:
                return False
            return await work.stall(tx, run)
