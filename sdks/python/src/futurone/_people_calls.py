"""Every request about members and invitations, and how its answer is read."""

from futurone._models import Page, nothing, resource
from futurone._people_models import Invitation, Member, Role
from futurone._requests import Call, Request, encode_json, get_page, post, segment

_JSON = {"content-type": "application/json"}


def member_page(page_size: int | None, cursor: str | None) -> Call[Page[Member]]:
    """One page of members."""
    return Call(request=get_page("/v1/members", {"page_size": page_size}, cursor=cursor), read=resource(Page[Member]))


def set_role(user_id: str, role: Role) -> Call[Member]:
    """Another role for a member."""
    url = f"/v1/members/{segment(user_id)}"
    request = Request(method="PATCH", url=url, content=encode_json({"role": role}), headers=_JSON)
    return Call(request=request, read=resource(Member))


def remove_member(user_id: str) -> Call[None]:
    """A member goes."""
    return Call(request=Request(method="DELETE", url=f"/v1/members/{segment(user_id)}"), read=nothing)


def invitation_page(page_size: int | None, cursor: str | None) -> Call[Page[Invitation]]:
    """One page of invitations."""
    request = get_page("/v1/invitations", {"page_size": page_size}, cursor=cursor)
    return Call(request=request, read=resource(Page[Invitation]))


def invite(email: str, role: Role, *, idempotency_key: str | None) -> Call[Invitation]:
    """A new invitation."""
    request = post("/v1/invitations", {"email": email, "role": role}, idempotency_key=idempotency_key)
    return Call(request=request, read=resource(Invitation))


def revoke_invitation(invitation_id: str) -> Call[None]:
    """An invitation is taken back."""
    return Call(request=Request(method="DELETE", url=f"/v1/invitations/{segment(invitation_id)}"), read=nothing)
