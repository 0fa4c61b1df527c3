"""A worker that is stopped for longer than its lease, and wakes up when another has its runs."""

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from faults.tools.books import Books
from faults.tools.cluster import Cluster
from faults.tools.commits import arm
from faults.tools.runs import holders, order_many, statuses, wait_ends, wait_steps
from faults.tools.servers import Server, until

LEASE_S = 4
"""A shorter lease than the product's, for it is only waited for; at a higher scale it is the product's own."""

TASK = "[test:steps 8 sleep 0.5]"


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A server, a worker beside it that will be stopped, and the books of both."""

    server: Server
    sleeper: Server
    plan: Path
    books: Books
    lease_s: float

    @property
    def sleeper_id(self) -> str:
        """The id under which the worker holds runs."""
        return self.sleeper.log().partition("Worker ")[2].partition(" ")[0]

    def give_it_runs(self) -> list[str]:
        """Order runs until the worker has some in hand; the ids of those."""
        with self.server.client() as client:
            runs: list[str] = []
            while len(held := holders(self.books, runs).get(self.sleeper_id, [])) < 2:
                assert len(runs) < 100, "the worker beside the server takes its share"
                runs += order_many(client, 8, TASK)
        return held

    def wait_asleep(self) -> None:
        """Wait until the worker has stopped."""
        until("the sleeper sleeps", self._is_stopped, within_s=10)

    def _is_stopped(self) -> bool:
        status = Path(f"/proc/{self.sleeper.pid}/status").read_text()
        return "State:\tT" in status

    def wake(self) -> None:
        """Let it go on, and wait until it has noticed how late it is: it says anew that it lives."""
        until("the sleeper was given up", lambda: not self._is_listed(), within_s=self.lease_s + 30)
        self.sleeper.send(signal.SIGCONT)
        until("the sleeper is back", self._is_listed, within_s=30)

    def _is_listed(self) -> bool:
        return bool(self.books.rows("SELECT 1 FROM workers WHERE id = %s", self.sleeper_id))


@pytest.fixture
def pair(cluster: Cluster, tmp_path: Path, scale: float) -> Iterator[Pair]:
    lease_s = LEASE_S if scale <= 1 else 15
    url, plan = cluster.fresh(), tmp_path / "plan.json"
    faults = {"limits": {"LEASE_S": lease_s}}
    server = Server(tmp_path / "data", database_url=url, faults=faults)
    sleeper = Server(tmp_path / "data", verb="worker", database_url=url, faults={**faults, "plan": str(plan)})
    try:
        server.start()
        sleeper.start()
        with Books.open(url) as books:
            yield Pair(server=server, sleeper=sleeper, plan=plan, books=books, lease_s=lease_s)
    finally:
        sleeper.end()
        server.end()


def test_a_worker_that_wakes_up_after_its_lease_writes_nothing_to_runs_that_another_has_taken(pair: Pair) -> None:
    held = pair.give_it_runs()
    wait_steps(pair.books, held)
    pair.sleeper.send(signal.SIGSTOP)
    pair.wait_asleep()
    _wake_late(pair, held)


@pytest.mark.heavy
def test_a_worker_that_is_stopped_in_the_middle_of_a_commit_neither_blocks_its_successor_nor_finishes_it(
    pair: Pair,
) -> None:
    held = pair.give_it_runs()
    arm(pair.plan, at=3, when="before", act="stop", where="group-commit")
    pair.wait_asleep()
    _wake_late(pair, held)


def _wake_late(pair: Pair, held: list[str]) -> None:
    until("somebody else has them", lambda: not _has(pair, held), within_s=pair.lease_s + 20)
    asleep = {run_id: max(event["epoch"] for event in pair.books.events(run_id)) for run_id in held}
    pair.wake()
    wait_ends(pair.books, held, within_s=60)
    assert statuses(pair.books, held) == {"completed"}
    for run_id in held:
        pair.books.check(run_id)
        epochs = [event["epoch"] for event in pair.books.events(run_id)]
        assert epochs[-1] > 1, "the run was taken over"
        assert asleep[run_id] <= epochs[-1]


def _has(pair: Pair, held: list[str]) -> bool:
    return bool(set(holders(pair.books, held).get(pair.sleeper_id, [])))
