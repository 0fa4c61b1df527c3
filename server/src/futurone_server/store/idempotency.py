"""Idempotency keys: a row written in the transaction that creates the resource, so that a retry finds it.

There is no "in progress" state that could get stuck: a concurrent duplicate waits on the unique row and then sees the
first one's result. Only a keyed fingerprint of the request is stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, CursorResult, LargeBinary, Text, delete, exists

from futurone_server.kit.crypto import same
from futurone_server.kit.errors import Conflict, RateLimited
from futurone_server.store.database import Tx
from futurone_server.store.messages import Row, Statement, run
from futurone_server.store.schema import Moment, tenant_table

idempotency = tenant_table(
    "idempotency",
    Column("scope", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("resource_id", Text, nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
)


@dataclass(frozen=True, kw_only=True)
class Once:
    """A caller's wish that something happen once: its key, for one operation, with a fingerprint of the request.

    ``unless_repeated``: what is said to the request unless it is a repetition; those are free.
    """

    operation: str
    key: str
    fingerprint: bytes
    unless_repeated: RateLimited | None = None


_CLAIM = (
    "INSERT INTO idempotency (workspace_id, scope, key, fingerprint, resource_id, created_at)"
    " VALUES (%(workspace_id)s, %(scope)s, %(key)s, %(fingerprint)s, %(resource_id)s, %(at)s)"
)
_FIND = "SELECT fingerprint, resource_id FROM idempotency WHERE scope = %(scope)s AND key = %(key)s"


def _scope(once: Once, workspace_id: str, project_id: str) -> str:
    return f"{workspace_id}|{project_id}|{once.operation}"


def claiming(once: Once, *, workspace_id: str, project_id: str, resource_id: str, at: datetime) -> Statement:
    """The statement that claims the key for a resource about to be made; fails when it has been used before."""
    row = {"workspace_id": workspace_id, "scope": _scope(once, workspace_id, project_id), "key": once.key}
    return _CLAIM, {**row, "fingerprint": once.fingerprint, "resource_id": resource_id, "at": at}


def finding(once: Once, *, workspace_id: str, project_id: str) -> Statement:
    """The statement that finds what the key was used for before."""
    return _FIND, {"scope": _scope(once, workspace_id, project_id), "key": once.key}


def found(once: Once, rows: Sequence[Row]) -> str | None:
    """The id of the resource that the same request made before, from what ``finding`` found, if it did.

    Raises Conflict with reason IDEMPOTENCY_KEY_REUSED when another request used the key.
    """
    if not rows:
        return None
    if not same(rows[0].fingerprint, once.fingerprint):
        raise Conflict(
            "Idempotency-Key was used before with another request. Use a new key for a new request.",
            "IDEMPOTENCY_KEY_REUSED",
            details={"resource_id": rows[0].resource_id},
        )
    return str(rows[0].resource_id)


async def claim(
    tx: Tx, once: Once | None, *, workspace_id: str, resource_id: str, at: datetime, project_id: str = ""
) -> str | None:
    """Claim the key for a resource about to be made in this transaction; ``project_id`` where it lies in a project.

    Returns None when it is ours, or when there is no key, else the id of the resource that the same request made
    before. Raises Conflict as ``found`` does, and what ``unless_repeated`` says.
    """
    if once is None:
        return None
    sql, values = claiming(once, workspace_id=workspace_id, project_id=project_id, resource_id=resource_id, at=at)
    (made,) = await run(tx, (f"{sql} ON CONFLICT DO NOTHING RETURNING key", values))
    if made and once.unless_repeated is not None:
        raise once.unless_repeated
    if made:
        return None
    (rows,) = await run(tx, finding(once, workspace_id=workspace_id, project_id=project_id))
    return found(once, rows)


async def sweep(tx: Tx, resource: "Column[str]", prefix: str, before: datetime) -> int:
    """Forget keys from before a moment whose resource is gone: those whose ids begin so, and stand in no such column.

    Returns how many there were.
    """
    is_gone = ~exists().where(resource == idempotency.c.resource_id)
    old = idempotency.c.created_at < before
    statement = delete(idempotency).where(old, idempotency.c.resource_id.startswith(prefix, autoescape=True), is_gone)
    result = await tx.execute(statement)
    assert isinstance(result, CursorResult)
    return result.rowcount
