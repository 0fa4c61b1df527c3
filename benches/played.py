"""Runs as a client sees them: ordered, followed to their end, and timed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter

from benches.client import Connection, Tally


def ms_between(since: float, until: float) -> float:
    """The time between two readings of the clock, in milliseconds."""
    return round((until - since) * 1000, 4)


@dataclass(kw_only=True)
class Played:
    """When the parts of runs happened, in milliseconds since each was asked for."""

    created: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)
    ended_at: list[float] = field(default_factory=list)

    async def play(self, connection: Connection, task: str) -> None:
        """One run from its order to the end of its stream."""
        began = perf_counter()
        run_id = await create(connection, task)
        created = perf_counter()
        tally = Tally()
        await connection.follow(f"/v1/runs/{run_id}/events/stream", tally.take)
        self.ended_at.append(perf_counter())
        tally.check()
        self.created.append(ms_between(began, created))
        self.first.append(ms_between(began, tally.worker_at))
        self.ended.append(ms_between(began, self.ended_at[-1]))

    def samples(self) -> Mapping[str, Sequence[float]]:
        """All times by what they are of, as they go back to the bench."""
        return {"created": self.created, "first": self.first, "ended": self.ended}


async def create(connection: Connection, task: str) -> str:
    """Order a run; returns its id."""
    answer = await connection.ask("POST", "/v1/runs", json.dumps({"agent": "research", "task": task}).encode())
    return str(json.loads(answer)["id"])
