"""The blind index: files are found by their words, and no word can be read in the database."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from futurone_server.features.vault import Label, VaultSearch
from futurone_server.main import Server
from futurone_server.pipelines.indexing import Indexing
from futurone_server.store.database import SYSTEM
from house import Tenant, add_tenant, principal

pytestmark = pytest.mark.anyio


async def _upload(house: Server, tenant: Tenant, name: str, content: str) -> str:
    async def chunks() -> AsyncIterator[bytes]:
        yield content.encode()

    stored = await house.desk.vault.upload(principal(tenant.workspace_id), chunks(), lambda _: Label(name=name))
    return stored.file.id


def _parts(house: Server) -> tuple[VaultSearch, Indexing]:
    search = VaultSearch(house.desk.db, house.desk.log.seals)
    return search, Indexing(house.desk.vault, search)


async def test_the_file_that_holds_the_rare_word_comes_first(house: Server, tenant: Tenant) -> None:
    search, indexing = _parts(house)
    common = await _upload(house, tenant, "a.md", "# Ships\nShips sail. Ships carry cargo.")
    rare = await _upload(house, tenant, "b.md", "# Ships\nA barnacle grows on ships.")
    await indexing.catch_up(tenant.workspace_id)
    assert await search.rank(tenant.workspace_id, await indexing.terms("barnacles on ships")) == [rare, common]


async def test_no_word_of_a_file_stands_in_the_index(house: Server, tenant: Tenant) -> None:
    _, indexing = _parts(house)
    await _upload(house, tenant, "secret.md", "The zanzibar treaty.")
    await indexing.catch_up(tenant.workspace_id)
    async with house.desk.db.transaction(SYSTEM) as tx:
        rows = (await tx.execute(text("SELECT CAST(t.* AS text) FROM vault_terms t"))).scalars().all()
    assert rows
    assert not any(
        word.encode().hex() in row or word in row for row in rows for word in ("zanzibar", "treati", "treaty")
    )


async def test_the_same_word_looks_different_in_another_workspace(house: Server, tenant: Tenant) -> None:
    search, indexing = _parts(house)
    other = await add_tenant(house)
    for one in (tenant, other):
        await _upload(house, one, "same.md", "zanzibar")
        await indexing.catch_up(one.workspace_id)
    async with house.desk.db.transaction(SYSTEM) as tx:
        query = text("SELECT lexeme, count(DISTINCT workspace_id) FROM vault_terms GROUP BY lexeme")
        shared = [row for row in await tx.execute(query) if row[1] > 1]
    assert shared == []
    assert len(await search.rank(tenant.workspace_id, ["zanzibar"])) == 1


async def test_a_deleted_file_is_found_no_more(house: Server, tenant: Tenant) -> None:
    search, indexing = _parts(house)
    file_id = await _upload(house, tenant, "a.md", "zanzibar")
    await indexing.catch_up(tenant.workspace_id)
    await house.desk.vault.delete(principal(tenant.workspace_id), file_id)
    assert await search.rank(tenant.workspace_id, ["zanzibar"]) == []
    assert not await search.has_any(tenant.workspace_id)
