"""The law of people: what each role may do, who may give it, and what addresses, passwords and tokens must be."""

import secrets
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta

from futurone_server.features.keys import Capability, Mode, Principal, RateLimits
from futurone_server.features.keys import rules as key_rules
from futurone_server.features.people.types import Role, Session
from futurone_server.kit.errors import Conflict, Forbidden, Gone, Unauthenticated, invalid_field

USER, INVITATION, SESSION, LINK = "user_", "inv_", "ses_", "sul_"
"""What ids begin with."""

INVITED_FOR = timedelta(days=7)
LINK_HOLDS = timedelta(minutes=10)
IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
"""A session ends when nobody used it for ``IDLE``, and in any case after ``LONGEST``."""

PASSWORD_CHARS_MIN = 12
PASSWORD_BYTES_MAX = 1024
EMAIL_CHARS_MAX = 254
PENDING_MAX = 500

_C = Capability
_READING = frozenset({_C.RUNS_READ, _C.VAULT_READ, _C.USAGE_READ})
_ALL = frozenset(Capability)
RIGHTS: Mapping[Role, frozenset[Capability]] = {
    Role.OWNER: _ALL,
    Role.ADMIN: _ALL,
    Role.DEVELOPER: _ALL - {_C.WORKSPACE_MANAGE, _C.AUDIT_READ},
    Role.VIEWER: _READING,
}
"""What each role may do. An admin may do what an owner may, but not make, change or remove owners."""


def new_token(kind: str) -> str:
    """A fresh token of 256 bits: ``fo_ses_…``, ``fo_inv_…`` or ``fo_set_…``, so that a scanner knows it for one."""
    return f"fo_{kind}_{secrets.token_urlsafe(32)}"


def email_key(email: str) -> str:
    """What is compared of an address: the same whatever its case and however its letters are composed."""
    return unicodedata.normalize("NFKC", email).casefold()


def check_email(email: str) -> str:
    """An address as it is kept. Raises Invalid for what cannot be one."""
    local, at, domain = email.rpartition("@")
    fits = at and local and domain and len(email) <= EMAIL_CHARS_MAX and not domain.startswith(".")
    if not fits or any(char.isspace() or unicodedata.category(char)[0] == "C" for char in email) or "@" in local:
        raise invalid_field("email", f"must be an e-mail address of at most {EMAIL_CHARS_MAX} characters")
    return email


def normal_password(password: str) -> bytes:
    """A password as it is hashed: however the keyboard composed its letters (NIST SP 800-63B, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password).encode()


def check_password(password: str, field: str = "password") -> None:
    """Refuse a new password that is too short or too long. Raises Invalid."""
    if len(unicodedata.normalize("NFKC", password)) < PASSWORD_CHARS_MIN:
        raise invalid_field(field, f"must have at least {PASSWORD_CHARS_MIN} characters")
    if len(normal_password(password)) > PASSWORD_BYTES_MAX:
        raise invalid_field(field, f"must have at most {PASSWORD_BYTES_MAX} bytes")


def not_signed_in() -> Unauthenticated:
    """What is said to whoever gives a wrong address, a wrong password, or both: nobody learns which."""
    return Unauthenticated("The e-mail address or the password is not right.", "AUTH_LOGIN_FAILED")


def no_session() -> Unauthenticated:
    """What is said to a cookie that does not hold, for whatever reason."""
    return Unauthenticated("This session does not hold any more. Sign in again.", "AUTH_SESSION_ENDED")


def no_link() -> Gone:
    """What is said to a token that was used, has expired, was revoked or never was."""
    return Gone("This link was used, has expired, or never was. Ask for another one.", "LINK_EXPIRED")


def holds(session: Session, now: datetime) -> bool:
    """Whether a session still holds."""
    return session.ended_at is None and now < min(session.expires_at, session.last_seen_at + IDLE)


def principal(user_id: str, role: Role, *, workspace_id: str, usual: RateLimits, session_id: str | None) -> Principal:
    """The caller that a member of a workspace is; ``usual`` holds where the server lets keys do more than people."""
    own = key_rules.OWN_RATES
    return Principal(
        key_id=user_id,
        workspace_id=workspace_id,
        mode=Mode.LIVE,
        capabilities=RIGHTS[role],
        projects=None,
        agents=None,
        expires_at=None,
        rate_limits=RateLimits(
            standard=max(own.standard, usual.standard), execution=max(own.execution, usual.execution)
        ),
        session_id=session_id,
    )


def check_may_give(caller: Principal, own: Role | None, role: Role) -> None:
    """Refuse to give or take a role above one's own; ``own`` is None for a key. Raises Forbidden.

    Owners are made, changed and removed by owners in person: a key outlives the person who made it.
    """
    if caller.mode is Mode.TEST:
        raise Forbidden("A test key cannot decide who may do what.")
    if role is Role.OWNER and own is not Role.OWNER:
        raise Forbidden("Only an owner who is signed in can do this: it is about an owner.", "ROLE_ABOVE_OWN")
    beyond = sorted(RIGHTS[role] - caller.capabilities)
    if beyond:
        raise Forbidden(
            f"Nobody can give or take a role above their own: {role} includes {', '.join(beyond)}.",
            "ROLE_ABOVE_OWN",
            details={"capability": beyond[0]},
        )


def check_owner_stays(owners: int) -> None:
    """Refuse to lose the last owner. Raises Conflict."""
    if owners <= 1:
        raise Conflict("A workspace needs an owner. Make somebody else one first.", "LAST_OWNER")
