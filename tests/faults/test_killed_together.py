"""Workers and their database killed in the same moment, with runs in flight that somebody is to be told of."""

import os
import random
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.tools.books import Books, is_prefix, read_log
from faults.tools.cluster import Cluster
from faults.tools.receiver import Receiver, receiving
from faults.tools.runs import facts, heights, order_many, statuses, wait_ends
from faults.tools.servers import Server, until

RUNS = 6
STEPS = 5
TASK = f"[test:steps {STEPS} sleep 0.15]"
EVENTS = 4 * STEPS
"""So many at least does a run have: the moment of a fault is a number of events of all runs, and any will do."""

LEASE_S = 60
"""A delivery that its sender has not settled is sent again after this."""


class House:
    """A server and a worker beside it on a database of their own, and a receiver that is told how runs end."""

    def __init__(self, directory: Path, cluster: Cluster, receiver: Receiver) -> None:
        self.cluster, self.receiver = cluster, receiver
        self.url = cluster.fresh()
        self.effects, self._clock, self._ahead_s = directory / "effects", directory / "clock", 0
        self.effects.touch()
        faults = {"effects": str(self.effects), "clock": str(self._clock)}
        allowed = {"FUTURONE_EGRESS_ALLOW": f"127.0.0.1:{receiver.port}"}
        data = directory / "data"
        self.server = Server(data, database_url=self.url, faults=faults, environment=allowed)
        self.worker = Server(data, database_url=self.url, faults=faults, environment=allowed, verb="worker")

    def crash(self, *, number: int, server_too: bool) -> None:
        """The worker, the database, and the server if so, are gone at once; then all of them start again."""
        dying = [self.worker, self.server] if server_too else [self.worker]
        os.kill(self.cluster.pid, number)
        for one in dying:
            one.send(signal.SIGKILL)
        for one in dying:
            one.wait_end(within_s=10)
        self.cluster.crash()
        self._ahead_s += LEASE_S + 1
        self._clock.write_text(str(self._ahead_s))
        self.cluster.start()
        for one in reversed(dying):
            one.start()

    def traces(self) -> Counter[tuple[str, str]]:
        """How often the tool of each step of each run was used."""
        lines = self.effects.read_text().splitlines()
        return Counter((run_id, step) for run_id, _, step in (line.partition(" ") for line in lines))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    directory = tmp_path_factory.mktemp("together")
    with Cluster.made(directory / "mortal") as cluster, receiving() as receiver:
        house = House(directory, cluster, receiver)
        try:
            house.server.start()
            house.worker.start()
            with house.server.client() as client:
                hook = {"url": f"http://127.0.0.1:{receiver.port}/hook"}
                made = client.post("/v1/webhooks/endpoints", json=hook)
                assert made.status_code == 201, made.text
            yield house
        finally:
            house.worker.end()
            house.server.end()


def test_a_worker_and_its_database_that_are_killed_in_the_same_moment_lose_repeat_and_invent_nothing(
    house: House,
) -> None:
    _play(house, seed=random.randrange(10**6))


@pytest.mark.heavy
def test_the_same_at_many_moments_with_and_without_the_server_however_the_database_dies(
    house: House, scale: float
) -> None:
    for _ in range(round(10 * scale)):
        _play(house, seed=random.randrange(10**6))


def _play(house: House, *, seed: int) -> None:
    chance = random.Random(seed)
    number, server_too = chance.choice([signal.SIGKILL, signal.SIGQUIT]), chance.random() < 0.5
    moment = chance.randrange(1, RUNS * EVENTS)
    with house.server.client() as client:
        runs = order_many(client, RUNS, TASK)
    try:
        _crash_at(house, runs, moment, number=number, server_too=server_too)
    except AssertionError as error:
        error.add_note(f"seed {seed}, at event {moment}, {number}:\n{house.server.log()}\n{house.worker.log()}")
        raise


def _crash_at(house: House, runs: list[str], moment: int, *, number: int, server_too: bool) -> None:
    with Books.open(house.url) as books:
        until("the moment", lambda: sum(heights(books, runs).values()) >= moment, within_s=30)
        done = books.rows("SELECT run_id, step_id FROM run_steps WHERE run_id = ANY(%s) AND state = 'done'", runs)
        before = {run_id: facts(books, run_id) for run_id in runs}
    house.crash(number=number, server_too=server_too)
    with Books.open(house.url) as books, house.server.client() as client:
        wait_ends(books, runs, within_s=60)
        assert statuses(books, runs) == {"completed"}
        until("all are told", lambda: set(runs) <= set(house.receiver.taken), within_s=60)
        until("and that is known", lambda: _states(books, runs) == {"delivered": len(runs)}, within_s=30)
        for run_id in runs:
            books.check(run_id)
            after = facts(books, run_id)
            assert is_prefix(before[run_id], after), "what could be read stays as it was"
            assert [event["seq"] for event in read_log(client, run_id)] == [seq for seq, *_ in after]
            assert house.receiver.taken[run_id]["data"]["last_event_id"] == len(after)
    traces = house.traces()
    assert all(traces[row["run_id"], row["step_id"]] == 1 for row in done), "a step that was done ran again"
    for run_id in runs:
        used = {step: times for (run, step), times in traces.items() if run == run_id}
        assert set(used) == {f"s{number}" for number in range(1, STEPS + 1)}
        assert sum(used.values()) <= STEPS + 1, "one step was in hand"


def _states(books: Books, runs: list[str]) -> Counter[str]:
    rows = books.rows(
        "SELECT d.state FROM webhook_messages m JOIN webhook_deliveries d ON d.message_id = m.id"
        " WHERE m.run_id = ANY(%s)",
        runs,
    )
    return Counter(row["state"] for row in rows)
