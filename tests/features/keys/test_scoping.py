"""Keys that never got a scope: what they were used for is noted, proposed, and made their scope when asked."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from conftest import Databases
from futurone_server.features.keys import Capability, Mode, Principal
from futurone_server.features.keys.uses import Uses
from futurone_server.features.runs import Filter
from futurone_server.kit import json
from futurone_server.kit.clock import ManualClock, SystemClock
from futurone_server.kit.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from futurone_server.kit.page import Window
from futurone_server.main import Server
from futurone_server.store.database import SYSTEM, Database
from house import EVERYTHING, Json, Tenant, add_tenant, open_server, order, principal

pytestmark = pytest.mark.anyio
READER = frozenset({Capability.RUNS_READ})


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(SystemClock().now())


@pytest.fixture
async def house(databases: Databases, database: str, clock: ManualClock) -> AsyncIterator[Server]:
    async with open_server(database, databases.role, clock=clock) as found:
        yield found


async def legacy(house: Server, tenant: Tenant) -> tuple[str, Principal]:
    """A key that was made without naming capabilities, and the caller that it stands for."""
    minted = await house.desk.keys.create(tenant.owner, order("old", capabilities=None))
    return minted.key.id, await house.desk.keys.authenticate(str(minted.token))


async def rows(house: Server) -> list[tuple[str, ...]]:
    async with house.desk.db.transaction(SYSTEM) as tx:
        found = await tx.execute(text("SELECT key_id, capability, day::text FROM key_uses ORDER BY day, capability"))
        return [tuple(row) for row in found]


async def test_a_key_that_was_made_without_a_scope_is_flagged_and_works(house: Server, tenant: Tenant) -> None:
    key_id, caller = await legacy(house, tenant)
    scoped = await house.desk.keys.create(tenant.owner, order("new", capabilities=frozenset({Capability.RUNS_READ})))
    listed = {key.id: key.is_legacy for key in (await house.desk.keys.list(tenant.owner, Window(limit=100))).items}
    assert (listed[key_id], listed[scoped.key.id]) == (True, False)
    assert caller.capabilities == EVERYTHING


async def test_the_first_keys_may_do_everything_on_purpose(house: Server) -> None:
    made = await house.first_keys()
    assert made is not None
    assert not any(one.key.is_legacy for one in made)


async def test_what_a_key_used_is_proposed_and_changes_nothing(house: Server, tenant: Tenant) -> None:
    key_id, caller = await legacy(house, tenant)
    await house.desk.runs.list(caller, Filter(), Window(limit=1))
    found = await house.desk.keys.scope(tenant.owner, key_id, None, apply=False)
    assert (found.proposed, found.applied) == (READER, False)
    assert (found.key.capabilities, found.key.is_legacy) == (EVERYTHING, True)


async def test_what_is_proposed_becomes_the_scope_when_asked(house: Server, tenant: Tenant) -> None:
    minted = await house.desk.keys.create(tenant.owner, order("old"))
    caller = await house.desk.keys.authenticate(str(minted.token))
    await house.desk.runs.list(caller, Filter(), Window(limit=1))
    found = await house.desk.keys.scope(tenant.owner, minted.key.id, None, apply=True)
    assert (found.key.capabilities, found.key.is_legacy, found.applied) == (READER, False, True)
    after = await house.desk.keys.authenticate(str(minted.token))
    assert after.capabilities == {Capability.RUNS_READ}
    with pytest.raises(Forbidden):
        await house.desk.keys.list(after, Window(limit=1))


async def test_a_scope_can_be_named_and_only_takes_away(house: Server, tenant: Tenant) -> None:
    some = frozenset({Capability.RUNS_READ, Capability.RUNS_CREATE})
    minted = await house.desk.keys.create(tenant.owner, order("some", capabilities=some))
    with pytest.raises(Invalid, match="keys:manage"):
        await house.desk.keys.scope(tenant.owner, minted.key.id, some | {Capability.KEYS_MANAGE}, apply=False)
    found = await house.desk.keys.scope(tenant.owner, minted.key.id, frozenset({Capability.RUNS_READ}), apply=False)
    assert found.key.capabilities == {Capability.RUNS_READ}


async def test_a_key_that_used_nothing_gets_no_empty_scope(house: Server, tenant: Tenant) -> None:
    key_id, _ = await legacy(house, tenant)
    with pytest.raises(Conflict, match="used nothing"):
        await house.desk.keys.scope(tenant.owner, key_id, None, apply=True)


async def test_a_use_is_remembered_for_thirty_days(house: Server, tenant: Tenant, clock: ManualClock) -> None:
    key_id, caller = await legacy(house, tenant)
    caller.require(Capability.VAULT_READ)
    await house.desk.keys.uses.write()
    clock.advance(timedelta(days=30).total_seconds())
    assert (await house.desk.keys.scope(tenant.owner, key_id, None, apply=False)).proposed == {Capability.VAULT_READ}
    clock.advance(timedelta(days=1).total_seconds())
    assert (await house.desk.keys.scope(tenant.owner, key_id, None, apply=False)).proposed == frozenset()
    clock.advance(timedelta(days=10).total_seconds())
    await house.desk.keys.uses.write()
    assert await rows(house) == []


async def test_a_day_of_use_is_one_row(house: Server, tenant: Tenant, clock: ManualClock) -> None:
    key_id, caller = await legacy(house, tenant)
    first = clock.now().date()
    for _ in range(3):
        caller.require(Capability.RUNS_READ)
        await house.desk.keys.uses.write()
    clock.advance(timedelta(days=1).total_seconds())
    await house.desk.keys.uses.write()
    await house.desk.keys.uses.write()
    assert [row for row in await rows(house) if row[0] == key_id] == [(key_id, "runs:read", first.isoformat())]


async def test_each_process_notes_a_use_and_the_trail_tells_of_it_once_a_day(house: Server, tenant: Tenant) -> None:
    key_id, caller = await legacy(house, tenant)
    caller.require(Capability.RUNS_READ)
    (key,) = [one for one in (await house.desk.keys.list(tenant.owner, Window(limit=100))).items if one.id == key_id]
    elsewhere = Uses(house.desk.db, SystemClock())
    elsewhere.of(key).add(Capability.RUNS_READ)
    await house.desk.keys.uses.write()
    await elsewhere.write()
    async with house.desk.db.transaction(SYSTEM) as tx:
        told = await tx.execute(text("SELECT convert_from(line, 'UTF8') FROM audit_lines WHERE action = 'key.used'"))
        lines: list[Json] = [json.load(line) for (line,) in told]
    mine = [line for line in lines if line["actor"] == key_id]
    assert [(line["resource"], line["details"]["capability"]) for line in mine] == [(key_id, "runs:read")]


async def test_refused_requests_are_no_use(house: Server, tenant: Tenant) -> None:
    some = frozenset({Capability.RUNS_READ})
    minted = await house.desk.keys.create(tenant.owner, order("some", capabilities=some))
    caller = await house.desk.keys.authenticate(str(minted.token))
    with pytest.raises(Forbidden):
        caller.require(Capability.RUNS_CREATE)
    assert not caller.can(Capability.KEYS_MANAGE)
    assert (await house.desk.keys.scope(tenant.owner, minted.key.id, None, apply=False)).proposed == frozenset()


async def test_what_could_not_be_written_is_written_later(
    house: Server, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_id, caller = await legacy(house, tenant)
    caller.require(Capability.RUNS_READ)
    uses, database = house.desk.keys.uses, house.desk.db
    away = Database(database.url.replace("/test_", "/gone_"))
    monkeypatch.setattr(uses, "_db", away)
    with pytest.raises(Unavailable):
        await uses.write()
    monkeypatch.setattr(uses, "_db", database)
    await uses.write()
    assert key_id in {row[0] for row in await rows(house)}
    await away.close()


async def test_nobody_scopes_a_key_of_others_or_one_that_can_do_more(house: Server, tenant: Tenant) -> None:
    key_id, _ = await legacy(house, tenant)
    other = await add_tenant(house)
    with pytest.raises(NotFound):
        await house.desk.keys.scope(other.owner, key_id, None, apply=True)
    weak = principal(tenant.workspace_id, capabilities=frozenset({Capability.KEYS_MANAGE}))
    with pytest.raises(Forbidden):
        await house.desk.keys.scope(weak, key_id, None, apply=False)
    with pytest.raises(Forbidden):
        await house.desk.keys.scope(principal(tenant.workspace_id, mode=Mode.TEST), key_id, None, apply=False)
