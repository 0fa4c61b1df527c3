"""Keys on a real database: what is stored, how long they hold, how soon their end is known everywhere."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from conftest import Databases
from futurone_server.features.keys import KeyService, Minted
from futurone_server.kit.clock import ManualClock, SystemClock
from futurone_server.kit.errors import Conflict, NotFound, Unauthenticated
from futurone_server.kit.page import Window
from futurone_server.main import Server
from futurone_server.store.database import SYSTEM
from house import Tenant, add_tenant, open_server, order

pytestmark = pytest.mark.anyio


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(SystemClock().now())


@pytest.fixture
async def house(databases: Databases, database: str, clock: ManualClock) -> AsyncIterator[Server]:
    async with open_server(database, databases.role, clock=clock) as found:
        yield found


@pytest.fixture
async def elsewhere(databases: Databases, database: str, clock: ManualClock) -> AsyncIterator[KeyService]:
    """The keys as another process has them, which hears nothing of what happens here."""
    async with open_server(database, databases.role, clock=clock) as found:
        for task in found.desk.log.news._tasks:
            task.cancel()
        yield found.desk.keys


async def refused(keys: KeyService, credential: str) -> str:
    with pytest.raises(Unauthenticated) as refusal:
        await keys.authenticate(credential)
    return refusal.value.reason


async def test_a_credential_is_stored_nowhere(house: Server, tenant: Tenant) -> None:
    minted = await house.desk.keys.create(tenant.owner, order())
    assert minted.secret is not None
    async with house.desk.db.transaction(SYSTEM) as tx:
        rows = (await tx.execute(text("SELECT k::text FROM api_keys k"))).scalars().all()
    assert any(minted.key.id in row for row in rows)
    assert not any(minted.secret in row or minted.secret.encode().hex() in row for row in rows)


async def test_a_key_stands_for_what_it_was_made_with(house: Server, tenant: Tenant) -> None:
    wanted = order(projects=frozenset({"prj_1"}), agents=frozenset({"research"}))
    minted = await house.desk.keys.create(tenant.owner, wanted)
    caller = await house.desk.keys.authenticate(str(minted.token))
    assert (caller.key_id, caller.workspace_id, caller.mode) == (minted.key.id, tenant.workspace_id, wanted.mode)
    assert (caller.capabilities, caller.projects, caller.agents) == (
        tenant.owner.capabilities,
        wanted.projects,
        wanted.agents,
    )


async def test_a_key_ends_when_its_time_is_over(house: Server, tenant: Tenant, clock: ManualClock) -> None:
    minted = await house.desk.keys.create(tenant.owner, order(expires_at=clock.now() + timedelta(hours=1)))
    clock.advance(3599)
    await house.desk.keys.authenticate(str(minted.token))
    assert await house.desk.keys.still_holds(minted.key.id)
    clock.advance(1)
    assert await refused(house.desk.keys, str(minted.token)) == "AUTH_KEY_EXPIRED"
    assert not await house.desk.keys.still_holds(minted.key.id)


async def test_a_revocation_holds_here_at_once_and_elsewhere_within_a_second(
    house: Server, tenant: Tenant, elsewhere: KeyService, clock: ManualClock
) -> None:
    minted = await house.desk.keys.create(tenant.owner, order())
    for keys in (house.desk.keys, elsewhere):
        await keys.authenticate(str(minted.token))
    await house.desk.keys.revoke(tenant.owner, minted.key.id)
    assert await refused(house.desk.keys, str(minted.token)) == "AUTH_KEY_REVOKED"
    clock.advance(1.0)
    assert await refused(elsewhere, str(minted.token)) == "AUTH_KEY_REVOKED"
    assert not await elsewhere.still_holds(minted.key.id)


async def test_a_wrong_secret_is_refused_however_well_the_key_is_remembered(house: Server, tenant: Tenant) -> None:
    minted = await house.desk.keys.create(tenant.owner, order())
    await house.desk.keys.authenticate(str(minted.token))
    assert await refused(house.desk.keys, f"{minted.key.id}:{'A' * 43}") == "AUTH_KEY_INVALID"
    await house.desk.keys.authenticate(str(minted.token))


async def test_the_old_secret_holds_until_the_overlap_is_over(
    house: Server, tenant: Tenant, elsewhere: KeyService, clock: ManualClock
) -> None:
    first = await house.desk.keys.create(tenant.owner, order())
    second = await house.desk.keys.rotate(tenant.owner, first.key.id, 60)
    for keys in (house.desk.keys, elsewhere):
        for minted in (first, second):
            await keys.authenticate(str(minted.token))
    clock.advance(60)
    for keys in (house.desk.keys, elsewhere):
        assert await refused(keys, str(first.token)) == "AUTH_KEY_INVALID"
        await keys.authenticate(str(second.token))


async def test_a_second_rotation_ends_the_first_secret(house: Server, tenant: Tenant) -> None:
    first = await house.desk.keys.create(tenant.owner, order())
    second = await house.desk.keys.rotate(tenant.owner, first.key.id, 3600)
    third = await house.desk.keys.rotate(tenant.owner, first.key.id, 3600)
    assert await refused(house.desk.keys, str(first.token)) == "AUTH_KEY_INVALID"
    for minted in (second, third):
        await house.desk.keys.authenticate(str(minted.token))


async def test_a_key_of_another_workspace_cannot_be_touched(house: Server, tenant: Tenant) -> None:
    other = await add_tenant(house)
    minted = await house.desk.keys.create(tenant.owner, order())
    with pytest.raises(NotFound):
        await house.desk.keys.revoke(other.owner, minted.key.id)
    with pytest.raises(NotFound):
        await house.desk.keys.rotate(other.owner, minted.key.id, 0)
    listed = await house.desk.keys.list(other.owner, Window(limit=100))
    assert minted.key.id not in {key.id for key in listed.items}
    await house.desk.keys.authenticate(str(minted.token))


async def test_a_revoked_key_stays_revoked(house: Server, tenant: Tenant, clock: ManualClock) -> None:
    minted = await house.desk.keys.create(tenant.owner, order())
    first = await house.desk.keys.revoke(tenant.owner, minted.key.id)
    clock.advance(60)
    again = await house.desk.keys.revoke(tenant.owner, minted.key.id)
    assert first.revoked_at == again.revoked_at
    with pytest.raises(Conflict):
        await house.desk.keys.rotate(tenant.owner, minted.key.id, 60)


async def test_the_use_of_a_key_is_noted(house: Server, tenant: Tenant, clock: ManualClock) -> None:
    minted = await house.desk.keys.create(tenant.owner, order())
    clock.advance(5)
    await house.desk.keys.authenticate(str(minted.token))
    listed = {key.id: key for key in (await house.desk.keys.list(tenant.owner, Window(limit=100))).items}
    assert listed[minted.key.id].last_used_at == clock.now()


async def test_the_first_keys_are_made_once(house: Server) -> None:
    made = await house.first_keys()
    assert made is not None
    owner, scripted = made
    assert (owner.key.mode, scripted.key.mode) == ("live", "test")
    assert owner.key.workspace_id == scripted.key.workspace_id
    for minted in made:
        await house.desk.keys.authenticate(str(minted.token))
    assert await house.first_keys() is None


async def test_an_owners_key_that_cannot_be_kept_is_not_made(house: Server) -> None:
    def full_disk(_: Minted) -> None:
        raise LookupError("no room")

    with pytest.raises(LookupError, match="no room"):
        await house.first_keys(full_disk)
    kept: list[Minted] = []
    made = await house.first_keys(kept.append)
    assert made is not None
    assert kept == [made[0]]
