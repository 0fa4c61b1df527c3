"""The SQL of the vault's files. A row is sealed: who opens it is the service's business."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import ColumnElement, Row, Select, delete, func, insert, select, tuple_

from futurone_server.features.vault import rules
from futurone_server.features.vault.tables import vault_files
from futurone_server.features.vault.types import Filter
from futurone_server.kit.page import Page, Window
from futurone_server.store import idempotency
from futurone_server.store.database import Tx

_BATCH = 500


@dataclass(frozen=True, kw_only=True)
class SealedFile:
    """A file as it is stored."""

    id: str
    workspace_id: str
    sealed_key: bytes
    head: bytes
    type: str
    size: int
    folder_id: str | None
    index_state: str
    created_at: datetime
    updated_at: datetime


_COLUMNS = [vault_files.c[one.name] for one in fields(SealedFile)]


def _file(row: Row[tuple[object, ...]]) -> SealedFile:
    return SealedFile(**row._mapping)


async def add(tx: Tx, file: SealedFile) -> None:
    """Store a new file."""
    await tx.execute(insert(vault_files).values(vars(file)))


async def get(tx: Tx, workspace_id: str, file_id: str) -> SealedFile | None:
    """One file of a workspace."""
    found = await many(tx, workspace_id, [file_id])
    return found[0] if found else None


async def many(tx: Tx, workspace_id: str, file_ids: Sequence[str]) -> list[SealedFile]:
    """Those of these files that the workspace has, in no order."""
    mine = (vault_files.c.workspace_id == workspace_id, vault_files.c.id.in_(file_ids))
    return [_file(row) for row in await tx.execute(select(*_COLUMNS).where(*mine))]


async def remove(tx: Tx, workspace_id: str, file_id: str) -> bool:
    """Delete a file's row, and the key in it; whether there was one."""
    mine = (vault_files.c.workspace_id == workspace_id, vault_files.c.id == file_id)
    return (await tx.execute(delete(vault_files).where(*mine))).rowcount == 1


def _conditions(workspace_id: str, wanted: Filter) -> "list[ColumnElement[bool]]":
    found = [vault_files.c.workspace_id == workspace_id]
    if wanted.folder_id is not None:
        found.append(vault_files.c.folder_id == wanted.folder_id)
    if wanted.type is not None and "/" in wanted.type:
        kind, _, rest = wanted.type.lower().partition("/")
        is_any = rest == "*"
        found.append(vault_files.c.type.startswith(f"{kind}/") if is_any else vault_files.c.type == f"{kind}/{rest}")
    return found


def _after(query: "Select[tuple[object, ...]]", at: datetime, file_id: str) -> "Select[tuple[object, ...]]":
    return query.where(tuple_(vault_files.c.created_at, vault_files.c.id) < tuple_(at, file_id))


def _newest_first(workspace_id: str, wanted: Filter) -> "Select[tuple[object, ...]]":
    query = select(*_COLUMNS).where(*_conditions(workspace_id, wanted))
    return query.order_by(vault_files.c.created_at.desc(), vault_files.c.id.desc())


async def page(tx: Tx, workspace_id: str, wanted: Filter, window: Window) -> Page[SealedFile]:
    """The files of a workspace that match as far as the database can tell, newest first."""
    count = select(func.count()).select_from(vault_files).where(*_conditions(workspace_id, wanted))
    total = (await tx.execute(count)).scalar_one()
    query = _newest_first(workspace_id, wanted)
    if window.after is not None:
        query = _after(query, *rules.read_sort_key(window.after))
    rows = (await tx.execute(query.offset(window.offset).limit(window.limit + 1))).all()
    found = tuple(_file(row) for row in rows[: window.limit])
    more = rules.sort_key(found[-1].created_at, found[-1].id) if len(rows) > window.limit else None
    return Page(items=found, total=total, window=window, next_after=more)


async def batches(tx: Tx, workspace_id: str, wanted: Filter) -> AsyncIterator[list[SealedFile]]:
    """All of them, newest first, some hundreds at a time: for what only an opened name can tell."""
    query = _newest_first(workspace_id, wanted).limit(_BATCH)
    found = [_file(row) for row in await tx.execute(query)]
    while found:
        yield found
        if len(found) < _BATCH:
            return
        found = [_file(row) for row in await tx.execute(_after(query, found[-1].created_at, found[-1].id))]


async def sweep(tx: Tx, before: datetime) -> int:
    """Forget the idempotency keys of files that are gone; returns how many there were."""
    return await idempotency.sweep(tx, vault_files.c.id, "file_", before)
