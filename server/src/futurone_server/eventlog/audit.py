"""The audit trail: one chain of lines per workspace, each bound to all before it, written in the commit of its act.

A line is canonical JSON: its bytes are stored, exported and hashed as they are, never put together again. Its hash is
``SHA-256("futurone.audit.v1" ‖ hash of the line before ‖ the line's bytes)``; before the first line stand 32 zeros.
The chain's head is one row per workspace, locked by whoever adds a line until it commits: there can be no fork.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from futurone_server.eventlog.appends import Append
from futurone_server.eventlog.events import Draft, EventType
from futurone_server.kit import json
from futurone_server.kit.ids import new_id
from futurone_server.store.database import Tx
from futurone_server.store.messages import Statement, run

PREFIX = b"futurone.audit.v1"


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Whose act it is: a key's or a person's id, or ``system``; with the request that it came by, if it did."""

    id: str
    request_id: str | None = None


SYSTEM_ACTOR = Actor(id="system")
"""The server itself: time, recovery, the worker that carries a run out."""

_ADD = """
WITH moved AS (
  INSERT INTO audit_heads AS h (workspace_id, seq, hash, at)
  VALUES (%(workspace_id)s, 1, sha256(CAST(%(prefix)s AS bytea) || decode(repeat('00', 32), 'hex')
    || convert_to('{"seq":1,' || %(rest)s, 'UTF8')), %(at)s)
  ON CONFLICT (workspace_id) DO UPDATE SET seq = h.seq + 1, at = excluded.at,
    hash = sha256(CAST(%(prefix)s AS bytea) || h.hash || convert_to('{"seq":' || h.seq + 1 || ',' || %(rest)s, 'UTF8'))
  RETURNING h.seq, h.hash
)
INSERT INTO audit_lines (workspace_id, seq, at, action, actor, resource, line, hash)
SELECT %(workspace_id)s, m.seq, %(at)s, %(action)s, %(actor)s, %(resource)s,
  convert_to('{"seq":' || m.seq || ',' || %(rest)s, 'UTF8'), m.hash
FROM moved m
"""


@dataclass(frozen=True, kw_only=True)
class AuditLine:
    """Who did what to which thing, and how it went.

    Content-free by construction: ids, enums, numbers, times. ``details`` holds what else may be told for ever.
    """

    action: str
    actor: Actor
    resource: str
    outcome: str = "done"
    details: Mapping[str, object] = field(default_factory=dict)


_TOLD: Mapping[EventType, tuple[str, tuple[str, ...]]] = {
    EventType.CREATED: ("run.created", ("agent", "mode", "origin")),
    EventType.TOOL_CALL: ("tool.called", ("step", "id", "tool")),
    EventType.MODEL_CALL: ("model.called", ("step", "role", "routing", "model", "outcome")),
    EventType.SUBSTITUTION: ("model.substituted", ("step", "from", "to", "reason")),
    EventType.AWAITING_INPUT: ("input.requested", ("step", "input_id", "kind", "digest")),
    EventType.INPUT_RECEIVED: ("input.answered", ("input_id", "action", "digest")),
    EventType.STALLED: ("run.stalled", ("recoveries",)),
    EventType.RESUMED: ("run.resumed", ()),
    EventType.ENDED: ("run.ended", ("status", "reason_code", "confidence", "erased")),
}
"""The events of a run that the trail tells of, and which of their facts it repeats."""


def lines_of(run_id: str, drafts: Iterable[Draft], actor: Actor) -> list[AuditLine]:
    """What the trail says of a run's events."""
    lines = []
    for draft in drafts:
        if draft.type in _TOLD:
            action, names = _TOLD[draft.type]
            details = {name: draft.facts[name] for name in names if draft.facts.get(name) is not None}
            lines.append(AuditLine(action=action, actor=actor, resource=run_id, details=details))
    return lines


def adding(workspace_id: str, lines: Sequence[AuditLine], at: datetime) -> list[Statement]:
    """The statements that add lines to a workspace's chain. Best sent last in a transaction: they lock its head."""
    return [(_ADD, _values(workspace_id, line, at)) for line in lines]


async def record(tx: Tx, workspace_id: str, *lines: AuditLine, at: datetime) -> None:
    """Add lines to a workspace's trail, in the transaction of the acts that they tell of."""
    if lines:
        await run(tx, *adding(workspace_id, lines, at))


def adding_of(appends: Sequence[Append], at: datetime) -> list[Statement]:
    """What a batch of appends adds, to any number of chains, in one order: no two batches wait for one another."""
    statements = []
    for append in sorted(appends, key=lambda one: one.seal.workspace_id):
        lines = lines_of(append.run_id, (draft for _, draft in append.drafts), SYSTEM_ACTOR)
        statements += adding(append.seal.workspace_id, lines, at)
    return statements


def _values(workspace_id: str, line: AuditLine, at: datetime) -> Mapping[str, object]:
    told = {
        "id": new_id("aud_", at),
        "at": at.isoformat(timespec="microseconds"),
        "workspace_id": workspace_id,
        "action": line.action,
        "actor": line.actor.id,
        "resource": line.resource,
        "outcome": line.outcome,
        "request_id": line.actor.request_id,
        "details": dict(line.details),
    }
    # The number comes first and is added by the database, under the lock; everything after it is made here.
    rest = json.canonical(told).decode().removeprefix("{")
    named = {"action": line.action, "actor": line.actor.id, "resource": line.resource}
    return {"workspace_id": workspace_id, "prefix": PREFIX, "rest": rest, "at": at, **named}
