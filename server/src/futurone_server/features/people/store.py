"""The SQL of users, members, invitations and set-up links."""

from datetime import datetime

from sqlalchemy import ColumnElement, Row, RowMapping, delete, exists, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from futurone_server.features.people.tables import invitations, memberships, setup_links, users
from futurone_server.features.people.types import Invitation, Member, Role, SetupLink, User
from futurone_server.kit.page import Page, Window
from futurone_server.store.database import Tx

_M, _U, _I, _L = memberships.c, users.c, invitations.c, setup_links.c
_MEMBER = select(_M.user_id, _U.email, _U.name, _M.role, _M.created_at).join_from(
    memberships, users, _M.user_id == _U.id
)


def _member(values: RowMapping) -> Member:
    return Member(**{**values, "role": Role(values["role"])})


def _invitation(row: Row[tuple[object, ...]]) -> Invitation:
    values = dict(row._mapping)
    return Invitation(**{**values, "role": Role(values["role"])})


async def add_user(tx: Tx, user: User) -> bool:
    """Store a new user; False when somebody has the address. Only in a transaction over all workspaces."""
    statement = insert(users).values(vars(user)).on_conflict_do_nothing().returning(_U.id)
    return (await tx.execute(statement)).one_or_none() is not None


async def user_by_email(tx: Tx, email_key: str) -> User | None:
    """Who has an address, anywhere in the installation."""
    row = (await tx.execute(select(users).where(_U.email_key == email_key))).one_or_none()
    return None if row is None else User(**row._mapping)


async def user(tx: Tx, user_id: str) -> User | None:
    """One user, if the scope sees any of his places."""
    row = (await tx.execute(select(users).where(_U.id == user_id))).one_or_none()
    return None if row is None else User(**row._mapping)


async def set_password(tx: Tx, user_id: str, password_hash: str, *, instead_of: str | None = None) -> bool:
    """Exchange the hash of a user's password; False when it is not ``instead_of`` any more."""
    statement = update(users).where(_U.id == user_id)
    if instead_of is not None:
        statement = statement.where(_U.password_hash == instead_of)
    done = await tx.execute(statement.values(password_hash=password_hash).returning(_U.id))
    return done.one_or_none() is not None


async def places(tx: Tx, user_id: str) -> list[tuple[str, Role]]:
    """The workspaces that a user belongs to and the role in each, those joined first before others."""
    query = select(_M.workspace_id, _M.role).where(_M.user_id == user_id)
    rows = await tx.execute(query.order_by(_M.created_at, _M.workspace_id))
    return [(row.workspace_id, Role(row.role)) for row in rows]


async def member(tx: Tx, workspace_id: str, user_id: str) -> Member | None:
    """One member of a workspace."""
    mine = (_M.workspace_id == workspace_id, _M.user_id == user_id)
    row = (await tx.execute(_MEMBER.where(*mine))).one_or_none()
    return None if row is None else _member(row._mapping)


async def lock_owners(tx: Tx, workspace_id: str) -> list[str]:
    """The owners of a workspace; nobody else changes who they are before the transaction ends."""
    mine = (_M.workspace_id == workspace_id, _M.role == Role.OWNER.value)
    rows = await tx.execute(select(_M.user_id).where(*mine).order_by(_M.user_id).with_for_update())
    return list(rows.scalars())


async def has_owner(tx: Tx, workspace_id: str) -> bool:
    """Whether a workspace has an owner in person."""
    mine = (_M.workspace_id == workspace_id, _M.role == Role.OWNER.value)
    return bool((await tx.execute(select(exists().where(*mine)))).scalar_one())


async def members(tx: Tx, workspace_id: str, window: Window) -> Page[Member]:
    """The members of a workspace, those who joined first before others."""
    mine = _M.workspace_id == workspace_id
    total = (await tx.execute(select(func.count()).select_from(memberships).where(mine))).scalar_one()
    query = _MEMBER.where(mine).order_by(_M.created_at, _M.user_id)
    if window.after is not None:
        at, user_id = datetime.fromisoformat(window.after[0]), window.after[1]
        query = query.where(tuple_(_M.created_at, _M.user_id) > tuple_(at, user_id))
    rows = (await tx.execute(query.offset(window.offset).limit(window.limit + 1))).all()
    found = tuple(_member(row._mapping) for row in rows[: window.limit])
    more = (found[-1].created_at.isoformat(), found[-1].user_id) if len(rows) > window.limit else None
    return Page(items=found, total=total, window=window, next_after=more)


async def place(tx: Tx, workspace_id: str, user_id: str, *, role: Role, at: datetime) -> None:
    """Give a user a place in a workspace, or another role there."""
    row = {"workspace_id": workspace_id, "user_id": user_id, "role": role.value, "created_at": at}
    key = ["workspace_id", "user_id"]
    statement = insert(memberships).values(row).on_conflict_do_update(index_elements=key, set_={"role": role.value})
    await tx.execute(statement)


async def set_role(tx: Tx, workspace_id: str, user_id: str, role: Role) -> None:
    """Change a member's role."""
    mine = (_M.workspace_id == workspace_id, _M.user_id == user_id)
    await tx.execute(update(memberships).where(*mine).values(role=role.value))


async def remove_member(tx: Tx, workspace_id: str, user_id: str) -> None:
    """Take a user's place in a workspace away."""
    await tx.execute(delete(memberships).where(_M.workspace_id == workspace_id, _M.user_id == user_id))


async def lock_invitations(tx: Tx, workspace_id: str) -> None:
    """Have a second one who invites wait until this transaction is over, and see what it did."""
    await tx.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"invitations {workspace_id}"))))


async def add_invitation(tx: Tx, invitation: Invitation) -> None:
    """Store a new invitation."""
    await tx.execute(insert(invitations).values({**vars(invitation), "role": invitation.role.value}))


async def invitation(tx: Tx, invitation_id: str) -> Invitation | None:
    """One invitation, if the scope sees it."""
    row = (await tx.execute(select(invitations).where(_I.id == invitation_id))).one_or_none()
    return None if row is None else _invitation(row)


async def invitation_by(tx: Tx, digest: bytes) -> Invitation | None:
    """The invitation that a token belongs to."""
    row = (await tx.execute(select(invitations).where(_I.digest == digest))).one_or_none()
    return None if row is None else _invitation(row)


async def invitation_page(tx: Tx, workspace_id: str, window: Window) -> Page[Invitation]:
    """The invitations of a workspace, newest first."""
    mine = _I.workspace_id == workspace_id
    total = (await tx.execute(select(func.count()).select_from(invitations).where(mine))).scalar_one()
    query = select(invitations).where(mine).order_by(_I.created_at.desc(), _I.id.desc())
    if window.after is not None:
        at, one = datetime.fromisoformat(window.after[0]), window.after[1]
        query = query.where(tuple_(_I.created_at, _I.id) < tuple_(at, one))
    rows = (await tx.execute(query.offset(window.offset).limit(window.limit + 1))).all()
    found = tuple(_invitation(row) for row in rows[: window.limit])
    more = (found[-1].created_at.isoformat(), found[-1].id) if len(rows) > window.limit else None
    return Page(items=found, total=total, window=window, next_after=more)


def _pending(at: datetime) -> tuple[ColumnElement[bool], ...]:
    return _I.accepted_at.is_(None), _I.revoked_at.is_(None), _I.expires_at > at


async def count_pending(tx: Tx, workspace_id: str, at: datetime) -> int:
    """How many invitations of a workspace can still be accepted."""
    query = select(func.count()).select_from(invitations).where(_I.workspace_id == workspace_id, *_pending(at))
    return int((await tx.execute(query)).scalar_one())


async def take_invitation(tx: Tx, invitation_id: str, at: datetime) -> bool:
    """Use an invitation; False when somebody was quicker, or it holds no more."""
    statement = update(invitations).where(_I.id == invitation_id, *_pending(at)).values(accepted_at=at)
    return (await tx.execute(statement.returning(_I.id))).one_or_none() is not None


async def revoke_invitations(
    tx: Tx,
    workspace_id: str,
    at: datetime,
    *,
    invitation_id: str | None = None,
    email_key: str | None = None,
    invited_by: str | None = None,
) -> list[str]:
    """Take back what can still be accepted: one invitation, those to an address, or all that somebody sent."""
    statement = update(invitations).where(_I.workspace_id == workspace_id, *_pending(at))
    for column, value in ((_I.id, invitation_id), (_I.email_key, email_key), (_I.invited_by, invited_by)):
        if value is not None:
            statement = statement.where(column == value)
    rows = await tx.execute(statement.values(revoked_at=at).returning(_I.id))
    return list(rows.scalars())


async def add_link(tx: Tx, link: SetupLink) -> None:
    """Store a new set-up link; those before it hold no more."""
    mine = (_L.workspace_id == link.workspace_id, _L.used_at.is_(None))
    await tx.execute(update(setup_links).where(*mine).values(used_at=link.created_at))
    await tx.execute(insert(setup_links).values(vars(link)))


async def link_by(tx: Tx, digest: bytes) -> SetupLink | None:
    """The link that a token belongs to."""
    row = (await tx.execute(select(setup_links).where(_L.digest == digest))).one_or_none()
    return None if row is None else SetupLink(**row._mapping)


async def take_link(tx: Tx, link_id: str, at: datetime) -> bool:
    """Use a link; False when somebody was quicker, or it holds no more."""
    fresh = (_L.id == link_id, _L.used_at.is_(None), _L.expires_at > at)
    statement = update(setup_links).where(*fresh).values(used_at=at).returning(_L.id)
    return (await tx.execute(statement)).one_or_none() is not None


async def end_everywhere(tx: Tx, at: datetime) -> None:
    """Take back all that can still be accepted or used."""
    await tx.execute(update(invitations).where(*_pending(at)).values(revoked_at=at))
    await tx.execute(update(setup_links).where(_L.used_at.is_(None)).values(used_at=at))


async def sweep(tx: Tx, before: datetime) -> int:
    """Forget links and invitations that were over before a moment, and users who belong nowhere since."""
    over = or_(_I.expires_at < before, _I.accepted_at < before, _I.revoked_at < before)
    gone = (await tx.execute(delete(invitations).where(over).returning(_I.id))).all()
    links = (await tx.execute(delete(setup_links).where(_L.expires_at < before).returning(_L.id))).all()
    nowhere = ~exists().where(_M.user_id == _U.id)
    left = (await tx.execute(delete(users).where(_U.created_at < before, nowhere).returning(_U.id))).all()
    return len(gone) + len(links) + len(left)
