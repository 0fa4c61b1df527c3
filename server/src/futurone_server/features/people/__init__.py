"""People: who they are, what they may do in a workspace, and how they come in."""

from futurone_server.features.people.gathering import People, gather
from futurone_server.features.people.holders import Holders
from futurone_server.features.people.invitations import InvitationService
from futurone_server.features.people.members import MemberService
from futurone_server.features.people.passwords import Passwords
from futurone_server.features.people.sessions.arrivals import ArrivalService
from futurone_server.features.people.sessions.entrances import EntranceService
from futurone_server.features.people.sessions.service import SessionService
from futurone_server.features.people.types import (
    Entrance,
    Invitation,
    InvitationStatus,
    Invited,
    Member,
    Place,
    Presence,
    Role,
    Session,
)

__all__ = [
    "ArrivalService",
    "Entrance",
    "EntranceService",
    "Holders",
    "Invitation",
    "InvitationService",
    "InvitationStatus",
    "Invited",
    "Member",
    "MemberService",
    "Passwords",
    "People",
    "Place",
    "Presence",
    "Role",
    "Session",
    "SessionService",
    "gather",
]
