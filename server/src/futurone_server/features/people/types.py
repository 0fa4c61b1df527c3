"""Who people are: users, their roles in a workspace, invitations, sessions."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What a person is in a workspace; ``rules.RIGHTS`` says what each may do."""

    OWNER = "owner"
    ADMIN = "admin"
    DEVELOPER = "developer"
    VIEWER = "viewer"


class InvitationStatus(StrEnum):
    """How an invitation stands."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True, kw_only=True)
class User:
    """A person, once for the whole installation. ``email_key`` is what makes the address unique, whatever its case."""

    id: str
    email: str
    email_key: str
    name: str
    password_hash: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Member:
    """A person's place in one workspace."""

    user_id: str
    email: str
    name: str
    role: Role
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Place:
    """A workspace that a person belongs to."""

    workspace_id: str
    workspace_name: str
    role: Role


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """An invitation as it is stored: never the token, only its keyed digest."""

    id: str
    workspace_id: str
    email: str
    email_key: str
    role: Role
    digest: bytes
    invited_by: str
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None = None
    revoked_at: datetime | None = None

    def status(self, now: datetime) -> InvitationStatus:
        """How it stands at a moment."""
        if self.accepted_at is not None:
            return InvitationStatus.ACCEPTED
        if self.revoked_at is not None:
            return InvitationStatus.REVOKED
        return InvitationStatus.EXPIRED if self.expires_at <= now else InvitationStatus.PENDING


@dataclass(frozen=True, kw_only=True)
class Invited:
    """An invitation with its token, shown once: None on an idempotent replay."""

    invitation: Invitation
    token: str | None


@dataclass(frozen=True, kw_only=True)
class Session:
    """A person signed in to one workspace, as it is stored: never the token, only its keyed digest."""

    id: str
    workspace_id: str
    user_id: str
    digest: bytes
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """A session with the person's role in its workspace as it is now."""

    session: Session
    role: Role


@dataclass(frozen=True, kw_only=True)
class Presence:
    """What a person is shown of the session: who, where, as what, and where else. ``here`` is one of the ``places``."""

    session: Session
    user: User
    here: Place
    places: tuple[Place, ...]


@dataclass(frozen=True, kw_only=True)
class Entrance:
    """A session that has just begun, with the token that the browser keeps."""

    session: Session
    token: str


@dataclass(frozen=True, kw_only=True)
class SetupLink:
    """A one-time link that makes whoever has it the owner of a workspace: only the token's keyed digest is stored."""

    id: str
    workspace_id: str
    digest: bytes
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
