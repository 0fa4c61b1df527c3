"""Whom a key may lock out: nobody who can do more than itself."""

import pytest

from futurone_server.features.keys import Capability, Mode
from futurone_server.kit.errors import Forbidden
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
