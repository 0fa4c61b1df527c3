"""How much of its rate limits every key has used: one row per key and class, the same for all processes.

The rule is GCRA: a row holds the moment at which the key will have used nothing (``tat``), and each request moves it on
by what one request costs. The table is unlogged: after a crash of the database everybody begins with nothing used.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Column, CursorResult, Text, delete

from futurone_server.store.database import SYSTEM, Database, Tx
from futurone_server.store.messages import Statement
from futurone_server.store.schema import tenant_table

rate_limits = tenant_table(
    "rate_limits",
    Column("subject", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("tat", BigInteger, nullable=False),
    Column("granted", BigInteger, nullable=False),
)

_SECOND = 1_000_000
_NOW = f"coalesce(%(at)s::bigint, (extract(epoch FROM statement_timestamp()) * {_SECOND})::bigint)"
_ROOM = f"greatest(0, (%(cost)s::bigint * %(limit)s::bigint - (greatest(r.tat, {_NOW}) - {_NOW})) / %(cost)s::bigint)"
_GRANTED = f"least(%(count)s::bigint, {_ROOM})"
_FIRST = "least(%(count)s::bigint, %(limit)s::bigint)"
_CHARGE = " ".join(
    (
        "INSERT INTO rate_limits AS r (workspace_id, subject, kind, tat, granted) VALUES",
        f"(%(workspace_id)s, %(subject)s, %(kind)s, {_NOW} + %(cost)s::bigint * {_FIRST}, {_FIRST})",
        f"ON CONFLICT (subject, kind) DO UPDATE SET tat = greatest(r.tat, {_NOW}) + %(cost)s::bigint * {_GRANTED},",
        f"granted = {_GRANTED} RETURNING tat, granted, {_NOW} AS at",
    )
)


@dataclass(frozen=True, kw_only=True)
class Charge:
    """``count`` requests that want to be let in, of at most ``limit`` a minute. Negative: so many are given back."""

    workspace_id: str
    subject: str
    kind: str
    limit: int
    count: int


@dataclass(frozen=True, kw_only=True)
class Charged:
    """How many were let in, and what the row says since; moments in microseconds of the store's clock."""

    granted: int
    tat_us: int
    at_us: int


def cost_us(limit: int) -> int:
    """By how much one request moves the row on: the limit fills a minute."""
    return 60 * _SECOND // limit


async def charge(db: Database, charges: Sequence[Charge], *, at_us: int | None = None) -> list[Charged]:
    """Charge several keys in one message, each exactly; in the order given, which must be that of subject and kind.

    The store's clock counts, so that hosts need not agree about the time; ``at_us`` stands in for it. Raises
    Unavailable.
    """
    answers = await db.write(SYSTEM, *(_charging(one, at_us) for one in charges))
    return [Charged(granted=int(row.granted), tat_us=int(row.tat), at_us=int(row.at)) for (row,) in answers]


def _charging(one: Charge, at_us: int | None) -> Statement:
    return _CHARGE, {**vars(one), "cost": cost_us(one.limit), "at": at_us}


async def sweep(tx: Tx, before: datetime) -> int:
    """Remove the rows of keys that used nothing since a moment; returns how many there were."""
    old = rate_limits.c.tat < int(before.timestamp() * _SECOND)
    result = await tx.execute(delete(rate_limits).where(old))
    assert isinstance(result, CursorResult)
    return result.rowcount
