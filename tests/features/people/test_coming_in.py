"""The ways in: each token lets in once, no secret is stored as it is, and a wrong guess is told nothing."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from conftest import Databases
from features.people.crowd import PASSWORD, link, member, owner, signed_in
from futurone_server.features.people import Entrance, Role
from futurone_server.features.people.rules import IDLE, INVITED_FOR, LINK_HOLDS, LONGEST, email_key
from futurone_server.kit.clock import ManualClock
from futurone_server.kit.errors import Forbidden, Gone, Invalid, Refusal, Unauthenticated
from futurone_server.kit.page import Window
from futurone_server.main import Server
from futurone_server.store.database import SYSTEM
from futurone_server.store.schema import catalogue
from house import Tenant, add_tenant, open_server

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("quick_passwords")]


async def test_an_address_is_known_whatever_its_case(house: Server, tenant: Tenant) -> None:
    boss = await owner(house, tenant, "Olga.Ä@Example.com")
    assert (await signed_in(house, "oLGA.ä@eXAMPLE.COM")).session.user_id == boss.user_id


async def test_who_is_unknown_and_who_is_wrong_are_told_the_same(house: Server, tenant: Tenant) -> None:
    await owner(house, tenant)
    other = await add_tenant(house)
    told = []
    for email, password, place in (
        ("owner@example.com", "wrong horse battery", None),
        ("nobody@example.com", PASSWORD, None),
        ("owner@example.com", PASSWORD, other.workspace_id),
    ):
        with pytest.raises(Unauthenticated) as refused:
            await signed_in(house, email, password, workspace_id=place)
        told.append((refused.value.reason, refused.value.message, refused.value.details))
    assert len({str(one) for one in told}) == 1
    assert told[0][0] == "AUTH_LOGIN_FAILED"


async def test_of_fifty_who_use_one_set_up_link_one_gets_in(house: Server, tenant: Tenant) -> None:
    token = await link(house, tenant)
    attempts = [
        house.desk.people.arrivals.set_up(
            token, email=f"o{n}@example.com", name="O", password=PASSWORD, request_id=None
        )
        for n in range(50)
    ]
    told = await asyncio.gather(*attempts, return_exceptions=True)
    assert len([one for one in told if isinstance(one, Entrance)]) == 1
    assert {type(one) for one in told if not isinstance(one, Entrance)} == {Gone}
    async with house.desk.db.transaction(SYSTEM) as tx:
        assert (await tx.execute(text("SELECT count(*) FROM users"))).scalar_one() == 1


async def test_of_fifty_who_use_one_invitation_one_gets_in(house: Server, tenant: Tenant) -> None:
    boss = await owner(house, tenant)
    invited = await house.desk.people.invitations.create(boss.caller, "x@example.com", Role.VIEWER)
    attempts = [
        house.desk.people.arrivals.accept(invited.token or "", name="X", password=PASSWORD, request_id=None)
        for _ in range(50)
    ]
    told = await asyncio.gather(*attempts, return_exceptions=True)
    assert len([one for one in told if isinstance(one, Entrance)]) == 1
    assert all(isinstance(one, Entrance | Refusal) for one in told)


async def test_of_ten_at_once_with_a_password_known_here_one_gets_in(house: Server, tenant: Tenant) -> None:
    boss = await owner(house, tenant)
    host = await owner(house, await add_tenant(house, "Other"), "host@example.com")
    invited = await house.desk.people.invitations.create(host.caller, boss.email, Role.VIEWER)
    attempts = [
        house.desk.people.arrivals.accept(invited.token or "", name=None, password=PASSWORD, request_id=None)
        for _ in range(10)
    ]
    told = await asyncio.gather(*attempts, return_exceptions=True)
    assert len([one for one in told if isinstance(one, Entrance)]) == 1
    assert {type(one) for one in told if not isinstance(one, Entrance)} == {Gone}


async def test_after_a_restore_nothing_of_before_lets_anybody_in(house: Server, tenant: Tenant) -> None:
    boss = await owner(house, tenant)
    invited = await house.desk.people.invitations.create(boss.caller, "x@example.com", Role.VIEWER)
    token = await link(house, tenant)
    people = house.desk.people
    await people.sessions.end_everywhere()
    with pytest.raises(Unauthenticated):
        await people.sessions.authenticate(boss.entrance.token)
    with pytest.raises(Gone):
        await people.arrivals.accept(invited.token or "", name="X", password=PASSWORD, request_id=None)
    with pytest.raises(Gone):
        await people.arrivals.set_up(token, email="x@example.com", name="X", password=PASSWORD, request_id=None)
    assert (await signed_in(house, "owner@example.com")).session.user_id == boss.user_id


async def test_a_set_up_link_brings_back_an_owner_who_forgot_the_password(house: Server, tenant: Tenant) -> None:
    boss = await owner(house, tenant)
    again = await house.desk.people.arrivals.set_up(
        await link(house, tenant), email="OWNER@example.com", name="?", password="another password", request_id=None
    )
    assert again.session.user_id == boss.user_id
    with pytest.raises(Unauthenticated):
        await house.desk.people.sessions.authenticate(boss.entrance.token)
    with pytest.raises(Unauthenticated):
        await signed_in(house, "owner@example.com")
    assert (await signed_in(house, "owner@example.com", "another password")).session.user_id == boss.user_id


async def test_an_invitation_for_who_is_known_here_asks_for_the_password_they_have(
    house: Server, tenant: Tenant
) -> None:
    boss = await owner(house, tenant)
    dev = await member(house, boss, Role.DEVELOPER)
    other = await add_tenant(house, "Other")
    host = await owner(house, other, "host@example.com")
    people = house.desk.people
    invited = await people.invitations.create(host.caller, dev.email.upper(), Role.VIEWER)
    with pytest.raises(Unauthenticated):
        await people.arrivals.accept(invited.token or "", name="Thief", password="x" * 20, request_id=None)
    entrance = await people.arrivals.accept(invited.token or "", name=None, password=PASSWORD, request_id=None)
    presence = await people.sessions.show(entrance.session.id)
    assert presence.user.id == dev.user_id
    assert presence.here.role is Role.VIEWER
    assert [(one.workspace_name, one.role) for one in presence.places] == [
        ("Tenant", Role.DEVELOPER),
        ("Other", Role.VIEWER),
    ]
    assert (await people.sessions.authenticate(dev.entrance.token)).workspace_id == tenant.workspace_id


async def test_of_many_invitations_to_one_address_the_last_holds_alone_also_when_they_come_at_once(
    house: Server, tenant: Tenant
) -> None:
    boss, invitations = await owner(house, tenant), house.desk.people.invitations
    await asyncio.gather(*(invitations.create(boss.caller, "x@example.com", Role.VIEWER) for _ in range(10)))
    made = (await invitations.list(boss.caller, Window())).items
    assert sorted(one.revoked_at is None for one in made) == [False] * 9 + [True]


async def test_signing_in_never_goes_on_with_a_token_that_was_there_before(house: Server, tenant: Tenant) -> None:
    boss = await owner(house, tenant)
    entrance = await signed_in(house, "owner@example.com", replaces=boss.entrance.token)
    assert entrance.token != boss.entrance.token
    with pytest.raises(Unauthenticated):
        await house.desk.people.sessions.authenticate(boss.entrance.token)
    with pytest.raises(Unauthenticated):
        await house.desk.people.sessions.authenticate("fo_ses_chosen-by-somebody-else")
    assert (await signed_in(house, "owner@example.com", replaces="fo_ses_chosen")).token != "fo_ses_chosen"


async def test_no_token_and_no_password_stands_in_any_table_as_it_is(house: Server, tenant: Tenant) -> None:
    boss = await owner(house, tenant)
    invited = await house.desk.people.invitations.create(boss.caller, "x@example.com", Role.VIEWER)
    secrets = [boss.entrance.token, invited.token or "", await link(house, tenant), PASSWORD]
    async with house.desk.db.transaction(SYSTEM) as tx:
        rows = [(await tx.execute(text(f"SELECT t::text FROM {name} t"))).scalars().all() for name in catalogue.tables]
    everything = "\n".join(row for table in rows for row in table)
    assert "owner@example.com" in everything, "the search looks where people are"
    for secret in secrets:
        for form in (secret, secret.encode().hex(), secret.removeprefix("fo_ses_").removeprefix("fo_inv_")):
            assert form not in everything
    assert b"example.com".hex() not in everything, "the audit trail knows nobody's address"


async def test_changing_the_password_ends_all_other_sessions(house: Server, tenant: Tenant) -> None:
    boss = await owner(house, tenant)
    elsewhere = await signed_in(house, "owner@example.com")
    entrances, sessions = house.desk.people.entrances, house.desk.people.sessions
    with pytest.raises(Forbidden):
        await entrances.change_password(boss.entrance.session.id, "wrong", "y" * 12, actor=boss.caller.actor)
    assert (await sessions.authenticate(elsewhere.token)).key_id == boss.user_id
    new = await entrances.change_password(boss.entrance.session.id, PASSWORD, "y" * 12, actor=boss.caller.actor)
    for token in (elsewhere.token, boss.entrance.token):
        with pytest.raises(Unauthenticated):
            await sessions.authenticate(token)
    assert (await sessions.authenticate(new.token)).key_id == boss.user_id


@pytest.mark.parametrize("password", ["short", "x" * 11, "x" * 1025, "ä" * 600])
async def test_a_password_that_is_too_short_or_too_long_is_refused(
    password: str, house: Server, tenant: Tenant
) -> None:
    with pytest.raises(Invalid) as refused:
        await house.desk.people.arrivals.set_up(
            await link(house, tenant), email="o@example.com", name="O", password=password, request_id=None
        )
    assert refused.value.details == {"field": "password"}


async def test_what_lets_people_in_holds_for_its_time_and_no_longer(databases: Databases, database: str) -> None:
    clock = ManualClock(datetime(2026, 6, 9, tzinfo=UTC))
    async with open_server(database, databases.role, clock=clock) as house:
        tenant = await add_tenant(house)
        people = house.desk.people
        late = await link(house, tenant)
        clock.advance(LINK_HOLDS.total_seconds())
        with pytest.raises(Gone):
            await people.arrivals.set_up(late, email="o@example.com", name="O", password=PASSWORD, request_id=None)
        boss = await owner(house, tenant)
        invited = await people.invitations.create(boss.caller, "x@example.com", Role.VIEWER)
        for _ in range(int(LONGEST / IDLE) * 2 - 1):
            clock.advance(IDLE.total_seconds() / 2)
            assert (await people.sessions.authenticate(boss.entrance.token)).session_id, "who uses it stays signed in"
        clock.advance(IDLE.total_seconds() / 2)
        with pytest.raises(Unauthenticated):
            await people.sessions.authenticate(boss.entrance.token)
        idle = await signed_in(house, "owner@example.com")
        clock.advance(IDLE.total_seconds())
        with pytest.raises(Unauthenticated):
            await people.sessions.authenticate(idle.token)
        assert not await people.holders.still_holds(idle.session.id)
        clock.advance(max(0, (INVITED_FOR - LONGEST).total_seconds()))
        with pytest.raises(Gone):
            await people.arrivals.accept(invited.token or "", name="X", password=PASSWORD, request_id=None)
        clock.advance(timedelta(days=31).total_seconds())
        assert await people.sessions.sweep(clock.now() - timedelta(days=30)) >= 4


def test_addresses_that_look_the_same_are_the_same() -> None:
    assert email_key("ＡＢ@example.com") == email_key("ab@EXAMPLE.com")
