"""Keys older than a year are pointed at, until they are rotated, revoked or over."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from conftest import Databases
from futurone_server.kit.clock import ManualClock, SystemClock
from futurone_server.main import Server
from futurone_server.store.inspection import NoAnswerError, old_keys
from house import Tenant, open_server, order

pytestmark = pytest.mark.anyio
YEAR = timedelta(days=365)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(SystemClock().now() - 2 * YEAR)


@pytest.fixture
async def house(databases: Databases, database: str, clock: ManualClock) -> AsyncIterator[Server]:
    async with open_server(database, databases.role, clock=clock) as found:
        yield found


async def test_an_old_key_is_named_until_something_is_done_about_it(
    house: Server, tenant: Tenant, clock: ManualClock, database: str
) -> None:
    keys = house.desk.keys
    made = [(await keys.create(tenant.owner, order(name))).key.id for name in ("old", "rotated", "revoked")]
    over = await keys.create(tenant.owner, order("over", expires_at=clock.now() + YEAR))
    clock.advance(2 * YEAR.total_seconds())
    before = clock.now() - YEAR
    found = set(old_keys(database, before))
    assert set(made) <= found
    assert over.key.id not in found
    await keys.rotate(tenant.owner, made[1], 0)
    await keys.revoke(tenant.owner, made[2])
    young = (await keys.create(tenant.owner, order("young"))).key.id
    assert {made[0]} == set(old_keys(database, before)) & {*made, young}


def test_a_database_that_is_away_is_said_to_be(database: str) -> None:
    with pytest.raises(NoAnswerError):
        old_keys(database.replace("/test_", "/gone_"), SystemClock().now())
