"""The SQL of sending, in the driver's own style: the outbox, claims under a lease, and what came of each attempt."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from futurone_server.features.webhooks import rules
from futurone_server.features.webhooks.types import TEST, Announcement, Attempt, Because, Parcel, State
from futurone_server.kit import json
from futurone_server.store.messages import Statement

ANNOUNCE = """
WITH targets AS (
  SELECT CAST(NULL AS text) AS endpoint_id, CAST(NULL AS text) AS connection_id, CAST(%(url)s AS text) AS url,
    CAST(%(target)s AS text) AS target
  WHERE CAST(%(url)s AS text) IS NOT NULL
  UNION ALL
  SELECT NULL, c.id, NULL, c.id FROM unnest(CAST(%(connections)s AS text[])) AS c(id)
  UNION ALL
  SELECT e.id, NULL, NULL, e.id FROM webhook_endpoints e
  WHERE CAST(%(url)s AS text) IS NULL AND e.workspace_id = CAST(%(workspace_id)s AS text)
    AND e.mode = CAST(%(mode)s AS text) AND e.status = 'enabled' AND CAST(%(type)s AS text) = ANY(e.events)
), message AS (
  INSERT INTO webhook_messages (id, workspace_id, type, run_id, data, created_at, note)
  SELECT CAST(%(id)s AS text), CAST(%(workspace_id)s AS text), CAST(%(type)s AS text), CAST(%(run_id)s AS text),
    CAST(%(data)s AS jsonb) || coalesce((SELECT jsonb_build_object('last_event_id', h.seq) FROM log_heads h
      WHERE h.run_id = CAST(%(run_id)s AS text)), CAST('{}' AS jsonb)), %(at)s, CAST(%(note)s AS jsonb)
  WHERE EXISTS (SELECT 1 FROM targets) ON CONFLICT DO NOTHING RETURNING id
), added AS (
  INSERT INTO webhook_deliveries
    (id, workspace_id, message_id, mode, endpoint_id, connection_id, url, target, state, next_at, created_at)
  SELECT 'dlv_' || substr(encode(sha256(convert_to(m.id || '|' || t.target, 'UTF8')), 'hex'), 1, 26),
    CAST(%(workspace_id)s AS text), m.id, CAST(%(mode)s AS text), t.endpoint_id, t.connection_id, t.url, t.target,
    'pending', %(at)s, %(at)s
  FROM targets t CROSS JOIN message m ON CONFLICT DO NOTHING RETURNING id
)
SELECT pg_notify('futurone', 'webhooks') FROM added LIMIT 1
"""
"""The outbox: one message and one delivery per receiver that is to be told at this commit; nothing where there is none.

It must come after the event itself in the same transaction, whose number it notes.
"""

_ONE_BY_ONE: Statement = ("SELECT pg_advisory_xact_lock(%(lock)s)", {"lock": 0x46555748})
"""Claims of all processes take turns, so that what is sent to one receiver at once is counted exactly."""

_CLAIM = """
WITH busy AS (
  SELECT workspace_id, target, count(*) AS n FROM webhook_deliveries
  WHERE state = 'sending' AND next_at > %(now)s GROUP BY workspace_id, target
), waiting AS (
  SELECT id, workspace_id, target, next_at,
    row_number() OVER (PARTITION BY workspace_id, target ORDER BY next_at, id) AS n
  FROM webhook_deliveries WHERE state IN ('pending', 'sending') AND next_at <= %(now)s
), targets AS (
  SELECT t.workspace_id, t.target, coalesce(b.n, 0) AS busy,
    CASE WHEN l.is_slow THEN %(slow_max)s ELSE %(target_max)s END AS room
  FROM (SELECT DISTINCT workspace_id, target FROM waiting) t
  LEFT JOIN busy b ON b.workspace_id = t.workspace_id AND b.target = t.target
  LEFT JOIN LATERAL (
    SELECT d.last_error = 'timeout' OR d.last_status = ANY(%(slow_statuses)s) AS is_slow FROM webhook_deliveries d
    WHERE d.workspace_id = t.workspace_id AND d.target = t.target AND d.last_at IS NOT NULL
    ORDER BY d.last_at DESC LIMIT 1
  ) l ON true
), fitting AS (
  SELECT w.id, w.next_at, w.n + t.busy AS turn,
    row_number() OVER (PARTITION BY w.workspace_id ORDER BY w.n + t.busy, w.next_at, w.id)
      + coalesce((SELECT sum(b.n) FROM busy b WHERE b.workspace_id = w.workspace_id), 0) AS workspace_turn
  FROM waiting w JOIN targets t ON t.workspace_id = w.workspace_id AND t.target = w.target
  WHERE w.n + t.busy <= t.room
), picked AS (
  SELECT id FROM fitting WHERE workspace_turn <= %(workspace_max)s ORDER BY turn, next_at LIMIT %(limit)s
)
UPDATE webhook_deliveries d SET state = 'sending', claims = d.claims + 1, next_at = %(lease)s
FROM picked p JOIN webhook_deliveries x ON x.id = p.id
JOIN webhook_messages m ON m.id = x.message_id
LEFT JOIN webhook_endpoints e ON e.id = x.endpoint_id
LEFT JOIN connections c ON c.id = x.connection_id AND c.workspace_id = x.workspace_id
LEFT JOIN webhook_secrets s ON x.url IS NOT NULL AND s.id = x.workspace_id || '.' || x.mode
WHERE d.id = p.id
RETURNING d.id, d.claims, d.workspace_id, d.mode, d.endpoint_id, d.attempts, d.history, coalesce(d.url, e.url) AS url,
  e.status AS endpoint_status, e.disabled_because, m.id AS event_id, m.type, m.data, m.created_at AS happened_at,
  coalesce(e.secret, s.secret) AS secret, coalesce(e.old_secret, s.old_secret) AS old_secret,
  coalesce(e.old_until, s.old_until) AS old_until, d.connection_id, c.sealed_key, c.sealed_secret, m.note
"""

_SETTLE = """
WITH settled AS (
  UPDATE webhook_deliveries SET state = %(state)s, attempts = %(attempts)s, reason = %(reason)s,
    settled_at = %(settled_at)s, next_at = %(next_at)s, last_at = %(at)s, last_status = %(status)s,
    last_error = %(error)s, last_took_ms = %(took_ms)s, history = CAST(%(history)s AS jsonb)
  WHERE id = %(id)s AND claims = %(claim)s AND state = 'sending' RETURNING endpoint_id, connection_id
), endpoint AS (
  UPDATE webhook_endpoints e SET {health} FROM settled s WHERE e.id = s.endpoint_id
  RETURNING e.failing_since, true AS is_there
), connection AS (
  UPDATE connections e SET {health} FROM settled s WHERE e.id = s.connection_id
)
SELECT endpoint.failing_since, coalesce(endpoint.is_there, false) AS has_endpoint
FROM settled LEFT JOIN endpoint ON true
""".format(  # noqa: S608 - our own words
    health="""
  failures = CASE WHEN %(is_success)s THEN 0 ELSE e.failures + 1 END,
  failing_since = CASE WHEN %(is_success)s THEN NULL ELSE coalesce(e.failing_since, %(at)s) END,
  last_success_at = CASE WHEN %(is_success)s THEN %(at)s ELSE e.last_success_at END,
  last_failure_at = CASE WHEN %(is_success)s THEN e.last_failure_at ELSE %(at)s END,
  last_error = CASE WHEN %(is_success)s THEN e.last_error ELSE %(error)s END"""
)
_DISABLE = """
UPDATE webhook_endpoints SET status = 'disabled', disabled_because = %(because)s
WHERE id = %(endpoint_id)s AND status = 'enabled' RETURNING id
"""
_BURY = """
UPDATE webhook_deliveries d SET state = 'dead', reason = coalesce(e.disabled_because, 'by_request'),
  settled_at = %(now)s, next_at = %(vanishes_at)s
FROM webhook_endpoints e WHERE e.id = %(endpoint_id)s AND e.status = 'disabled' AND d.endpoint_id = e.id
  AND d.state = 'pending'
  AND NOT EXISTS (SELECT 1 FROM webhook_messages m WHERE m.id = d.message_id AND m.type = %(test)s)
"""
_DIE = (
    "UPDATE webhook_deliveries SET state = 'dead', reason = %(reason)s, settled_at = %(now)s, next_at = %(vanishes_at)s"
    " WHERE id = %(id)s AND claims = %(claim)s AND state = 'sending'"
)
_ABANDON = (
    "UPDATE webhook_deliveries SET state = 'dead', reason = %(reason)s, settled_at = %(now)s, next_at = %(vanishes_at)s"
    " WHERE connection_id = %(connection_id)s AND state = 'pending'"
)
_RELEASE = (
    "UPDATE webhook_deliveries d SET state = 'pending', next_at = %(now)s"
    " FROM unnest(CAST(%(ids)s AS text[]), CAST(%(claims)s AS int[])) AS t(id, claim)"
    " WHERE d.id = t.id AND d.claims = t.claim AND d.state = 'sending'"
)
_CLEAR = (
    "DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries"
    " WHERE state IN ('dead', 'delivered', 'failed') AND next_at <= %(now)s LIMIT 1000)"
    " RETURNING id, message_id, state, workspace_id"
)
_CLEAR_MESSAGES = (
    "DELETE FROM webhook_messages m WHERE m.id = ANY(%(ids)s)"
    " AND NOT EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.message_id = m.id)"
)
_ADD_SIGNING = (
    "INSERT INTO webhook_secrets (id, workspace_id, secret, created_at)"
    " VALUES (%(id)s, %(workspace_id)s, %(secret)s, %(now)s) ON CONFLICT DO NOTHING"
)
_FIND_SIGNING = "SELECT secret, old_secret, old_until FROM webhook_secrets WHERE id = %(id)s"


def announced(one: Announcement) -> Mapping[str, object]:
    """The values that ``ANNOUNCE`` takes."""
    return {
        "id": one.id,
        "type": one.type,
        "workspace_id": one.workspace_id,
        "mode": one.mode.value,
        "run_id": one.run_id,
        "url": one.url,
        "target": one.url and rules.target_of(one.url),
        "data": json.dump(one.data).decode(),
        "connections": list(one.connections),
        "note": json.dump(one.note).decode(),
        "at": one.at,
    }


def claiming(now: datetime, limit: int) -> list[Statement]:
    """The statements that claim what is due, fairly: in turn between receivers, bounded by receiver and workspace."""
    values = {
        "now": now,
        "lease": now + timedelta(seconds=rules.LEASE_S),
        "limit": limit,
        "slow_max": rules.AT_ONCE_SLOW_MAX,
        "target_max": rules.AT_ONCE_MAX,
        "workspace_max": rules.AT_ONCE_WORKSPACE_MAX,
        "slow_statuses": list(rules.SLOW_STATUSES),
    }
    return [_ONE_BY_ONE, (_CLAIM, values)]


def settling(parcel: Parcel, attempt: Attempt, now: datetime) -> Statement:
    """The statement that notes what came of an attempt; it does nothing when the claim is no longer ours.

    Returns a row if it did something: the endpoint's ``failing_since``, and whether there is an endpoint.
    """
    attempts = parcel.attempts + 1
    history = [*parcel.history, rules.entry(attempt)][-rules.HISTORY_MAX :]
    values: dict[str, object] = {"id": parcel.delivery_id, "claim": parcel.claim, "attempts": attempts}
    values |= {"at": attempt.at, "status": attempt.status, "error": attempt.fault and attempt.fault.value}
    values |= {"took_ms": attempt.took_ms, "is_success": attempt.is_success, "history": json.dump(history).decode()}
    return _SETTLE, {**values, **_fate(parcel, attempt, attempts, now)}


def disabling(endpoint_id: str, because: Because) -> Statement:
    """The statement that disables an endpoint that is enabled; returns a row if it was."""
    return _DISABLE, {"endpoint_id": endpoint_id, "because": because.value}


def _fate(parcel: Parcel, attempt: Attempt, attempts: int, now: datetime) -> Mapping[str, object]:
    """What becomes of the delivery: it is settled and kept for a while, or waits for its next attempt."""
    if attempt.is_success:
        return {"state": State.DELIVERED, "reason": None, "settled_at": now, "next_at": now + rules.LOG_KEPT}
    if parcel.is_test:
        return {"state": State.FAILED, "reason": None, "settled_at": now, "next_at": now + rules.LOG_KEPT}
    if attempt.is_gone or attempts >= rules.ATTEMPTS_MAX:
        reason = Because.GONE if attempt.is_gone else Because.EXHAUSTED
        vanishes_at = now + rules.DEAD_LETTERS_KEPT
        return {"state": State.DEAD, "reason": reason, "settled_at": now, "next_at": vanishes_at}
    wait_s = rules.next_wait_s(parcel.delivery_id, attempts, attempt.retry_after_s)
    next_at = attempt.at + timedelta(milliseconds=attempt.took_ms, seconds=wait_s)
    return {"state": State.PENDING, "reason": None, "settled_at": None, "next_at": next_at}


def burying(endpoint_id: str, now: datetime) -> Statement:
    """The statement that moves what waits for a disabled endpoint to the dead letters."""
    values = {"endpoint_id": endpoint_id, "now": now, "vanishes_at": now + rules.DEAD_LETTERS_KEPT, "test": TEST}
    return _BURY, values


def dying(delivery_id: str, claim: int, reason: Because, now: datetime) -> Statement:
    """The statement that gives a claimed delivery up without an attempt."""
    values = {"id": delivery_id, "claim": claim, "reason": reason.value, "now": now}
    return _DIE, {**values, "vanishes_at": now + rules.DEAD_LETTERS_KEPT}


def abandoning(connection_id: str, now: datetime) -> Statement:
    """The statement that moves what waits for a deleted connection to the dead letters."""
    values = {"connection_id": connection_id, "reason": Because.DELETED.value, "now": now}
    return _ABANDON, {**values, "vanishes_at": now + rules.DEAD_LETTERS_KEPT}


def releasing(parcels: Mapping[str, int], now: datetime) -> Statement:
    """The statement that gives claims back: by delivery, the number of the claim."""
    return _RELEASE, {"ids": list(parcels), "claims": list(parcels.values()), "now": now}


def clearing(now: datetime) -> Statement:
    """The statement that removes what was kept long enough; returns a bounded number of rows."""
    return _CLEAR, {"now": now}


def clearing_messages(message_ids: list[str]) -> Statement:
    """The statement that removes messages nobody is told of any more."""
    return _CLEAR_MESSAGES, {"ids": message_ids}


def making_secret(secret_id: str, workspace_id: str, sealed: bytes, now: datetime) -> list[Statement]:
    """The statements that make a workspace's signing secret unless there is one, and read it."""
    values = {"id": secret_id, "workspace_id": workspace_id, "secret": sealed, "now": now}
    return [(_ADD_SIGNING, values), (_FIND_SIGNING, {"id": secret_id})]
