"""The census: how much there is of what in the whole database, for those who watch a server; no ids, no names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from futurone_server.store.database import SYSTEM, Database

Counted = Mapping[tuple[str, ...], int]
"""How many, by labels."""

_STATEMENTS = (
    "SELECT status, agent, count(*) AS n FROM runs GROUP BY 1, 2",
    "SELECT count(*) AS n, min(ready_at) AS first FROM runs WHERE ready_at IS NOT NULL",
    # What a run that is over never came to is no work that anybody waits for.
    "SELECT state, count(*) AS n FROM run_steps s WHERE state IN ('done', 'failed') OR EXISTS"
    " (SELECT FROM runs r WHERE r.id = s.run_id AND r.completed_at IS NULL) GROUP BY 1",
    "SELECT model, count(*) AS n, sum(input_tokens)::bigint AS input, sum(output_tokens)::bigint AS output"
    " FROM usage_calls GROUP BY 1",
    "SELECT state, count(*) AS n FROM webhook_deliveries GROUP BY 1",
    "SELECT min(at) AS first FROM due",
)


@dataclass(frozen=True, kw_only=True)
class Census:
    """What was counted at one moment. ``tokens`` has model and direction; moments are None where nothing waits."""

    runs: Counted
    queued: int
    queued_since: datetime | None
    steps: Counted
    calls: Counted
    tokens: Counted
    deliveries: Counted
    due_since: datetime | None


async def take_census(db: Database) -> Census:
    """Count everything, in one message. Raises Unavailable."""
    runs, queue, steps, models, deliveries, due = await db.read(SYSTEM, *((one, {}) for one in _STATEMENTS))
    tokens: Counted = {(row.model, way): getattr(row, way) for row in models for way in ("input", "output")}
    return Census(
        runs={(row.status, row.agent or "none"): row.n for row in runs},
        queued=queue[0].n,
        queued_since=queue[0].first,
        steps=_by_first(steps),
        calls={(row.model,): row.n for row in models},
        tokens=tokens,
        deliveries=_by_first(deliveries),
        due_since=due[0].first,
    )


def _by_first(rows: Sequence[tuple[str, int]]) -> Counted:
    return {(row[0],): row[1] for row in rows}
