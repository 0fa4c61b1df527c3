"""What the tests of the vault share: a vault with a clock of its own, and callers of two workspaces."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from blobs.database import anyio_backend, db, new_workspace, template
from futurone_server.eventlog import Seals
from futurone_server.features.keys import Capability, Mode, Principal
from futurone_server.features.vault import File, Label, VaultService
from futurone_server.kit.clock import ManualClock
from futurone_server.kit.ids import new_id
from futurone_server.store.database import Database
from futurone_server.store.idempotency import Once

__all__ = ["anyio_backend", "db", "template"]

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
PIECE_BYTES = 50_000


def principal(workspace_id: str, *capabilities: Capability) -> Principal:
    return Principal(
        key_id=new_id("key_", NOW),
        workspace_id=workspace_id,
        mode=Mode.LIVE,
        capabilities=frozenset(capabilities),
        projects=None,
        agents=None,
        expires_at=None,
    )


async def pieces(data: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(data), PIECE_BYTES):
        yield data[at : at + PIECE_BYTES]


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A vault, and somebody who may do everything with it."""

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


@pytest.fixture
async def desk(db: Database) -> Desk:
    clock = ManualClock(NOW)
    rights = (Capability.VAULT_READ, Capability.VAULT_WRITE)
    owner, other = [await new_workspace(db, new_id("ws_", NOW), NOW) for _ in range(2)]
    return Desk(
        db=db,
        clock=clock,
        vault=VaultService(db, clock, Seals(b"r" * 32)),
        caller=principal(owner, *rights),
        stranger=principal(other, *rights),
    )
