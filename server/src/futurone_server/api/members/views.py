"""Members and invitations as they go over the wire."""

from datetime import datetime

from futurone_server.features.people import Invitation, Invited, Member
from futurone_server.kit.clock import to_second
from futurone_server.kit.json import JsonObject


def present_member(member: Member, *, with_email: bool) -> JsonObject:
    """A member; addresses are shown to who may manage the workspace."""
    return {
        "user_id": member.user_id,
        "name": member.name,
        "email": member.email if with_email else None,
        "role": member.role.value,
        "created_at": to_second(member.created_at),
    }


def present_invitation(invitation: Invitation, now: datetime) -> JsonObject:
    """An invitation as it stands at a moment."""
    return {
        "id": invitation.id,
        "email": invitation.email,
        "role": invitation.role.value,
        "status": invitation.status(now).value,
        "invited_by": invitation.invited_by,
        "created_at": to_second(invitation.created_at),
        "expires_at": to_second(invitation.expires_at),
    }


def present_invited(invited: Invited, now: datetime, public_url: str) -> JsonObject:
    """A new invitation with its link, or an old one without, for a repeated request."""
    shown = present_invitation(invited.invitation, now)
    if invited.token is None:
        return shown
    return {**shown, "token": invited.token, "url": f"{public_url}/invite#token={invited.token}"}
