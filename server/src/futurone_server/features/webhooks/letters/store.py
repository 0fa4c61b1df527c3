"""The SQL of deliveries as their workspace sees them: the log, the dead letters, and sending those again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Row, Select, func, select, tuple_

from futurone_server.features.keys import Mode
from futurone_server.features.webhooks import rules
from futurone_server.features.webhooks.tables import deliveries, messages
from futurone_server.features.webhooks.types import Because, Delivery, State
from futurone_server.kit.page import Page, Window
from futurone_server.store.database import Tx
from futurone_server.store.messages import run

_REPLAY = """
WITH wanted AS (
  SELECT d.id, row_number() OVER (PARTITION BY d.target ORDER BY d.created_at, d.id) AS n FROM webhook_deliveries d
  LEFT JOIN webhook_endpoints e ON e.id = d.endpoint_id LEFT JOIN connections c ON c.id = d.connection_id
  WHERE d.workspace_id = %(workspace_id)s AND d.state = 'dead' AND d.next_at > %(now)s
    AND (CAST(%(mode)s AS text) IS NULL OR d.mode = %(mode)s)
    AND (CAST(%(ids)s AS text[]) IS NULL OR d.id = ANY(%(ids)s))
    AND (CAST(%(after)s AS timestamptz) IS NULL OR d.settled_at >= %(after)s)
    AND (CAST(%(before)s AS timestamptz) IS NULL OR d.settled_at < %(before)s)
    AND (CAST(%(endpoint_id)s AS text) IS NULL OR d.endpoint_id = %(endpoint_id)s)
    AND (d.endpoint_id IS NULL OR e.status = 'enabled') AND (d.connection_id IS NULL OR c.id IS NOT NULL)
)
UPDATE webhook_deliveries d SET state = 'pending', attempts = 0, reason = NULL, settled_at = NULL,
  next_at = %(now)s + make_interval(secs => (w.n - 1) / %(per_s)s)
FROM wanted w WHERE d.id = w.id AND d.state = 'dead' RETURNING d.id
"""


@dataclass(frozen=True, kw_only=True)
class DeliveryFilter:
    """Which deliveries are asked for; None means any."""

    states: tuple[State, ...] = ()
    endpoint_id: str | None = None
    connection_id: str | None = None
    run_id: str | None = None
    type: str | None = None
    mode: Mode | None = None


@dataclass(frozen=True, kw_only=True)
class Which:
    """Which dead letters are to be sent again: these, or those that died from one moment until another."""

    ids: tuple[str, ...] | None = None
    after: datetime | None = None
    before: datetime | None = None
    endpoint_id: str | None = None


def _select() -> "Select[tuple[object, ...]]":
    m = messages.c
    extra = (m.type, m.run_id, m.data, m.created_at.label("happened_at"))
    return select(deliveries, *extra).join(messages, m.id == deliveries.c.message_id)


def _delivery(row: Row[tuple[object, ...]]) -> Delivery:
    one = row._mapping
    return Delivery(
        id=one["id"],
        event_id=one["message_id"],
        type=one["type"],
        mode=Mode(one["mode"]),
        run_id=one["run_id"],
        endpoint_id=one["endpoint_id"],
        connection_id=one["connection_id"],
        url=one["url"],
        state=State(one["state"]),
        attempts=one["attempts"],
        next_at=one["next_at"],
        last_at=one["last_at"],
        last_status=one["last_status"],
        last_error=one["last_error"],
        last_took_ms=one["last_took_ms"],
        reason=None if one["reason"] is None else Because(one["reason"]),
        history=tuple(one["history"]),
        data=one["data"],
        happened_at=one["happened_at"],
        created_at=one["created_at"],
        settled_at=one["settled_at"],
    )


def _conditions(workspace_id: str, wanted: DeliveryFilter, now: datetime) -> "list[ColumnElement[bool]]":
    d, m = deliveries.c, messages.c
    found = [d.workspace_id == workspace_id]
    # What has been kept long enough is gone, whether or not it has been cleared away yet.
    found.append(d.state.in_((State.PENDING, State.SENDING)) | (d.next_at > now))
    if wanted.states:
        found.append(d.state.in_(wanted.states))
    if wanted.endpoint_id is not None:
        found.append(d.endpoint_id == wanted.endpoint_id)
    if wanted.connection_id is not None:
        found.append(d.connection_id == wanted.connection_id)
    if wanted.run_id is not None:
        found.append(m.run_id == wanted.run_id)
    if wanted.type is not None:
        found.append(m.type == wanted.type)
    if wanted.mode is not None:
        found.append(d.mode == wanted.mode.value)
    return found


async def page(tx: Tx, workspace_id: str, wanted: DeliveryFilter, *, window: Window, now: datetime) -> Page[Delivery]:
    """The deliveries of a workspace that match, newest first."""
    d = deliveries.c
    conditions = _conditions(workspace_id, wanted, now)
    counting = select(func.count()).select_from(deliveries.join(messages, messages.c.id == d.message_id))
    total = (await tx.execute(counting.where(*conditions))).scalar_one()
    query = _select().where(*conditions).order_by(d.created_at.desc(), d.id.desc())
    if window.after is not None:
        at, delivery_id = datetime.fromisoformat(window.after[0]), window.after[1]
        query = query.where(tuple_(d.created_at, d.id) < tuple_(at, delivery_id))
    rows = (await tx.execute(query.offset(window.offset).limit(window.limit + 1))).all()
    found = tuple(_delivery(row) for row in rows[: window.limit])
    more = (found[-1].created_at.isoformat(), found[-1].id) if len(rows) > window.limit else None
    return Page(items=found, total=total, window=window, next_after=more)


async def get(tx: Tx, delivery_id: str, *, mode: Mode | None, now: datetime) -> Delivery | None:
    """One delivery, if the scope and the mode see it."""
    query = _select().where(deliveries.c.id == delivery_id)
    row = (await tx.execute(query)).one_or_none()
    found = None if row is None else _delivery(row)
    if found is None or (mode is not None and found.mode is not mode):
        return None
    is_open = found.state in (State.PENDING, State.SENDING)
    return found if is_open or found.next_at > now else None


async def replay(tx: Tx, workspace_id: str, which: Which, *, mode: Mode | None, now: datetime) -> Sequence[str]:
    """Put dead letters on a fresh schedule, so many a second per receiver; returns which.

    Those whose endpoint is disabled or deleted, or whose connection is, stay where they are.
    """
    values = {
        "workspace_id": workspace_id,
        "mode": mode and mode.value,
        "ids": None if which.ids is None else list(which.ids),
        "after": which.after,
        "before": which.before,
        "endpoint_id": which.endpoint_id,
        "now": now,
        "per_s": float(rules.REPLAYS_PER_S),
    }
    (rows,) = await run(tx, (_REPLAY, values))
    return [row.id for row in rows]
