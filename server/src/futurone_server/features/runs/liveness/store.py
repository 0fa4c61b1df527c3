"""The SQL of the living: worker rows, session locks, runs whose worker is gone; by the database's clock."""

from dataclasses import dataclass

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from futurone_server.features.runs.tables import runs, workers
from futurone_server.store.database import Tx

_NOW = text("now()")
_SPACE = 0x464F  # the first half of our advisory locks' names, whatever else uses the database


@dataclass(frozen=True, kw_only=True)
class Other:
    """Another worker: its lock, and for how long it has said nothing."""

    id: str
    lock: int
    silent_s: float


def lock_name(lock: int) -> tuple[int, int]:
    """Both halves of the name of a worker's advisory lock."""
    return _SPACE, lock


async def enter(tx: Tx, worker_id: str, *, host: str, lock: int) -> None:
    """Write a worker's row."""
    statement = insert(workers).values(id=worker_id, host=host, lock=lock, started_at=_NOW, seen_at=_NOW)
    await tx.execute(statement.on_conflict_do_update(index_elements=["id"], set_={"seen_at": _NOW}))


async def renew(tx: Tx, worker_id: str) -> bool:
    """Note that a worker lives; False when it has no row any more."""
    statement = update(workers).where(workers.c.id == worker_id).values(seen_at=_NOW).returning(workers.c.id)
    return (await tx.execute(statement)).one_or_none() is not None


async def remove(tx: Tx, worker_id: str) -> bool:
    """Delete a worker's row; False when somebody else was quicker."""
    statement = delete(workers).where(workers.c.id == worker_id).returning(workers.c.id)
    return (await tx.execute(statement)).one_or_none() is not None


async def others(tx: Tx, worker_id: str) -> list[Other]:
    """All workers but one."""
    silent_s = func.extract("epoch", _NOW - workers.c.seen_at).label("silent_s")
    rows = await tx.execute(select(workers.c.id, workers.c.lock, silent_s).where(workers.c.id != worker_id))
    return [Other(id=row.id, lock=row.lock, silent_s=float(row.silent_s)) for row in rows]


async def is_free(tx: Tx, lock: int) -> bool:
    """Whether nobody holds a worker's lock: its process is gone."""
    space, name = lock_name(lock)
    return bool((await tx.execute(select(func.pg_try_advisory_xact_lock(space, name)))).scalar_one())


async def exists(tx: Tx, worker_id: str) -> bool:
    """Whether a worker has a row."""
    return (await tx.execute(select(workers.c.id).where(workers.c.id == worker_id))).one_or_none() is not None


async def adrift(tx: Tx, quiet_s: float) -> list[str]:
    """Runs that should be at work, and that neither a worker holds nor the queue, for some seconds already."""
    c = runs.c
    at_work = c.status.in_(("queued", "planning", "running", "stalled"))
    nowhere = (
        c.worker_id.is_(None),
        c.ready_at.is_(None),
        c.since < _NOW - func.make_interval(0, 0, 0, 0, 0, 0, quiet_s),
    )
    return list((await tx.execute(select(c.id).where(at_work, *nowhere))).scalars())


async def held(tx: Tx, worker_id: str, quiet_s: float) -> list[str]:
    """Runs that a worker has held for some seconds."""
    c = runs.c
    query = select(c.id).where(c.worker_id == worker_id, c.since < _NOW - func.make_interval(0, 0, 0, 0, 0, 0, quiet_s))
    return list((await tx.execute(query)).scalars())


async def orphans(tx: Tx) -> dict[str, list[str]]:
    """Runs held by workers that no longer exist, by worker."""
    living = select(workers.c.id)
    query = select(runs.c.worker_id, runs.c.id).where(runs.c.worker_id.is_not(None), runs.c.worker_id.not_in(living))
    found: dict[str, list[str]] = {}
    for row in await tx.execute(query):
        found.setdefault(row.worker_id, []).append(row.id)
    return found
