"""A rolling restart: two servers on one database, drained and started anew in turn, while clients order and read."""

import random
import signal
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import httpx2
import pytest

from faults.tools.books import Books, read_log
from faults.tools.cluster import Cluster
from faults.tools.runs import statuses, wait_ends, wait_steps
from faults.tools.servers import Server, until

STOP_S = 30
ROUNDS = 5
CUSTOMERS = 3
READERS = 4
RETRYABLE = (429, 503)
TASK = "[test:steps 4 sleep 0.1]"
LONG = "[test:steps {steps} sleep 0.2]"


@pytest.fixture
def url(cluster: Cluster) -> str:
    return cluster.fresh()


@pytest.fixture
def pair(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    """Two servers on one database: the second shares the key directory of the first."""
    directory = tmp_path_factory.mktemp("rolling")
    servers = [Server(directory / name, database_url=url) for name in ("one", "two")]
    try:
        servers[0].start()
        (servers[1].data_dir / "keys").symlink_to(servers[0].data_dir / "keys")
        servers[1].ready = {"test_key": servers[0].ready["test_key"]}
        servers[1].start()
        yield servers
    finally:
        for server in servers:
            server.end()


@dataclass(kw_only=True)
class Town:
    """Everybody who uses the servers. What they are told that they cannot try again is an ``error``."""

    servers: list[Server]
    closing: Event = field(default_factory=Event)
    errors: list[str] = field(default_factory=list)
    cuts: int = 0

    def ask(self, method: str, path: str, **options: Any) -> httpx2.Response | None:
        """One request at any of the servers; None if it is worth trying again."""
        with random.choice(self.servers).client(timeout_s=60) as client:
            try:
                answer = client.request(method, path, **options)
            except httpx2.TransportError:
                return None
        if answer.status_code in RETRYABLE:
            assert int(answer.headers["retry-after"]) >= 1
            return None
        if not answer.is_success:
            self.errors.append(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer

    def order(self, key: str, task: str) -> str:
        """A new run, ordered until one of the servers has taken it; its id."""
        body = {"agent": "research", "task": task, "metadata": {"key": key}}
        headers = {"Idempotency-Key": key}

        def take() -> httpx2.Response | None:
            return self.ask("POST", "/v1/runs", json=body, headers=headers)

        return str(until("the order is taken", take, within_s=60).json()["id"])

    def keep_ordering(self) -> dict[str, str]:
        """One run after another until it is enough: ids by key."""
        found: dict[str, str] = {}
        while not (self.closing.is_set() and found):
            key = str(uuid.uuid4())
            found[key] = self.order(key, TASK)
            self.closing.wait(0.1)
        return found

    def read(self, run_id: str) -> list[int]:
        """The numbers of a run's events, from a stream that is taken up again wherever it breaks."""
        seen: list[int] = []
        until("the end of the stream", lambda: self._read_on(run_id, seen), within_s=120)
        return seen

    def _read_on(self, run_id: str, seen: list[int]) -> bool:
        resumed = {"Last-Event-ID": str(seen[-1])} if seen else {}
        path = f"/v1/runs/{run_id}/events/stream"
        try:
            with (
                random.choice(self.servers).client(timeout_s=30) as client,
                client.stream("GET", path, headers=resumed) as answer,
            ):
                if answer.status_code != 200:
                    assert answer.status_code in RETRYABLE, answer.read()
                    return False
                for line in answer.iter_lines():
                    if line.startswith("id: "):
                        seen.append(int(line.removeprefix("id: ")))
        except httpx2.TransportError:
            self.cuts += 1
            return False
        return True


def _roll(server: Server) -> None:
    """Drain it, and start it anew."""
    server.send(signal.SIGTERM)
    assert server.wait_end(within_s=STOP_S) == 0, server.log()
    assert "Traceback" not in server.log()
    server.start()


@pytest.mark.heavy
def test_servers_that_are_restarted_in_turn_lose_no_order_and_no_event(
    pair: list[Server], url: str, scale: float
) -> None:
    town = Town(servers=pair)
    with ThreadPoolExecutor(CUSTOMERS + READERS) as pool, Books.open(url) as books:
        task = LONG.format(steps=25 * ROUNDS)
        long = [town.order(str(uuid.uuid4()), task) for _ in range(READERS)]
        customers = [pool.submit(town.keep_ordering) for _ in range(CUSTOMERS)]
        readers = [pool.submit(town.read, run_id) for run_id in long]
        wait_steps(books, long)
        for _ in range(ROUNDS * max(1, round(scale))):
            for server in pair:
                _roll(server)
        town.closing.set()
        orders = {key: run_id for customer in customers for key, run_id in customer.result(120).items()}
        runs = [*long, *orders.values()]
        wait_ends(books, runs, within_s=120)
        assert statuses(books, runs) == {"completed"}
        taken = books.rows("SELECT id, metadata->>'key' AS key FROM runs WHERE metadata->>'key' = ANY(%s)", [*orders])
        assert {row["key"]: row["id"] for row in taken} == orders, "each order was taken once"
        assert len(taken) == len(orders)
        with pair[0].client() as client:
            for run_id, reader in zip(long, readers, strict=True):
                numbers = [event["seq"] for event in read_log(client, run_id)]
                assert reader.result(120) == numbers == list(range(1, len(numbers) + 1))
        for run_id in runs:
            books.check(run_id)
    assert town.errors == []
    assert town.cuts > 0, "streams were cut, and taken up again"
