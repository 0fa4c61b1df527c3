"""Whom a key may lock out: nobody who can do more than itself."""

import pytest

from futurone_server.features.keys import Capability, Mode
from futurone_server.kit.errors import Forbidden
from futurone_server.kit.page import Window
from futurone_server.main import Server
from house import Tenant, order, principal

pytestmark = pytest.mark.anyio


async def test_a_key_does_not_revoke_one_that_can_do_more(house: Server, tenant: Tenant) -> None:
    strong = await house.desk.keys.create(tenant.owner, order("strong"))
    weak = principal(tenant.workspace_id, capabilities=frozenset({Capability.KEYS_MANAGE}))
    with pytest.raises(Forbidden):
        await house.desk.keys.revoke(weak, strong.key.id)


async def test_a_test_key_does_not_revoke_a_live_one(house: Server, tenant: Tenant) -> None:
    live = await house.desk.keys.create(tenant.owner, order("live"))
    with pytest.raises(Forbidden):
        await house.desk.keys.revoke(principal(tenant.workspace_id, mode=Mode.TEST), live.key.id)


async def test_a_key_revokes_its_equals(house: Server, tenant: Tenant) -> None:
    other = await house.desk.keys.create(tenant.owner, order("other"))
    revoked = await house.desk.keys.revoke(tenant.owner, other.key.id)
    assert revoked.revoked_at is not None


async def test_a_limited_key_lists_the_keys_within_its_projects_and_agents(house: Server, tenant: Tenant) -> None:
    keys, mine = house.desk.keys, frozenset({tenant.project_id})
    near = await keys.create(tenant.owner, order("near", projects=mine))
    nearer = await keys.create(tenant.owner, order("nearer", projects=mine, agents=frozenset({"coding"})))
    by_project = await keys.list(principal(tenant.workspace_id, projects=mine), Window())
    assert [one.id for one in by_project.items] == [nearer.key.id, near.key.id]
    assert by_project.total == 2
    by_agent = await keys.list(principal(tenant.workspace_id, agents=frozenset({"coding", "content"})), Window())
    assert [one.id for one in by_agent.items] == [nearer.key.id]
    nowhere = principal(tenant.workspace_id, projects=frozenset(), agents=frozenset({"coding"}))
    assert (await keys.list(nowhere, Window())).items == ()
