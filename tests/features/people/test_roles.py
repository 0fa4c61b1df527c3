"""Who may do what, and who may give it: nobody gets above their own role, and a workspace never loses its owner."""

import asyncio
from itertools import pairwise

import pytest
from sqlalchemy import text

from features.people.crowd import member, owner
from futurone_server.features.keys import Capability, Mode
from futurone_server.features.people import Role
from futurone_server.features.people.rules import RIGHTS
from futurone_server.kit.errors import Conflict, Forbidden, Gone, NotFound, Unauthenticated
from futurone_server.kit.page import Window
from futurone_server.main import Server
from futurone_server.store.database import of_workspace
from house import Tenant, add_tenant, order, principal

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("quick_passwords")]


def test_every_role_may_do_what_the_one_below_it_may() -> None:
    ranks = [RIGHTS[role] for role in (Role.VIEWER, Role.DEVELOPER, Role.ADMIN, Role.OWNER)]
    assert all(low <= high for low, high in pairwise(ranks))
    assert ranks[-1] == frozenset(Capability)
    assert all(one.value.endswith(":read") for one in RIGHTS[Role.VIEWER])
    assert Capability.WORKSPACE_MANAGE not in RIGHTS[Role.DEVELOPER]


@pytest.mark.parametrize("role", Role)
async def test_a_session_may_do_what_the_role_may(role: Role, house: Server, tenant: Tenant) -> None:
    someone = await member(house, await owner(house, tenant), role, "x@example.com")
    assert someone.caller.capabilities == RIGHTS[role]
    assert someone.caller.workspace_id == tenant.workspace_id
    assert someone.caller.actor.id == someone.user_id


async def test_an_admin_cannot_become_make_demote_or_remove_an_owner(house: Server, tenant: Tenant) -> None:
    boss = await owner(house, tenant)
    second = await member(house, boss, Role.OWNER, "second@example.com")
    admin = await member(house, boss, Role.ADMIN)
    members, invitations = house.desk.people.members, house.desk.people.invitations
    for attempt in (
        members.set_role(admin.caller, admin.user_id, Role.OWNER),
        members.set_role(admin.caller, second.user_id, Role.VIEWER),
        members.remove(admin.caller, second.user_id),
        invitations.create(admin.caller, "third@example.com", Role.OWNER),
    ):
        with pytest.raises(Forbidden) as refused:
            await attempt
        assert refused.value.reason == "ROLE_ABOVE_OWN"
    open_one = await invitations.create(boss.caller, "third@example.com", Role.OWNER)
    with pytest.raises(Forbidden):
        await invitations.revoke(admin.caller, open_one.invitation.id)


async def test_no_key_makes_owners_and_a_lesser_one_gives_no_more_than_it_has(house: Server, tenant: Tenant) -> None:
    await owner(house, tenant)
    invitations = house.desk.people.invitations
    with pytest.raises(Forbidden):
        await invitations.create(tenant.owner, "x@example.com", Role.OWNER)
    lesser = principal(tenant.workspace_id, capabilities=RIGHTS[Role.VIEWER] | {Capability.WORKSPACE_MANAGE})
    with pytest.raises(Forbidden):
        await invitations.create(lesser, "x@example.com", Role.DEVELOPER)
    assert (await invitations.create(lesser, "x@example.com", Role.VIEWER)).token
    for part in ({"mode": Mode.TEST}, {"projects": frozenset({tenant.project_id})}):
        with pytest.raises(Forbidden):
            await invitations.create(principal(tenant.workspace_id, **part), "y@example.com", Role.VIEWER)


async def test_the_last_owner_can_be_neither_removed_nor_demoted_also_by_two_at_once(
    house: Server, tenant: Tenant
) -> None:
    boss = await owner(house, tenant)
    members = house.desk.people.members
    for attempt in (members.remove(boss.caller, boss.user_id), members.set_role(boss.caller, boss.user_id, Role.ADMIN)):
        with pytest.raises(Conflict) as refused:
            await attempt
        assert refused.value.reason == "LAST_OWNER"
    second = await member(house, boss, Role.OWNER, "second@example.com")
    both = (members.set_role(boss.caller, second.user_id, Role.ADMIN), members.remove(second.caller, boss.user_id))
    told = await asyncio.gather(*both, return_exceptions=True)
    assert len([one for one in told if isinstance(one, Conflict | Forbidden | Unauthenticated)]) == 1
    found = await members.list(tenant.owner, Window())
    assert [one.role for one in found.items].count(Role.OWNER) == 1


async def test_who_is_removed_is_out_at_once_and_leaves_keys_behind(house: Server, tenant: Tenant) -> None:
    boss = await owner(house, tenant)
    dev = await member(house, boss, Role.DEVELOPER)
    key = await house.desk.keys.create(dev.caller, order("theirs"))
    await house.desk.people.members.remove(boss.caller, dev.user_id)
    house.desk.people.sessions.forget(dev.entrance.session.id)
    with pytest.raises(Unauthenticated) as refused:
        await house.desk.people.sessions.authenticate(dev.entrance.token)
    assert refused.value.reason == "AUTH_SESSION_ENDED"
    assert not await house.desk.people.holders.still_holds(dev.entrance.session.id)
    with pytest.raises(Unauthenticated) as gone:
        await house.desk.people.holders.holder(tenant.workspace_id, dev.user_id)
    assert gone.value.reason == "AUTH_MEMBER_REMOVED"
    assert key.token is not None
    assert (await house.desk.keys.authenticate(key.token)).key_id == key.key.id
    assert key.key.created_by == dev.user_id


async def test_another_role_holds_in_open_sessions(house: Server, tenant: Tenant) -> None:
    boss = await owner(house, tenant)
    dev = await member(house, boss, Role.DEVELOPER)
    await house.desk.people.members.set_role(boss.caller, dev.user_id, Role.VIEWER)
    house.desk.people.sessions.forget(dev.entrance.session.id)
    assert (await house.desk.people.sessions.authenticate(dev.entrance.token)).capabilities == RIGHTS[Role.VIEWER]
    assert (await house.desk.people.holders.holder(tenant.workspace_id, dev.user_id)).capabilities == RIGHTS[
        Role.VIEWER
    ]


async def test_an_invitation_is_not_worth_more_than_who_sent_it_is_now(house: Server, tenant: Tenant) -> None:
    boss = await owner(house, tenant)
    admin = await member(house, boss, Role.ADMIN)
    people = house.desk.people
    by_person = await people.invitations.create(admin.caller, "a@example.com", Role.ADMIN)
    key = await house.desk.keys.create(tenant.owner, order("inviter"))
    by_key = await people.invitations.create(
        await house.desk.keys.authenticate(key.token or ""), "b@example.com", Role.ADMIN
    )
    await people.members.set_role(boss.caller, admin.user_id, Role.VIEWER)
    await house.desk.keys.revoke(tenant.owner, key.key.id)
    for invited in (by_person, by_key):
        with pytest.raises(Gone):
            await people.arrivals.accept(invited.token or "", name="X", password="x" * 12, request_id=None)


async def test_the_members_of_one_workspace_are_nobody_in_another(house: Server, tenant: Tenant) -> None:
    boss = await owner(house, tenant)
    other = await add_tenant(house, "Other")
    foreign = await owner(house, other, "foreign@example.com")
    people = house.desk.people
    for attempt in (
        people.members.remove(boss.caller, foreign.user_id),
        people.members.set_role(boss.caller, foreign.user_id, Role.VIEWER),
    ):
        with pytest.raises(NotFound):
            await attempt
    invited = await people.invitations.create(foreign.caller, "x@example.com", Role.VIEWER)
    with pytest.raises(NotFound):
        await people.invitations.revoke(boss.caller, invited.invitation.id)
    for listed in (
        await people.members.list(boss.caller, Window()),
        await people.invitations.list(boss.caller, Window()),
    ):
        assert "foreign" not in str(listed)
    async with house.desk.db.transaction(of_workspace(tenant.workspace_id)) as tx:
        assert not await people.holders.has(tx, tenant.workspace_id, foreign.user_id, Capability.RUNS_READ)


async def test_without_an_owner_in_person_nobody_is_invited(house: Server, tenant: Tenant) -> None:
    with pytest.raises(Conflict) as refused:
        await house.desk.people.invitations.create(tenant.owner, "x@example.com", Role.VIEWER)
    assert refused.value.reason == "OWNER_MISSING"


async def test_the_database_shows_a_workspace_its_own_people_alone(house: Server, tenant: Tenant) -> None:
    boss = await owner(house, tenant)
    other = await add_tenant(house, "Other")
    await owner(house, other, "foreign@example.com")
    async with house.desk.db.transaction(of_workspace(tenant.workspace_id)) as tx:
        assert (await tx.execute(text("SELECT id FROM users"))).scalars().all() == [boss.user_id]
        assert (await tx.execute(text("SELECT user_id FROM sessions"))).scalars().all() == [boss.user_id]
        changed = await tx.execute(text("UPDATE users SET password_hash = '' RETURNING id"))
        assert changed.all() == [], "one workspace cannot change who is in several"
