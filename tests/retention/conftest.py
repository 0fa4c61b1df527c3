"""What tests of retention share: a whole server whose clock is moved by hand."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from conftest import Databases
from futurone_server.kit.clock import ManualClock
from futurone_server.main import Server
from house import Tenant, add_tenant, open_server

HALF_PAST = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    """Half past nine."""
    return ManualClock(HALF_PAST)


@pytest.fixture
async def house(databases: Databases, database: str, clock: ManualClock) -> AsyncIterator[Server]:
    """A whole server in this process, on the clock of the test."""
    async with open_server(database, databases.role, clock=clock) as server:
        yield server


@pytest.fixture
async def tenant(house: Server) -> Tenant:
    """A workspace in the house."""
    return await add_tenant(house)
