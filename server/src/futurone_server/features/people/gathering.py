"""Everything about people, put together: the services share their keys, their sessions and the threads that hash."""

from dataclasses import dataclass

from futurone_server.features.keys import KeyService
from futurone_server.features.people.holders import Holders
from futurone_server.features.people.invitations import InvitationService
from futurone_server.features.people.members import MemberService
from futurone_server.features.people.passwords import Passwords
from futurone_server.features.people.sessions.arrivals import ArrivalService
from futurone_server.features.people.sessions.entrances import EntranceService
from futurone_server.features.people.sessions.service import SessionService
from futurone_server.features.workspaces import WorkspaceService
from futurone_server.kit import crypto
from futurone_server.kit.clock import Clock
from futurone_server.store.database import Database


@dataclass(frozen=True, kw_only=True)
class People:
    """The services of this room."""

    members: MemberService
    invitations: InvitationService
    sessions: SessionService
    entrances: EntranceService
    arrivals: ArrivalService
    holders: Holders


def gather(db: Database, clock: Clock, pepper: bytes, *, keys: KeyService, workspaces: WorkspaceService) -> People:
    """The services of this room; ``pepper`` is what every token is digested under."""
    passwords = Passwords()
    sessions = SessionService(db, clock, crypto.derive(pepper, "sessions"), usual=keys.usual, workspaces=workspaces)
    entrances = EntranceService(db, clock, sessions, passwords)
    tokens = crypto.derive(pepper, "arrivals")
    return People(
        members=MemberService(db, clock),
        invitations=InvitationService(db, clock, tokens),
        sessions=sessions,
        entrances=entrances,
        arrivals=ArrivalService(
            db, clock, tokens, keys=keys, sessions=sessions, entrances=entrances, passwords=passwords
        ),
        holders=Holders(db, keys, sessions),
    )
