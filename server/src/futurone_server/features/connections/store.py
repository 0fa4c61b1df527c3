"""The SQL of connections."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, delete, func, insert, select, tuple_, update

from futurone_server.features.connections.sealing import Sealed
from futurone_server.features.connections.tables import connections
from futurone_server.features.connections.types import Connection, Health, Kind, Place
from futurone_server.features.keys import Mode
from futurone_server.kit.page import Page, Window
from futurone_server.store.database import Tx

_SHOWN = [column for column in connections.c if not column.name.startswith("sealed_")]


def _connection(row: Row[tuple[object, ...]]) -> Connection:
    one = row._mapping
    return Connection(
        id=one["id"],
        workspace_id=one["workspace_id"],
        mode=Mode(one["mode"]),
        kind=Kind(one["kind"]),
        name=one["name"],
        place=Place(service=one["service"], hint=one["hint"]),
        created_at=one["created_at"],
        updated_at=one["updated_at"],
        health=Health(
            failures=one["failures"],
            failing_since=one["failing_since"],
            last_success_at=one["last_success_at"],
            last_failure_at=one["last_failure_at"],
            last_error=one["last_error"],
        ),
    )


async def add(tx: Tx, connection: Connection, sealed: Sealed, *, created_by: str) -> None:
    """Store a new connection with its sealed secret."""
    values = {
        "id": connection.id,
        "workspace_id": connection.workspace_id,
        "mode": connection.mode.value,
        "kind": connection.kind.value,
        "name": connection.name,
        "service": connection.place.service,
        "hint": connection.place.hint,
        "sealed_key": sealed.key,
        "sealed_secret": sealed.secret,
        "created_by": created_by,
        "created_at": connection.created_at,
        "updated_at": connection.updated_at,
    }
    await tx.execute(insert(connections).values(values))


async def count(tx: Tx, workspace_id: str) -> int:
    """How many connections a workspace has; a second count waits until this transaction is over."""
    await tx.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"connections {workspace_id}"))))
    query = select(func.count()).select_from(connections).where(connections.c.workspace_id == workspace_id)
    return int((await tx.execute(query)).scalar_one())


async def get(tx: Tx, workspace_id: str, connection_id: str, *, mode: Mode | None) -> Connection | None:
    """One connection of a workspace, if the mode sees it."""
    c = connections.c
    query = select(*_SHOWN).where(c.id == connection_id, c.workspace_id == workspace_id)
    if mode is not None:
        query = query.where(c.mode == mode.value)
    row = (await tx.execute(query)).one_or_none()
    return None if row is None else _connection(row)


async def present(tx: Tx, workspace_id: str, connection_ids: Sequence[str], *, mode: Mode) -> set[str]:
    """Which of these connections the workspace has for runs of a mode."""
    c = connections.c
    query = select(c.id).where(c.workspace_id == workspace_id, c.id.in_(connection_ids), c.mode == mode.value)
    return set((await tx.execute(query)).scalars())


async def page(tx: Tx, workspace_id: str, window: Window, *, mode: Mode | None) -> Page[Connection]:
    """The connections of a workspace, newest first."""
    c = connections.c
    mine = [c.workspace_id == workspace_id]
    if mode is not None:
        mine.append(c.mode == mode.value)
    total = (await tx.execute(select(func.count()).select_from(connections).where(*mine))).scalar_one()
    query = select(*_SHOWN).where(*mine).order_by(c.created_at.desc(), c.id.desc())
    if window.after is not None:
        at, connection_id = datetime.fromisoformat(window.after[0]), window.after[1]
        query = query.where(tuple_(c.created_at, c.id) < tuple_(at, connection_id))
    rows = (await tx.execute(query.offset(window.offset).limit(window.limit + 1))).all()
    found = tuple(_connection(row) for row in rows[: window.limit])
    more = (found[-1].created_at.isoformat(), found[-1].id) if len(rows) > window.limit else None
    return Page(items=found, total=total, window=window, next_after=more)


async def change(tx: Tx, connection_id: str, **values: object) -> None:
    """Change columns of a connection."""
    await tx.execute(update(connections).where(connections.c.id == connection_id).values(values))


async def remove(tx: Tx, connection_id: str) -> None:
    """Delete a connection with its secret."""
    await tx.execute(delete(connections).where(connections.c.id == connection_id))
