"""People for tests: an owner by a set-up link, members by invitations, through the services."""

from dataclasses import dataclass

from futurone_server.features.keys import Principal
from futurone_server.features.people import Entrance, Role
from futurone_server.main import Server
from house import Tenant

PASSWORD = "correct horse battery"


@dataclass(frozen=True, kw_only=True)
class Somebody:
    """A person with a session."""

    user_id: str
    email: str
    entrance: Entrance
    caller: Principal


async def link(house: Server, tenant: Tenant) -> str:
    """The token of a fresh set-up link."""
    return await house.desk.people.arrivals.new_link(tenant.workspace_id)


async def owner(house: Server, tenant: Tenant, email: str = "owner@example.com") -> Somebody:
    """An owner in person."""
    entrance = await house.desk.people.arrivals.set_up(
        await link(house, tenant), email=email, name="Olga", password=PASSWORD, request_id=None
    )
    return await somebody(house, email, entrance)


async def somebody(house: Server, email: str, entrance: Entrance) -> Somebody:
    """Who has just come in."""
    caller = await house.desk.people.sessions.authenticate(entrance.token)
    return Somebody(user_id=caller.key_id, email=email, entrance=entrance, caller=caller)


async def member(house: Server, by: Somebody, role: Role, email: str | None = None) -> Somebody:
    """A member, invited by somebody."""
    email = email or f"{role}@example.com"
    invited = await house.desk.people.invitations.create(by.caller, email, role)
    assert invited.token is not None
    entrance = await house.desk.people.arrivals.accept(
        invited.token, name=role.value.title(), password=PASSWORD, request_id=None
    )
    return await somebody(house, email, entrance)


async def signed_in(house: Server, email: str, password: str = PASSWORD, **more: str | None) -> Entrance:
    """Sign in again."""
    wanted = {"workspace_id": None, "replaces": None, "request_id": None, **more}
    return await house.desk.people.entrances.sign_in(email, password, **wanted)
