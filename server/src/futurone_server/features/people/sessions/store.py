"""The SQL of sessions."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, insert, or_, select, update

from futurone_server.features.people.tables import memberships, sessions
from futurone_server.features.people.types import Role, Session, SignedIn
from futurone_server.store.database import Tx

_S, _M = sessions.c, memberships.c
_WITH_ROLE = select(sessions, _M.role).join_from(
    sessions, memberships, (_M.workspace_id == _S.workspace_id) & (_M.user_id == _S.user_id)
)


async def add(tx: Tx, session: Session) -> None:
    """Store a new session."""
    await tx.execute(insert(sessions).values(vars(session)))


async def by_digest(tx: Tx, digest: bytes) -> SignedIn | None:
    """The session that a token belongs to, with the person's role; None also for who is no member any more."""
    return await _signed_in(tx, _WITH_ROLE.where(_S.digest == digest))


async def get(tx: Tx, session_id: str) -> SignedIn | None:
    """One session, likewise."""
    return await _signed_in(tx, _WITH_ROLE.where(_S.id == session_id))


async def _signed_in(tx: Tx, query: Select[Any]) -> SignedIn | None:
    row = (await tx.execute(query)).one_or_none()
    if row is None:
        return None
    values = dict(row._mapping)
    role = Role(values.pop("role"))
    return SignedIn(session=Session(**values), role=role)


async def touch(tx: Tx, session_id: str, at: datetime) -> None:
    """Note that a session was used."""
    await tx.execute(update(sessions).where(_S.id == session_id).values(last_seen_at=at))


async def bound(tx: Tx, session_id: str, expires_at: datetime) -> None:
    """Say when a session ends at the latest."""
    await tx.execute(update(sessions).where(_S.id == session_id).values(expires_at=expires_at))


async def open_of(tx: Tx, user_id: str, *, now: datetime) -> list[Session]:
    """The sessions of a user that have not ended, newest first."""
    mine = (_S.user_id == user_id, _S.ended_at.is_(None), _S.expires_at > now)
    rows = await tx.execute(select(sessions).where(*mine).order_by(_S.created_at.desc(), _S.id.desc()))
    return [Session(**row._mapping) for row in rows]


async def end(
    tx: Tx,
    user_id: str,
    at: datetime,
    *,
    session_id: str | None = None,
    workspace_id: str | None = None,
    but: str | None = None,
) -> list[str]:
    """End sessions of a user: all, or one, or those in a workspace, ``but`` one. Returns which were still open."""
    statement = update(sessions).where(_S.user_id == user_id, _S.ended_at.is_(None))
    for column, value in ((_S.id, session_id), (_S.workspace_id, workspace_id)):
        if value is not None:
            statement = statement.where(column == value)
    if but is not None:
        statement = statement.where(_S.id != but)
    return list((await tx.execute(statement.values(ended_at=at).returning(_S.id))).scalars())


async def end_everywhere(tx: Tx, at: datetime) -> None:
    """End all sessions."""
    await tx.execute(update(sessions).where(_S.ended_at.is_(None)).values(ended_at=at))


async def ids_of(tx: Tx, user_id: str, workspace_id: str) -> list[str]:
    """The sessions of a user in a workspace that have not ended."""
    mine = (_S.user_id == user_id, _S.workspace_id == workspace_id, _S.ended_at.is_(None))
    return list((await tx.execute(select(_S.id).where(*mine))).scalars())


async def sweep(tx: Tx, before: datetime) -> int:
    """Forget sessions that were over before a moment."""
    over = or_(_S.expires_at < before, _S.ended_at < before)
    return len((await tx.execute(delete(sessions).where(over).returning(_S.id))).all())
