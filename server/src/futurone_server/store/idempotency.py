"""Idempotency keys: a row written in the transaction that creates the resource, so that a retry finds it.

There is no "in progress" state that could get stuck: a concurrent duplicate waits on the unique row and then sees the
first one's result. Only a keyed fingerprint of the request is stored.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, LargeBinary, Text, select
from sqlalchemy.dialects.postgresql import insert

from futurone_server.kit.crypto import same
from futurone_server.kit.errors import Conflict
from futurone_server.store.database import Tx
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
    """A caller's wish that something happen once: its key, for one operation, with a fingerprint of the request."""

    operation: str
    key: str
    fingerprint: bytes


async def claim(
    tx: Tx, once: Once, *, workspace_id: str, project_id: str, resource_id: str, at: datetime
) -> str | None:
    """Claim the key for a resource about to be made in this transaction.

    Returns None when it is ours, else the id of the resource that the same request made before. Raises Conflict with
    reason IDEMPOTENCY_KEY_REUSED when another request used the key.
    """
    scope = f"{workspace_id}|{project_id}|{once.operation}"
    row = {"workspace_id": workspace_id, "scope": scope, "key": once.key, "fingerprint": once.fingerprint}
    statement = insert(idempotency).values(**row, resource_id=resource_id, created_at=at)
    made = await tx.execute(statement.on_conflict_do_nothing().returning(idempotency.c.key))
    if made.one_or_none() is not None:
        return None
    return await find(tx, once, workspace_id=workspace_id, project_id=project_id)


async def find(tx: Tx, once: Once, *, workspace_id: str, project_id: str) -> str | None:
    """The id of the resource that the same request made before, if it did. Raises Conflict as ``claim`` does."""
    scope = f"{workspace_id}|{project_id}|{once.operation}"
    query = select(idempotency.c.fingerprint, idempotency.c.resource_id)
    rows = await tx.execute(query.where(idempotency.c.scope == scope, idempotency.c.key == once.key))
    found = rows.one_or_none()
    if found is None:
        return None
    if not same(found.fingerprint, once.fingerprint):
        raise Conflict(
            "Idempotency-Key was used before with another request. Use a new key for a new request.",
            "IDEMPOTENCY_KEY_REUSED",
            details={"resource_id": found.resource_id},
        )
    return str(found.resource_id)
