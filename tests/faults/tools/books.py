"""The books of a server, read behind its back: what must hold for every run, whatever has happened."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx2
import psycopg
from psycopg.rows import dict_row

from faults.tools.cluster import Cluster

Row = dict[str, Any]
TERMINAL = ("completed", "escalated", "failed", "cancelled")


class Books:
    """The tables of one database, over all workspaces."""

    def __init__(self, connection: "psycopg.Connection[Row]") -> None:
        self._connection = connection

    @classmethod
    @contextmanager
    def open(cls, url: str) -> "Iterator[Books]":
        """Read the books at a server's database address."""
        options = "-c futurone.scope=system"
        with psycopg.connect(Cluster.dsn_of(url), options=options, autocommit=True, row_factory=dict_row) as one:
            yield cls(one)

    def rows(self, query: str, *values: object) -> list[Row]:
        """The rows that a query finds."""
        return self._connection.execute(query.encode(), values).fetchall()

    def run_ids(self) -> list[str]:
        """Every run."""
        return [row["id"] for row in self.rows("SELECT id FROM runs ORDER BY id")]

    def events(self, run_id: str) -> list[Row]:
        """A run's events as they are stored."""
        return self.rows("SELECT * FROM events WHERE run_id = %s ORDER BY seq", run_id)

    def check(self, run_id: str) -> None:
        """What must hold for a run at any moment: its numbers, its writers, its end, its steps, its row."""
        (run,) = self.rows("SELECT * FROM runs WHERE id = %s", run_id)
        (head,) = self.rows("SELECT * FROM log_heads WHERE run_id = %s", run_id)
        events = self.events(run_id)
        epochs = [event["epoch"] for event in events]
        ends = [event["seq"] for event in events if event["type"] == "ended"]
        assert [event["seq"] for event in events] == list(range(1, head["seq"] + 1)), "the numbers are dense"
        assert epochs == sorted(epochs), "nobody writes after a successor has"
        assert epochs[-1] <= head["epoch"]
        assert head["closed"] == bool(ends)
        if ends:
            assert ends == [head["seq"]], "one end, and it is the last"
            assert events[-1]["facts"]["status"] == run["status"]
            assert run["worker_id"] is None
            assert run["ready_at"] is None
            assert run["input_id"] is None
        assert (run["status"] in TERMINAL) == bool(ends)
        self._check_steps(run_id, events)

    def _check_steps(self, run_id: str, events: Sequence[Row]) -> None:
        done = Counter(one["facts"]["step"] for one in events if _is_success(one))
        rows = self.rows("SELECT step_id, state FROM run_steps WHERE run_id = %s", run_id)
        assert {row["step_id"] for row in rows if row["state"] == "done"} == set(done), "rows and log tell the same"
        assert not [step for step, times in done.items() if times > 1], "a step is done once"
        over: set[str] = set()
        for event in events:
            step = event["facts"].get("step")
            assert step not in over or event["type"] in ("error", "ended"), f"{step} went on after it was done"
            if _is_success(event):
                over.add(step)


def _is_success(event: Row) -> bool:
    return bool(event["type"] == "step_done" and event["facts"]["outcome"] == "succeeded")


def read_log(client: httpx2.Client, run_id: str) -> list[Any]:
    """A run's events as the API pages show them."""
    found: list[Any] = []
    while True:
        query = {"after": found[-1]["seq"] if found else 0, "limit": 1000}
        answer = client.get(f"/v1/runs/{run_id}/events", params=query, headers={"Accept": "application/json"})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["data"]
        if not page["pagination"]["hasMore"]:
            return found


def check_view(client: httpx2.Client, run_id: str, events: Sequence[Any]) -> Any:
    """A run as the API shows it, once it has been found to agree with its log; returns it."""
    run = client.get(f"/v1/runs/{run_id}").json()
    assert run["last_event_id"] == len(events)
    last = events[-1]["type"]
    told = {
        "completed": "run.worker.succeeded",
        "escalated": "run.worker.failed",
        "failed": "run.worker.failed",
        "cancelled": "run.cancelled",
    }
    assert told.get(run["status"]) == (last if run["status"] in told else None), (run["status"], last)
    return run


def is_prefix(earlier: Sequence[Any], later: Sequence[Any]) -> bool:
    """Whether what was read before is how the log still begins."""
    return bool(list(later[: len(earlier)]) == list(earlier))
