"""kill -9 of workers, of servers and of the database they brought along, with runs in flight."""

import os
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from faults.tools.books import Books, is_prefix
from faults.tools.runs import facts, heights, holders, order_many, statuses, wait_ends, wait_steps
from faults.tools.servers import Server, until
from futurone_server.store.embedded import EmbeddedPostgres

RUNS = 20
TASK = "[test:steps 6 sleep 0.5]"
BUSY = 3
"""Other things run on the machine too: promised times are given so many times over."""


class House:
    """One data directory with its embedded database, a server on it, and a worker beside it."""

    def __init__(self, directory: Path) -> None:
        self.effects = directory / "effects"
        faults = {"effects": str(self.effects)}
        self.data_dir = directory / "data"
        self.server = Server(self.data_dir, is_command=True, faults=faults)
        self.worker = Server(self.data_dir, verb="worker", faults=faults)
        self.cluster = EmbeddedPostgres(self.data_dir)

    @property
    def worker_id(self) -> str:
        """The id under which the worker beside the server holds runs."""
        return self.worker.log().partition("Worker ")[2].partition(" ")[0]

    def traces(self) -> Counter[tuple[str, str]]:
        """How often the tool of each step of each run was used."""
        lines = self.effects.read_text().splitlines()
        return Counter((run_id, step) for run_id, _, step in (line.partition(" ") for line in lines))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    found = House(tmp_path_factory.mktemp("house"))
    try:
        found.server.start()
        yield found
    finally:
        found.worker.end()
        found.server.end()
        found.cluster.stop(mode="immediate")


@pytest.fixture
def books(house: House) -> Iterator[Books]:
    with Books.open(house.cluster.start().url()) as books:
        yield books


@pytest.mark.heavy
def test_runs_of_a_killed_worker_are_finished_by_the_other_and_no_step_is_done_twice(
    house: House, books: Books
) -> None:
    house.worker.start()
    with house.server.client() as client:
        runs: list[str] = []
        while len(held := holders(books, runs).get(house.worker_id, [])) < 3:
            assert len(runs) < 10 * RUNS, "the worker beside the server takes its share"
            runs += order_many(client, RUNS, TASK)
    wait_steps(books, held)
    house.worker.kill()
    before = _Moment(house, books, runs)
    wait_ends(books, runs, within_s=20 * BUSY)
    before.check()
    assert before.taken_over() >= 3


def test_runs_of_a_killed_server_go_on_at_its_restart_and_no_step_is_done_twice(house: House, books: Books) -> None:
    house.worker.end()
    with house.server.client() as client:
        runs = order_many(client, RUNS, TASK)
    wait_steps(books, runs)
    house.server.kill()
    before = _Moment(house, books, runs)
    house.server.start()
    until("all runs have gone on", lambda: before.have_gone_on(), within_s=5 * BUSY)
    wait_ends(books, runs, within_s=10 * BUSY)
    before.check()
    assert before.taken_over() == RUNS


def test_an_embedded_database_that_is_killed_comes_back_and_its_runs_go_on(house: House) -> None:
    with Books.open(house.cluster.start().url()) as books, house.server.client() as client:
        runs = order_many(client, RUNS, TASK)
        wait_steps(books, runs)
        before = _Moment(house, books, runs)
    pid = house.cluster.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until("another main process", lambda: house.cluster.pid not in (None, pid), within_s=10 * BUSY)
    with Books.open(house.cluster.start().url()) as books:
        before.books = books
        wait_ends(books, runs, within_s=20 * BUSY)
        before.check()


class _Moment:
    """What was there when the fault struck, to be found again at the end."""

    def __init__(self, house: House, books: Books, runs: Sequence[str]) -> None:
        self.books = books
        self._house = house
        self._runs = runs
        self._logs = {run_id: facts(books, run_id) for run_id in runs}
        rows = books.rows("SELECT run_id, step_id FROM run_steps WHERE run_id = ANY(%s) AND state = 'done'", list(runs))
        self._done = {(row["run_id"], row["step_id"]) for row in rows}
        self._heights = heights(books, runs)

    def have_gone_on(self) -> bool:
        """Whether every run has done something since."""
        now = heights(self.books, self._runs)
        return all(now[run_id] > height for run_id, height in self._heights.items())

    def taken_over(self) -> int:
        """How many of the runs have lost their worker."""
        query = "SELECT count(*) AS n FROM runs WHERE id = ANY(%s) AND recoveries > 0"
        return int(self.books.rows(query, list(self._runs))[0]["n"])

    def check(self) -> None:
        """Nothing lost, nothing repeated, and only the one step that was in hand begun again."""
        assert statuses(self.books, self._runs) == {"completed"}
        traces = self._house.traces()
        for run_id in self._runs:
            self.books.check(run_id)
            assert is_prefix(self._logs[run_id], facts(self.books, run_id))
            used = {step: times for (run, step), times in traces.items() if run == run_id}
            assert set(used) == {f"s{number}" for number in range(1, 7)}
            assert sum(used.values()) <= 6 + 1
        assert all(traces[step] == 1 for step in self._done), "a step that was done ran again"
