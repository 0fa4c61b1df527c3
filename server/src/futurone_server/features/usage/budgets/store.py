"""The SQL of budgets: reserving before a call, settling after it, and how they stand.

Whoever changes what a workspace's budgets have spent takes that workspace's lock first, in a statement of its own: the
next statement then sees everything that was committed before. Commits that concern several take them in one order.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from futurone_server.eventlog import Write
from futurone_server.features.runs import Run
from futurone_server.features.usage.budgets.types import (
    BudgetScope,
    Need,
    Paused,
    Period,
    Policy,
    Standing,
    WideBudget,
)
from futurone_server.features.usage.rules import bucket_end
from futurone_server.features.usage.types import Granularity
from futurone_server.store.database import Tx
from futurone_server.store.messages import Row, Statement, run

_SPACE = 0x4655425A
_LOCK = "SELECT pg_advisory_xact_lock(%(space)s, hashtext(%(workspace_id)s))"
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


def _start(moment: str) -> str:
    """SQL for where the period of budget ``b`` begins in which a moment is."""
    return f"CASE b.period WHEN 'total' THEN timestamptz 'epoch' ELSE date_trunc(b.period, {moment}, 'UTC') END"


def _covers(project: str, key: str) -> str:
    """SQL for whether budget ``b`` bounds what is spent in a project by a key."""
    return f"(b.scope = 'workspace' OR (b.scope, b.scope_id) IN (('project', {project}), ('key', {key})))"


_AT = "CAST(%(at)s AS timestamptz)"
_MINE = f"b.workspace_id = %(workspace_id)s AND {_covers('%(project_id)s', '%(key_id)s')}"
_OPEN = (
    "INSERT INTO budget_tallies (budget_id, workspace_id, period_start)"  # noqa: S608 - our own words
    f" SELECT b.id, b.workspace_id, {_start(_AT)} FROM budgets b WHERE {_MINE} ON CONFLICT DO NOTHING"
)
_STANDING = f"""
SELECT b.id, b.workspace_id, b.scope, b.scope_id, b.period, b.max_cost_usd, b.max_tokens, b.policy,
  t.period_start, t.tokens, t.cost_usd, t.reserved_tokens, t.reserved_usd, t.told, t.full_at
FROM budgets b JOIN budget_tallies t ON t.budget_id = b.id AND t.period_start = {_start(_AT)}
"""  # noqa: S608 - our own words
_RESERVE = f"""
WITH mine AS ({_STANDING} WHERE {_MINE}
), held AS (
  SELECT 1 FROM budget_reservations WHERE call_id = %(call_id)s AND question IS NULL
), fits AS (
  SELECT coalesce(bool_and(
    (m.max_tokens IS NULL OR m.tokens + m.reserved_tokens + %(tokens)s <= m.max_tokens)
    AND (m.max_cost_usd IS NULL
      OR coalesce(m.cost_usd + m.reserved_usd + CAST(%(cost_usd)s AS numeric) <= m.max_cost_usd, false))
  ), false) AND NOT EXISTS (SELECT 1 FROM held) AS now FROM mine m
), put AS (
  INSERT INTO budget_reservations
    (call_id, workspace_id, run_id, project_id, key_id, epoch, at, tokens, cost_usd)
  SELECT %(call_id)s, %(workspace_id)s, %(run_id)s, %(project_id)s, %(key_id)s, %(epoch)s, %(at)s, %(tokens)s,
    CAST(%(cost_usd)s AS numeric) FROM fits WHERE now
), taken AS (
  UPDATE budget_tallies t SET reserved_tokens = t.reserved_tokens + %(tokens)s,
    reserved_usd = t.reserved_usd + coalesce(CAST(%(cost_usd)s AS numeric), 0)
  FROM mine m, fits f WHERE f.now AND t.budget_id = m.id AND t.period_start = m.period_start
)
SELECT m.*, f.now OR EXISTS (SELECT 1 FROM held) AS is_taken FROM mine m, fits f
"""  # noqa: S608 - our own words
"""Sets a call's most aside in every budget that bounds it, or in none; returns how they stood before."""

_CLOSE = f"""
WITH closed AS (
  UPDATE usage_calls SET is_open = false WHERE id = %(call_id)s AND is_open
  RETURNING workspace_id, run_id, at, input_tokens + output_tokens AS tokens, coalesce(cost_usd, 0) AS cost_usd
), gone AS (
  DELETE FROM budget_reservations WHERE call_id = %(call_id)s AND question IS NULL
  RETURNING workspace_id, project_id, key_id, at, tokens, coalesce(cost_usd, 0) AS cost_usd
), change AS (
  SELECT c.workspace_id, u.project_id, u.key_id, c.at, c.tokens, c.cost_usd, 0 AS reserved_tokens, 0 AS reserved_usd
  FROM closed c JOIN usage_runs u ON u.run_id = c.run_id WHERE u.mode = 'live'
  UNION ALL SELECT workspace_id, project_id, key_id, at, 0, 0, tokens, cost_usd FROM gone
), due AS (
  SELECT b.id, {_start("c.at")} AS period_start, sum(c.tokens) AS tokens, sum(c.cost_usd) AS cost_usd,
    sum(c.reserved_tokens) AS reserved_tokens, sum(c.reserved_usd) AS reserved_usd
  FROM change c JOIN budgets b ON b.workspace_id = c.workspace_id AND {_covers("c.project_id", "c.key_id")}
  GROUP BY 1, 2
)
UPDATE budget_tallies t SET tokens = t.tokens + d.tokens, cost_usd = t.cost_usd + d.cost_usd,
  reserved_tokens = t.reserved_tokens - d.reserved_tokens, reserved_usd = t.reserved_usd - d.reserved_usd
FROM due d WHERE t.budget_id = d.id AND t.period_start = d.period_start
"""  # noqa: S608 - our own words
"""A call is over: what was set aside for it is free, and what it used is spent. Once, however often it is said."""

_LEFT = """
SELECT r.call_id, r.workspace_id FROM budget_reservations r LEFT JOIN log_heads h ON h.run_id = r.run_id
LEFT JOIN usage_calls c ON c.id = r.call_id
WHERE r.question IS NULL AND (coalesce(h.closed, true) OR (h.epoch > r.epoch AND c.id IS NULL))
UNION SELECT c.id, c.workspace_id FROM usage_calls c LEFT JOIN log_heads h ON h.run_id = c.run_id
WHERE c.is_open AND coalesce(h.closed, true)
ORDER BY 2, 1 LIMIT 500
"""
"""Calls that nobody will settle: their run is over, or its worker died before it had begun them."""

_FULL = (
    "UPDATE budget_tallies SET full_at = %(at)s WHERE budget_id = %(id)s AND period_start = %(period_start)s"
    " AND full_at IS NULL"
)
_TOLD = (
    "UPDATE budget_tallies SET told = %(level)s WHERE budget_id = %(id)s AND period_start = %(period_start)s"
    " AND told < %(level)s RETURNING budget_id"
)
_WAIT = (
    "INSERT INTO budget_reservations"
    " (call_id, workspace_id, run_id, project_id, key_id, epoch, at, tokens, cost_usd, question)"
    " VALUES (%(call_id)s, %(workspace_id)s, %(run_id)s, %(project_id)s, %(key_id)s, %(epoch)s, %(at)s, %(tokens)s,"
    " %(cost_usd)s, %(question)s) ON CONFLICT DO NOTHING"
)
_PAUSED = """
SELECT q.*, i.id AS input_id FROM budget_reservations q
JOIN run_inputs i ON i.run_id = q.run_id AND i.step_id = q.question AND i.state = 'open'
WHERE q.question IS NOT NULL ORDER BY q.workspace_id, q.at, q.call_id
"""
_FORGET = """
DELETE FROM budget_reservations q WHERE q.question IS NOT NULL AND q.at < %(before)s
AND NOT EXISTS (SELECT 1 FROM run_inputs i WHERE i.run_id = q.run_id AND i.step_id = q.question AND i.state = 'open')
"""
_ALL = f"{_STANDING} ORDER BY b.workspace_id, b.id"
_OF_WORKSPACE = f"""
SELECT b.id, b.workspace_id, b.scope, b.scope_id, b.period, b.max_cost_usd, b.max_tokens, b.policy,
  {_start(_AT)} AS period_start, coalesce(t.tokens, 0) AS tokens, coalesce(t.cost_usd, 0) AS cost_usd,
  coalesce(t.reserved_tokens, 0) AS reserved_tokens, coalesce(t.reserved_usd, 0) AS reserved_usd,
  coalesce(t.told, 0) AS told, t.full_at
FROM budgets b LEFT JOIN budget_tallies t ON t.budget_id = b.id AND t.period_start = {_start(_AT)}
WHERE b.workspace_id = %(workspace_id)s ORDER BY b.scope DESC, b.scope_id, b.period, b.id
"""  # noqa: S608 - our own words
_ADD = (
    "INSERT INTO budgets (id, workspace_id, scope, scope_id, period, max_cost_usd, max_tokens, policy, created_at)"
    " VALUES (%(id)s, %(workspace_id)s, %(scope)s, %(scope_id)s, %(period)s, %(max_cost_usd)s, %(max_tokens)s,"
    " %(policy)s, %(at)s)"
)
_CHANGE = (
    "UPDATE budgets SET max_cost_usd = %(max_cost_usd)s, max_tokens = %(max_tokens)s, policy = %(policy)s"
    " WHERE id = %(id)s"
)
_BEGIN_AGAIN = "UPDATE budget_tallies SET told = 0, full_at = NULL WHERE budget_id = %(id)s"
_COUNT = f"""
INSERT INTO budget_tallies AS x
  (budget_id, workspace_id, period_start, tokens, cost_usd, reserved_tokens, reserved_usd)
SELECT b.id, b.workspace_id, {_start(_AT)}, s.tokens, s.cost_usd, o.tokens, o.cost_usd FROM budgets b,
LATERAL (
  SELECT coalesce(sum(c.input_tokens + c.output_tokens), 0) AS tokens, coalesce(sum(c.cost_usd), 0) AS cost_usd
  FROM usage_calls c JOIN usage_runs u ON u.run_id = c.run_id AND u.mode = 'live'
  WHERE c.workspace_id = b.workspace_id AND NOT c.is_open AND c.at >= {_start(_AT)}
    AND {_covers("u.project_id", "u.key_id")}
) s, LATERAL (
  SELECT coalesce(sum(r.tokens), 0) AS tokens, coalesce(sum(r.cost_usd), 0) AS cost_usd FROM budget_reservations r
  WHERE r.workspace_id = b.workspace_id AND r.question IS NULL AND r.at >= {_start(_AT)}
    AND {_covers("r.project_id", "r.key_id")}
) o WHERE b.id = %(id)s
"""  # noqa: S608 - our own words
"""A new budget begins with what has been spent of its present period, and with what is under way."""


def locking(workspace_id: str) -> Statement:
    """The statement that whoever changes a workspace's tallies sends first."""
    return _LOCK, {"space": _SPACE, "workspace_id": workspace_id}


def reserving(need: Need) -> list[Statement]:
    """The statements that set a call's most aside if every budget has room; the last one gives how they stood."""
    values = vars(need)
    return [locking(need.workspace_id), (_OPEN, values), (_RESERVE, values)]


def closing(call_id: str, workspace_id: str) -> list[Statement]:
    """The statements that settle a call."""
    return [locking(workspace_id), (_CLOSE, {"call_id": call_id})]


def settled(run_: Run, call_id: str) -> list[Write]:
    """The same as row changes that go with the event of the call."""
    return [
        Write(statement=sql, values=values, contended=run_.workspace_id)
        for sql, values in closing(call_id, run_.workspace_id)
    ]


def standing(row: Row) -> Standing:
    """How a budget stands, from its row."""
    period = Period(row.period)
    budget = WideBudget(
        scope=BudgetScope(row.scope),
        scope_id=row.scope_id,
        period=period,
        max_cost_usd=row.max_cost_usd,
        max_tokens=row.max_tokens,
        policy=Policy(row.policy),
    )
    start = row.period_start.astimezone(UTC)
    return Standing(
        id=row.id,
        workspace_id=row.workspace_id,
        budget=budget,
        period_start=start,
        ends_at=None if period is Period.TOTAL else bucket_end(start, Granularity(period.value)),
        tokens=row.tokens,
        cost_usd=row.cost_usd,
        reserved_tokens=row.reserved_tokens,
        reserved_usd=row.reserved_usd,
        told=row.told,
        full_at=row.full_at,
    )


def of_workspace(workspace_id: str, at: datetime) -> Statement:
    """The statement that finds how all budgets of a workspace stand."""
    return _OF_WORKSPACE, {"workspace_id": workspace_id, "at": at}


def filling(one: Standing, at: datetime) -> Statement:
    """The statement that says: the next call does not fit."""
    return _FULL, {"id": one.id, "period_start": one.period_start, "at": at}


def waiting(need: Need, question: str) -> Statement:
    """The statement that says what a run waits for under a question."""
    return _WAIT, {**vars(need), "question": question}


async def left(tx: Tx) -> Sequence[Any]:
    """Calls that nobody will settle: ``call_id``, ``workspace_id``."""
    (rows,) = await run(tx, (_LEFT, {}))
    return rows


async def all_of(tx: Tx, at: datetime) -> list[Standing]:
    """How all budgets stand in which something was reserved or counted in their present period."""
    (rows,) = await run(tx, (_ALL, {"at": at}))
    return [standing(row) for row in rows]


async def tell(tx: Tx, one: Standing, level: int) -> bool:
    """Note that a threshold is told; False when it was before."""
    values = {"id": one.id, "period_start": one.period_start, "level": level}
    (rows,) = await run(tx, (_TOLD, values))
    return bool(rows)


async def paused(tx: Tx, before: datetime) -> list[Paused]:
    """The runs that wait for a budget, the longest waiting first; what was asked for and is over is forgotten."""
    rows = (await run(tx, (_FORGET, {"before": before}), (_PAUSED, {})))[1]
    return [Paused(call_id=row.call_id, input_id=row.input_id, need=_need(row)) for row in rows]


async def key_ids(tx: Tx, workspace_id: str) -> set[str]:
    """The ids of a workspace's keys."""
    (rows,) = await run(tx, ("SELECT id FROM api_keys WHERE workspace_id = %(id)s", {"id": workspace_id}))
    return {row.id for row in rows}


def _need(row: Row) -> Need:
    names = ("call_id", "at", "workspace_id", "run_id", "project_id", "key_id", "epoch", "tokens", "cost_usd")
    return Need(**{name: getattr(row, name) for name in names})


def adding(budget_id: str, workspace_id: str, budget: WideBudget, at: datetime) -> list[Statement]:
    """The statements that store a new budget and count what its period has seen already."""
    values = {"id": budget_id, "workspace_id": workspace_id, "at": at, **_columns(budget)}
    return [(_ADD, values), (_COUNT, {"id": budget_id, "at": at})]


def changing(budget_id: str, budget: WideBudget) -> list[Statement]:
    """The statements that change a budget's bounds and policy; it warns anew."""
    return [(_CHANGE, {"id": budget_id, **_columns(budget)}), (_BEGIN_AGAIN, {"id": budget_id})]


def removing(budget_id: str) -> Statement:
    """The statement that deletes a budget."""
    return "DELETE FROM budgets WHERE id = %(id)s", {"id": budget_id}


def _columns(budget: WideBudget) -> dict[str, object]:
    return {**vars(budget), "scope": budget.scope.value, "period": budget.period.value, "policy": budget.policy.value}
