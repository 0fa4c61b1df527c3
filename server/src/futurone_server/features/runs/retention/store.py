"""The SQL of erasure: what is forgotten of a run beside its log, the receipt, and what is overdue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select, update

from futurone_server.eventlog import tables as log_tables
from futurone_server.eventlog.contents import erasing as erasing_log
from futurone_server.eventlog.sealing import KEPT
from futurone_server.features.runs.tables import run_artifacts, run_inputs, run_receipts, runs
from futurone_server.features.runs.types import TERMINAL
from futurone_server.kit.ids import new_id
from futurone_server.store.database import Tx
from futurone_server.store.messages import Statement, run
from futurone_server.store.schema import catalogue


class Cause(StrEnum):
    """Why a run's content was erased."""

    ACKNOWLEDGED = "acknowledged"
    TIME_OVER = "time_over"
    AT_END = "at_end"
    RESTORED = "restored"


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """What stands written of an erasure, and how far the key has gone that wrapped the run's."""

    id: str
    run_id: str
    workspace_id: str
    cause: Cause
    erased_at: datetime
    key_epoch: str | None
    sample: bytes | None
    events: int
    contents: int
    artifacts: int
    epoch_hour: int | None
    epoch_destroyed_at: datetime | None


_HEADS = "UPDATE run_artifacts SET head = NULL WHERE run_id = %(run_id)s AND head IS NOT NULL"
_DIGESTS = "UPDATE run_inputs SET answer_digest = NULL WHERE run_id = %(run_id)s AND answer_digest IS NOT NULL"
_RECEIPT = (
    "INSERT INTO run_receipts (id, run_id, workspace_id, cause, erased_at, key_epoch, sample,"
    " events, contents, artifacts)"
    " SELECT %(id)s, h.run_id, h.workspace_id, %(cause)s, %(at)s, h.key_epoch, h.sample,"
    " (SELECT count(*) FROM events e WHERE e.run_id = h.run_id AND e.had_content),"
    " (SELECT count(*) FROM run_contents c WHERE c.run_id = h.run_id),"
    " (SELECT count(*) FROM run_artifacts a WHERE a.run_id = h.run_id)"
    " FROM log_heads h WHERE h.run_id = %(run_id)s"
    " ON CONFLICT (run_id) DO NOTHING"
)
_ERASED = "UPDATE runs SET erased_at = %(at)s WHERE id = %(run_id)s AND erased_at IS NULL RETURNING workspace_id"
_SEALED = {
    "log_heads.sealed_key": log_tables.heads.c.sealed_key,
    "events.content": log_tables.events.c.content,
    "run_contents.sealed": log_tables.contents.c.sealed,
    "run_artifacts.head": run_artifacts.c.head,
    "run_inputs.answer_digest": run_inputs.c.answer_digest,
}
"""Every column that holds a run's key, its ciphertext, or a fingerprint of it."""


def erasing(run_id: str, cause: Cause, at: datetime) -> list[Statement]:
    """The statements that erase a run's content and write the receipt; carried out twice they are as once.

    The last one returns the run's workspace, the first time.
    """
    of_run = {"run_id": run_id}
    receipt = {"id": new_id("rcp_", at), "run_id": run_id, "cause": cause.value, "at": at}
    return [
        *erasing_log(run_id),
        (_HEADS, of_run),
        (_DIGESTS, of_run),
        (_RECEIPT, receipt),
        (_ERASED, {"run_id": run_id, "at": at}),
    ]


async def erase(tx: Tx, run_id: str, cause: Cause, at: datetime) -> str | None:
    """Erase a run's content. Returns its workspace; None when it was erased before, or is gone."""
    *_, rows = await run(tx, *erasing(run_id, cause, at))
    return str(rows[0].workspace_id) if rows else None


async def postpone(tx: Tx, run_id: str, at: datetime) -> None:
    """The content of a run is to be erased at another time."""
    await tx.execute(update(runs).where(runs.c.id == run_id).values(erases_at=at))


async def erasure(tx: Tx, run_id: str) -> Erasure | None:
    """What stands written of a run's erasure."""
    e = log_tables.key_epochs.c
    columns = (*run_receipts.c, e.hour.label("epoch_hour"), e.destroyed_at.label("epoch_destroyed_at"))
    joined = run_receipts.outerjoin(log_tables.key_epochs, e.id == run_receipts.c.key_epoch)
    query = select(*columns).select_from(joined).where(run_receipts.c.run_id == run_id)
    row = (await tx.execute(query)).one_or_none()
    return None if row is None else Erasure(**{**row._asdict(), "cause": Cause(row.cause)})


async def overdue(tx: Tx, before: datetime) -> tuple[int, datetime | None]:
    """How many runs should have been erased before a moment and are not, and since when the first of them."""
    r = runs.c
    query = select(func.count(), func.min(r.erases_at)).where(r.erases_at < before, r.erased_at.is_(None))
    count, since = (await tx.execute(query)).one()
    return int(count), since


async def left_of(tx: Tx, run_id: str) -> dict[str, int]:
    """How many keys and ciphertexts of a run are in the database, by column."""
    found = {}
    for name, column in _SEALED.items():
        query = select(func.count(column)).where(column.table.c.run_id == run_id)
        found[name] = int((await tx.execute(query)).scalar_one())
    return found


async def wrapped_keys(tx: Tx) -> list[tuple[str, str, bytes]]:
    """Every wrapped key of a run that the database holds, with its workspace and run."""
    h = log_tables.heads.c
    query = select(h.workspace_id, h.run_id, h.sealed_key).where(h.sealed_key.is_not(None))
    return [(row.workspace_id, row.run_id, row.sealed_key) for row in await tx.execute(query)]


async def key_columns(tx: Tx) -> list[bytes]:
    """Every value of every column that holds wrapped keys, whosever they are."""
    found: list[bytes] = []
    for table in catalogue.tables.values():
        if "sealed_key" in table.c:
            column = table.c.sealed_key
            found += (await tx.execute(select(column).where(column.is_not(None)))).scalars()
    return found


async def epochs_in_use(tx: Tx) -> dict[str, int]:
    """How many runs have their key wrapped by each hour's key."""
    h = log_tables.heads.c
    counting = select(h.key_epoch, func.count()).where(h.sealed_key.is_not(None), h.key_epoch != KEPT)
    return {row[0]: row[1] for row in await tx.execute(counting.group_by(h.key_epoch))}


async def hanging_on(tx: Tx, epochs: Sequence[str], *, limit: int) -> list[str]:
    """Some of the runs whose key is wrapped by one of these hours' keys."""
    h = log_tables.heads.c
    query = select(h.run_id).where(h.sealed_key.is_not(None), h.key_epoch.in_(epochs)).order_by(h.run_id).limit(limit)
    return list((await tx.execute(query)).scalars())


async def count_unended(tx: Tx) -> int:
    """How many runs have not ended."""
    query = select(func.count()).where(runs.c.status.not_in([status.value for status in TERMINAL]))
    return int((await tx.execute(query)).scalar_one())


async def epochs_left(tx: Tx, before: datetime) -> list[str]:
    """The keys of hours that were left before a moment, and are not destroyed."""
    e = log_tables.key_epochs.c
    query = select(e.id).where(e.closed_at < before, e.destroyed_at.is_(None)).order_by(e.hour)
    return list((await tx.execute(query)).scalars())
