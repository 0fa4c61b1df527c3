"""What the tests of the vault share: one database, in which every test has workspaces of its own."""

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import pytest

from features.vault.desk import NOW, Desk
from futurone_server.kit.clock import ManualClock
from futurone_server.store.database import APP_ROLE
from house import add_tenant, open_server

if TYPE_CHECKING:
    from conftest import Databases


@pytest.fixture(scope="session")
def vault_database(databases: "Databases") -> Iterator[str]:
    url = databases.fresh()
    yield url
    databases.drop(url)


@pytest.fixture
async def desk(vault_database: str) -> AsyncIterator[Desk]:
    clock = ManualClock(NOW)
    async with open_server(vault_database, APP_ROLE, clock=clock) as server:
        owner, other = [await add_tenant(server) for _ in range(2)]
        found = server.desk
        yield Desk(db=found.db, clock=clock, vault=found.vault, caller=owner.owner, stranger=other.owner)
