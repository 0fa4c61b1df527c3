"""The due table: everything that waits for time, claimed under a lease when it is due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Column, Index, Integer, Text, delete, text
from sqlalchemy.dialects.postgresql import insert

from futurone_server.store.database import SYSTEM, Database, Tx
from futurone_server.store.schema import Moment, tenant_table

due = tenant_table(
    "due",
    Column("kind", Text, primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Index("ix_due_at", "at"),
)

ADD = (
    "INSERT INTO due (kind, ref, workspace_id, at) VALUES (%(kind)s, %(ref)s, %(workspace_id)s, %(at)s)"
    " ON CONFLICT (kind, ref) DO UPDATE SET at = excluded.at"
)
"""Put one thing on the table, or move it; for those who bring it along with an event."""

_CLAIM = (
    "UPDATE due SET at = %(lease)s, attempts = attempts + 1 WHERE (kind, ref) IN"
    " (SELECT kind, ref FROM due WHERE at <= %(now)s ORDER BY at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)"
    " RETURNING kind, ref, workspace_id, attempts"
)


@dataclass(frozen=True, kw_only=True)
class Due:
    """Something whose time has come. ``attempts`` counts this one."""

    kind: str
    ref: str
    workspace_id: str
    attempts: int


def row(kind: str, ref: str, workspace_id: str, at: datetime) -> Mapping[str, object]:
    """The values that ``ADD`` takes."""
    return {"kind": kind, "ref": ref, "workspace_id": workspace_id, "at": at}


async def put(tx: Tx, kind: str, ref: str, *, workspace_id: str, at: datetime) -> None:
    """Put one thing on the table, or move it to another time."""
    statement = insert(due).values(row(kind, ref, workspace_id, at))
    await tx.execute(statement.on_conflict_do_update(index_elements=["kind", "ref"], set_={"at": at}))


async def claim(db: Database, now: datetime, *, lease_s: float, limit: int) -> list[Due]:
    """Take what is due, in all workspaces; it comes back after ``lease_s`` seconds unless it is removed."""
    values = {"now": now, "lease": now + timedelta(seconds=lease_s), "limit": limit}
    (rows,) = await db.write(SYSTEM, (_CLAIM, values))
    return [Due(**one._asdict()) for one in rows]


async def remove(tx: Tx, kind: str, refs: Sequence[str]) -> None:
    """What was due is done, or no longer wanted."""
    await tx.execute(delete(due).where(due.c.kind == kind, due.c.ref.in_(refs)))
