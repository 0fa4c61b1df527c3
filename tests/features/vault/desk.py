"""A vault for tests: with a clock of its own, and callers of two workspaces."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select

from futurone_server.blobs.tables import blob_chunks, blobs
from futurone_server.features.keys import Principal
from futurone_server.features.vault import File, Label, VaultService
from futurone_server.kit.clock import ManualClock
from futurone_server.kit.page import Window
from futurone_server.store.database import Database, of_workspace
from futurone_server.store.idempotency import Once

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LARGE = bytes(range(256)) * 4 * 1024 * 3  # three MiB: several trips to the database
ALL = Window(limit=100)
PIECE_BYTES = 50_000


async def pieces(data: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(data), PIECE_BYTES):
        yield data[at : at + PIECE_BYTES]


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A vault, somebody who may do everything with it, and somebody of another workspace."""

    db: Database
    clock: ManualClock
    vault: VaultService
    caller: Principal
    stranger: Principal

    async def upload(self, data: bytes, name: str = "notes.txt", *, once: Once | None = None) -> File:
        label = Label(name=name, once=once)
        return (await self.vault.upload(self.caller, pieces(data), lambda _: label)).file

    async def download(self, file: File) -> bytes:
        _, found = await self.vault.open(self.caller, file.id)
        return b"".join([piece async for piece in found])


async def stored_rows(desk: Desk) -> int:
    """How many blobs and chunks the caller's workspace has, of files or of leftovers."""
    workspace_id = desk.caller.workspace_id
    async with desk.db.transaction(of_workspace(workspace_id)) as tx:
        counts = [select(func.count()).where(one.c.workspace_id == workspace_id) for one in (blobs, blob_chunks)]
        return sum([(await tx.execute(count)).scalar_one() for count in counts])
