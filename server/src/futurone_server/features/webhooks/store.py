"""The SQL of endpoints and signing secrets, as their workspace sees them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Case, Row, Table, case, delete, func, insert, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert

from futurone_server.features.keys import Mode
from futurone_server.features.webhooks.posting.store import burying
from futurone_server.features.webhooks.tables import deliveries, endpoints, messages, signing_secrets
from futurone_server.features.webhooks.types import Because, Endpoint, EndpointStatus, Health, State, Told
from futurone_server.kit.page import Page, Window
from futurone_server.store.database import Tx
from futurone_server.store.messages import run

_SHOWN = [column for column in endpoints.c if column.name not in ("secret", "old_secret")]


def _endpoint(row: Row[tuple[object, ...]]) -> Endpoint:
    one = row._mapping
    return Endpoint(
        id=one["id"],
        workspace_id=one["workspace_id"],
        mode=Mode(one["mode"]),
        url=one["url"],
        events=tuple(Told(event) for event in one["events"]),
        status=EndpointStatus(one["status"]),
        disabled_because=None if one["disabled_because"] is None else Because(one["disabled_because"]),
        description=one["description"],
        created_at=one["created_at"],
        overlap_until=one["old_until"],
        health=Health(
            failures=one["failures"],
            failing_since=one["failing_since"],
            last_success_at=one["last_success_at"],
            last_failure_at=one["last_failure_at"],
            last_error=one["last_error"],
        ),
    )


async def add(tx: Tx, endpoint: Endpoint, *, secret: bytes, created_by: str) -> None:
    """Store a new endpoint with its sealed secret."""
    values = {
        "id": endpoint.id,
        "workspace_id": endpoint.workspace_id,
        "mode": endpoint.mode.value,
        "url": endpoint.url,
        "events": [event.value for event in endpoint.events],
        "status": endpoint.status.value,
        "description": endpoint.description,
        "secret": secret,
        "created_by": created_by,
        "created_at": endpoint.created_at,
    }
    await tx.execute(insert(endpoints).values(values))


async def count(tx: Tx, workspace_id: str) -> int:
    """How many endpoints a workspace has; a second count waits until this transaction is over."""
    await tx.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"webhook_endpoints {workspace_id}"))))
    query = select(func.count()).select_from(endpoints).where(endpoints.c.workspace_id == workspace_id)
    return int((await tx.execute(query)).scalar_one())


async def get(tx: Tx, endpoint_id: str, *, mode: Mode | None) -> Endpoint | None:
    """One endpoint, if the scope and the mode see it."""
    query = select(*_SHOWN).where(endpoints.c.id == endpoint_id)
    if mode is not None:
        query = query.where(endpoints.c.mode == mode.value)
    row = (await tx.execute(query)).one_or_none()
    return None if row is None else _endpoint(row)


async def page(tx: Tx, workspace_id: str, window: Window, *, mode: Mode | None) -> Page[Endpoint]:
    """The endpoints of a workspace, newest first."""
    mine = [endpoints.c.workspace_id == workspace_id]
    if mode is not None:
        mine.append(endpoints.c.mode == mode.value)
    total = (await tx.execute(select(func.count()).select_from(endpoints).where(*mine))).scalar_one()
    query = select(*_SHOWN).where(*mine).order_by(endpoints.c.created_at.desc(), endpoints.c.id.desc())
    if window.after is not None:
        at, endpoint_id = datetime.fromisoformat(window.after[0]), window.after[1]
        query = query.where(tuple_(endpoints.c.created_at, endpoints.c.id) < tuple_(at, endpoint_id))
    rows = (await tx.execute(query.offset(window.offset).limit(window.limit + 1))).all()
    found = tuple(_endpoint(row) for row in rows[: window.limit])
    more = (found[-1].created_at.isoformat(), found[-1].id) if len(rows) > window.limit else None
    return Page(items=found, total=total, window=window, next_after=more)


async def change(tx: Tx, endpoint_id: str, **values: object) -> None:
    """Change columns of an endpoint."""
    await tx.execute(update(endpoints).where(endpoints.c.id == endpoint_id).values(values))


async def bury(tx: Tx, endpoint_id: str, now: datetime) -> None:
    """What waits for a disabled endpoint goes to the dead letters."""
    await run(tx, burying(endpoint_id, now))


async def remove(tx: Tx, endpoint_id: str, *, now: datetime, vanishes_at: datetime) -> None:
    """Delete an endpoint; what waits for it goes to the dead letters."""
    waiting = update(deliveries).where(deliveries.c.endpoint_id == endpoint_id, deliveries.c.state == "pending")
    dead = {"state": "dead", "reason": Because.DELETED.value, "settled_at": now, "next_at": vanishes_at}
    await tx.execute(waiting.values(dead))
    await tx.execute(delete(endpoints).where(endpoints.c.id == endpoint_id))


async def rotate(tx: Tx, endpoint_id: str, secret: bytes, *, old_until: datetime | None, now: datetime) -> None:
    """Give an endpoint a new secret; the one that its receivers know signs beside it until a moment."""
    values = {"old_secret": _known(endpoints, now), "old_until": old_until, "secret": secret}
    await tx.execute(update(endpoints).where(endpoints.c.id == endpoint_id).values(values))


def _known(secrets: Table, now: datetime) -> "Case[bytes]":
    """The secret that receivers know for certain: during an overlap the old one. A newer one may have been lost."""
    return case((secrets.c.old_until > now, secrets.c.old_secret), else_=secrets.c.secret)


async def rotate_signing(
    tx: Tx, secret_id: str, *, workspace_id: str, secret: bytes, old_until: datetime | None, now: datetime
) -> bool:
    """Give a workspace a new signing secret, or its first. One that nobody has been shown has no overlap.

    Returns whether there is an overlap.
    """
    s = signing_secrets.c
    row = (await tx.execute(select(s.shown_at).where(s.id == secret_id).with_for_update())).one_or_none()
    is_known = row is not None and row.shown_at is not None and old_until is not None
    first = {"id": secret_id, "workspace_id": workspace_id, "secret": secret, "created_at": now, "shown_at": now}
    again = {"secret": secret, "shown_at": now, "old_secret": _known(signing_secrets, now) if is_known else None}
    again["old_until"] = old_until if is_known else None
    statement = upsert(signing_secrets).values(first)
    await tx.execute(statement.on_conflict_do_update(index_elements=["id"], set_=again))
    return is_known


async def cut_over_signing(tx: Tx, secret_id: str) -> None:
    """End the overlap of a workspace's signing secrets."""
    values = {"old_secret": None, "old_until": None}
    await tx.execute(update(signing_secrets).where(signing_secrets.c.id == secret_id).values(values))


@dataclass(frozen=True, kw_only=True)
class Trial:
    """An event that is only a trial, and its delivery to one receiver."""

    event_id: str
    delivery_id: str
    type: str
    mode: Mode


async def add_trial(
    tx: Tx,
    workspace_id: str,
    trial: Trial,
    *,
    endpoint_id: str | None = None,
    connection_id: str | None = None,
    at: datetime,
) -> None:
    """Have one endpoint, enabled or not, or one connection told a test event."""
    base = {"workspace_id": workspace_id, "created_at": at}
    data: dict[str, object] = {
        "run_id": None,
        "status": None,
        "confidence": None,
        "metadata": {},
        "last_event_id": None,
    }
    message = {"id": trial.event_id, "type": trial.type, "run_id": None, "data": data}
    await tx.execute(insert(messages).values({**base, **message}))
    row = {"id": trial.delivery_id, "message_id": trial.event_id, "mode": trial.mode.value, "endpoint_id": endpoint_id}
    state = {"target": endpoint_id or connection_id, "state": State.PENDING.value, "next_at": at}
    await tx.execute(insert(deliveries).values({**base, **row, **state, "connection_id": connection_id}))
