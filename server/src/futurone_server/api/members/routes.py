"""The routes of members and invitations."""

from fastapi import APIRouter, Request, Response

from futurone_server.api.access import needs, repeatable
from futurone_server.api.guard import GuardedRoute
from futurone_server.api.lists import Paging, present_page, read_window
from futurone_server.api.members.requests import ChangeMember, CreateInvitation
from futurone_server.api.members.views import present_invitation, present_invited, present_member
from futurone_server.api.services import Services
from futurone_server.features.keys import Capability
from futurone_server.kit.json import JsonObject
from futurone_server.web.context import Caller
from futurone_server.web.idempotency import answered, as_sent, once

router = APIRouter(prefix="/v1", route_class=GuardedRoute, tags=["People"])


@router.get("/members", summary="List members")
@needs(Capability.RUNS_READ)
async def list_members(query: Paging, caller: Caller, desk: Services) -> JsonObject:
    """The people of the workspace, those who joined first before others. Addresses need `workspace:manage`."""
    page = await desk.people.members.list(caller, read_window(query, desk.cursors, "members"))
    sees = caller.can(Capability.WORKSPACE_MANAGE)
    return present_page(page, desk.cursors, "members", lambda one: present_member(one, with_email=sees))


@router.patch("/members/{user_id}", summary="Change a member's role")
@needs(Capability.WORKSPACE_MANAGE)
async def change_member(user_id: str, body: ChangeMember, caller: Caller, desk: Services) -> JsonObject:
    """Give a member another role, from and to at most one's own; open sessions follow within a second.

    The last owner stays one: 409 `LAST_OWNER`.
    """
    return {"data": present_member(await desk.people.members.set_role(caller, user_id, body.role), with_email=True)}


@router.delete("/members/{user_id}", status_code=204, summary="Remove a member")
@needs(Capability.WORKSPACE_MANAGE)
async def remove_member(user_id: str, caller: Caller, desk: Services) -> Response:
    """Sessions are refused everywhere within a second, open streams cut within five, open invitations revoked.

    Keys that the person made stay: they are the workspace's, and the list of keys says who made each. Schedules in the
    person's own name pause when they are next due.
    """
    await desk.people.members.remove(caller, user_id)
    return Response(status_code=204)


@router.get("/invitations", summary="List invitations")
@needs(Capability.WORKSPACE_MANAGE)
async def list_invitations(query: Paging, caller: Caller, desk: Services) -> JsonObject:
    """The workspace's invitations, newest first, also those that are over; never a token."""
    page = await desk.people.invitations.list(caller, read_window(query, desk.cursors, "invitations"))
    now = desk.clock.now()
    return present_page(page, desk.cursors, "invitations", lambda one: present_invitation(one, now))


@router.post("/invitations", status_code=201, summary="Invite somebody")
@needs(Capability.WORKSPACE_MANAGE)
@repeatable
async def create_invitation(
    request: Request, response: Response, body: CreateInvitation, caller: Caller, desk: Services
) -> JsonObject:
    """Invite an address, as at most what one is oneself. The link is in this answer and nowhere else: hand it on.

    It is valid once, for seven days. An earlier invitation to the same address holds no more. What it gives is not
    worth more than its sender is when it is accepted.
    """
    wish = once(request, "invitations.create", as_sent(body))
    invited = await desk.people.invitations.create(caller, body.email, body.role, wish)
    shown = present_invited(invited, desk.clock.now(), desk.public_url)
    return answered({"data": shown}, response, replayed=invited.token is None)


@router.delete("/invitations/{invitation_id}", status_code=204, summary="Revoke an invitation")
@needs(Capability.WORKSPACE_MANAGE)
async def revoke_invitation(invitation_id: str, caller: Caller, desk: Services) -> Response:
    """Its link lets nobody in any more. Repeatable; 409 once it was accepted."""
    await desk.people.invitations.revoke(caller, invitation_id)
    return Response(status_code=204)
