"""A session as it goes over the wire."""

from futurone_server.features.people import Place, Presence, Session
from futurone_server.features.people.rules import RIGHTS
from futurone_server.kit.clock import to_second
from futurone_server.kit.json import JsonObject


def present_session(presence: Presence, csrf_token: str) -> JsonObject:
    """A session with its person, and what the person may do there."""
    session, user = presence.session, presence.user
    return {
        "id": session.id,
        "person": {"id": user.id, "email": user.email, "name": user.name, "created_at": to_second(user.created_at)},
        "workspace": _present_place(presence.here),
        "workspaces": [_present_place(one) for one in presence.places],
        "capabilities": sorted(RIGHTS[presence.here.role]),
        "csrf_token": csrf_token,
        "created_at": to_second(session.created_at),
        "expires_at": to_second(session.expires_at),
    }


def present_own(session: Session, current_id: str) -> JsonObject:
    """One of a person's sessions."""
    return {
        "id": session.id,
        "workspace": session.workspace_id,
        "current": session.id == current_id,
        "created_at": to_second(session.created_at),
        "last_seen_at": to_second(session.last_seen_at),
        "expires_at": to_second(session.expires_at),
    }


def _present_place(place: Place) -> JsonObject:
    return {"id": place.workspace_id, "name": place.workspace_name, "role": place.role.value}
