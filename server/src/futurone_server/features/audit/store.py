"""The SQL of the audit trail's readers."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select, update

from futurone_server.eventlog.tables import audit_heads, audit_lines
from futurone_server.features.audit.types import Filter, Head, Record
from futurone_server.kit.page import Page, Window
from futurone_server.store.database import Tx

_L = audit_lines.c
_COLUMNS = (_L.seq, _L.at, _L.line, _L.hash)


def _conditions(workspace_id: str, wanted: Filter) -> "list[ColumnElement[bool]]":
    found = [_L.workspace_id == workspace_id, *(_L[name] == value for name, value in wanted.names().items())]
    if wanted.since is not None:
        found.append(_L.at >= wanted.since)
    if wanted.before is not None:
        found.append(_L.at < wanted.before)
    return found


async def page(tx: Tx, workspace_id: str, wanted: Filter, window: Window) -> Page[Record]:
    """The lines of a workspace that match, newest first."""
    mine = _conditions(workspace_id, wanted)
    total = (await tx.execute(select(func.count()).select_from(audit_lines).where(*mine))).scalar_one()
    query = select(*_COLUMNS).where(*mine).order_by(_L.seq.desc())
    if window.after is not None:
        query = query.where(_L.seq < int(window.after[0]))
    rows = (await tx.execute(query.offset(window.offset).limit(window.limit + 1))).all()
    found = tuple(Record(**row._mapping) for row in rows[: window.limit])
    more = (str(found[-1].seq),) if len(rows) > window.limit else None
    return Page(items=found, total=total, window=window, next_after=more)


async def after(tx: Tx, workspace_id: str, seq: int, *, upto: int, limit: int) -> list[Record]:
    """The lines after a number up to another, in their order."""
    query = select(*_COLUMNS).where(_L.workspace_id == workspace_id, _L.seq > seq, _L.seq <= upto)
    return [Record(**row._mapping) for row in await tx.execute(query.order_by(_L.seq).limit(limit))]


def _heads() -> "tuple[ColumnElement[object], ...]":
    c = audit_heads.c
    return (c.workspace_id, c.seq, c.hash, c.anchored)


async def head(tx: Tx, workspace_id: str) -> Head | None:
    """Where a workspace's trail stands; None when nothing has happened in it."""
    row = (await tx.execute(select(*_heads()).where(audit_heads.c.workspace_id == workspace_id))).one_or_none()
    return None if row is None else Head(**row._mapping)


async def unanchored(tx: Tx, *, lines: int, before: datetime) -> Sequence[Head]:
    """The trails that have grown by so many lines since they were last signed outside, or at all since a moment."""
    c = audit_heads.c
    is_old = or_(c.anchored_at.is_(None), c.anchored_at < before)
    query = select(*_heads()).where(c.seq > c.anchored, or_(c.seq - c.anchored >= lines, is_old))
    return [Head(**row._mapping) for row in await tx.execute(query)]


async def anchored(tx: Tx, head: Head, at: datetime) -> None:
    """A trail has been signed outside as far as this."""
    c = audit_heads.c
    mine = (c.workspace_id == head.workspace_id, c.anchored < head.seq)
    await tx.execute(update(audit_heads).where(*mine).values(anchored=head.seq, anchored_at=at))
