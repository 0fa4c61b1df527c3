"""The SQL of the living: worker rows, session locks, runs whose worker is gone; by the database's clock."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from futurone_server.features.runs.tables import workers
from futurone_server.store.database import Tx
from futurone_server.store.messages import Statement, run

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


def renewing(worker_id: str) -> Statement:
    """The statement that notes that a worker lives; gives nothing when it has no row any more."""
    return "UPDATE workers SET seen_at = now() WHERE id = %(me)s RETURNING id", {"me": worker_id}


async def remove(tx: Tx, worker_id: str) -> bool:
    """Delete a worker's row; False when somebody else was quicker."""
    statement = delete(workers).where(workers.c.id == worker_id).returning(workers.c.id)
    return (await tx.execute(statement)).one_or_none() is not None


async def is_free(tx: Tx, lock: int) -> bool:
    """Whether nobody holds a worker's lock: its process is gone."""
    space, name = lock_name(lock)
    return bool((await tx.execute(select(func.pg_try_advisory_xact_lock(space, name)))).scalar_one())


async def exists(tx: Tx, worker_id: str) -> bool:
    """Whether a worker has a row."""
    return (await tx.execute(select(workers.c.id).where(workers.c.id == worker_id))).one_or_none() is not None


_OTHERS = "SELECT id, lock, extract(epoch FROM now() - seen_at)::float8 AS silent_s FROM workers WHERE id <> %(me)s"
_ORPHANS = (
    "SELECT r.worker_id, r.id FROM runs r WHERE r.worker_id IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM workers w WHERE w.id = r.worker_id)"
)
_ADRIFT = (
    "SELECT id, worker_id FROM runs"
    " WHERE since < now() - make_interval(secs => %(quiet_s)s) AND (worker_id = %(me)s"
    " OR (status IN ('queued', 'planning', 'running', 'stalled') AND worker_id IS NULL AND ready_at IS NULL))"
)


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What one look finds: the other workers, runs whose worker is gone, runs that may be in nobody's hand."""

    others: tuple[Other, ...]
    orphans: Mapping[str, tuple[str, ...]]
    adrift: tuple[str, ...]
    held: tuple[str, ...]


async def survey(tx: Tx, worker_id: str, quiet_s: float) -> Survey:
    """Look at everything at once; ``adrift`` and ``held`` count after some quiet seconds."""
    me = {"me": worker_id}
    found = await run(tx, (_OTHERS, me), (_ORPHANS, {}), (_ADRIFT, {**me, "quiet_s": quiet_s}))
    orphans: dict[str, tuple[str, ...]] = {}
    for row in found[1]:
        orphans[row.worker_id] = (*orphans.get(row.worker_id, ()), row.id)
    return Survey(
        others=tuple(Other(id=row.id, lock=row.lock, silent_s=row.silent_s) for row in found[0]),
        orphans=orphans,
        adrift=tuple(row.id for row in found[2] if row.worker_id is None),
        held=tuple(row.id for row in found[2] if row.worker_id is not None),
    )
