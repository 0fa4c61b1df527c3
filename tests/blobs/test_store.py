"""Blobs in PostgreSQL: kept in order, removed whole, swept when nobody comes back for them."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from futurone_server.blobs import Blob, BlobVanished, PostgresBlobs
from futurone_server.kit.ids import new_id
from futurone_server.main import Server
from futurone_server.store.database import APP_ROLE, SYSTEM, Database, of_workspace
from house import add_tenant, open_server

if TYPE_CHECKING:
    from conftest import Databases

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
BLOBS = PostgresBlobs()


@pytest.fixture(scope="module")
def blobs_database(databases: "Databases") -> Iterator[str]:
    url = databases.fresh()
    yield url
    databases.drop(url)


@pytest.fixture
async def house(blobs_database: str) -> AsyncIterator[Server]:
    """One database for all; every blob has a workspace of its own."""
    async with open_server(blobs_database, APP_ROLE) as server:
        yield server


@pytest.fixture
def db(house: Server) -> Database:
    return house.desk.db


@pytest.fixture
async def blob(house: Server) -> Blob:
    """The name of a blob that is not there yet."""
    return await new_blob(house)


async def new_blob(house: Server) -> Blob:
    return Blob(workspace_id=(await add_tenant(house)).workspace_id, ref=new_id("file_", NOW))


async def put(db: Database, blob: Blob, *chunks: bytes, first: int = 0, settle: bool = True) -> None:
    async with db.transaction(of_workspace(blob.workspace_id)) as tx:
        await BLOBS.add(tx, blob, chunks, first=first, at=NOW)
        if settle:
            await BLOBS.settle(tx, blob)


async def load(db: Database, blob: Blob, first: int = 0, count: int = 100) -> list[bytes]:
    async with db.transaction(of_workspace(blob.workspace_id)) as tx:
        return await BLOBS.load(tx, blob, first=first, count=count)


async def test_chunks_come_back_in_order_in_any_portions(db: Database, blob: Blob) -> None:
    await put(db, blob, b"0", b"1", b"2", settle=False)
    await put(db, blob, b"3", b"4", first=3)
    assert await load(db, blob) == [b"0", b"1", b"2", b"3", b"4"]
    assert await load(db, blob, first=1, count=3) == [b"1", b"2", b"3"]
    assert await load(db, blob, first=5) == []


async def test_what_stands_behind_a_gap_is_not_handed_out(db: Database, blob: Blob) -> None:
    await put(db, blob, b"0", settle=False)
    await put(db, blob, b"2", b"3", first=2)
    assert await load(db, blob) == [b"0"]
    assert await load(db, blob, first=1) == []


async def test_another_workspace_finds_nothing_under_the_same_name(house: Server, db: Database, blob: Blob) -> None:
    await put(db, blob, b"mine")
    foreign = Blob(workspace_id=(await new_blob(house)).workspace_id, ref=blob.ref)
    assert await load(db, foreign) == []
    async with db.transaction(of_workspace(foreign.workspace_id)) as tx:
        await BLOBS.remove(tx, foreign)
        await BLOBS.remove(tx, blob)
    assert await load(db, blob) == [b"mine"]


async def test_removing_a_blob_removes_every_chunk(db: Database, blob: Blob) -> None:
    await put(db, blob, b"0", b"1")
    async with db.transaction(of_workspace(blob.workspace_id)) as tx:
        await BLOBS.remove(tx, blob)
    assert await load(db, blob) == []


async def test_giving_up_an_upload_never_takes_a_settled_blob_with_it(house: Server, db: Database) -> None:
    kept, given_up = await new_blob(house), await new_blob(house)
    await put(db, kept, b"kept")
    await put(db, given_up, b"given up", settle=False)
    for blob in (kept, given_up):
        async with db.transaction(of_workspace(blob.workspace_id)) as tx:
            await BLOBS.abandon(tx, blob)
    assert await load(db, kept) == [b"kept"]
    assert await load(db, given_up) == []


async def test_a_sweep_takes_old_leftovers_and_nothing_else(house: Server, db: Database) -> None:
    settled, leftover = await new_blob(house), await new_blob(house)
    await put(db, settled, b"settled")
    await put(db, leftover, b"leftover", settle=False)
    async with db.transaction(SYSTEM) as tx:
        await BLOBS.sweep(tx, NOW)
    assert await load(db, leftover) == [b"leftover"]
    async with db.transaction(SYSTEM) as tx:
        assert await BLOBS.sweep(tx, LATER) == 1
    assert await load(db, leftover) == []
    assert await load(db, settled) == [b"settled"]


async def test_an_upload_that_was_swept_cannot_go_on_as_if_nothing_were_missing(db: Database, blob: Blob) -> None:
    await put(db, blob, b"0", settle=False)
    async with db.transaction(SYSTEM) as tx:
        await BLOBS.sweep(tx, LATER)
    with pytest.raises(BlobVanished):
        await put(db, blob, b"1", first=1)
    assert await load(db, blob) == []


async def test_nothing_can_be_added_to_a_settled_blob(db: Database, blob: Blob) -> None:
    await put(db, blob, b"0")
    with pytest.raises(BlobVanished):
        await put(db, blob, b"1", first=1)
    assert await load(db, blob) == [b"0"]
