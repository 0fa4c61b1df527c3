"""One idempotency key sent many times at once, over two processes, one of which may die: one run, for everybody."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import httpx2
import pytest

from faults.tools.books import Books
from faults.tools.cluster import Cluster
from faults.tools.runs import wait_ends
from faults.tools.servers import Server, until

DUPLICATES = 50
KEYS = 2
Answer = tuple[int, Any]


@pytest.fixture(scope="module")
def url(cluster: Cluster) -> str:
    return cluster.fresh()


@pytest.fixture(scope="module")
def pair(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    """Two servers on one database: the second shares the key directory of the first, as in a cluster."""
    directory = tmp_path_factory.mktemp("pair")
    servers = [Server(directory / name, database_url=url) for name in ("one", "two")]
    try:
        servers[0].start()
        servers[1].data_dir.mkdir(parents=True, exist_ok=True)
        (servers[1].data_dir / "keys").symlink_to(servers[0].data_dir / "keys")
        servers[1].ready = {"test_key": servers[0].ready["test_key"]}
        servers[1].start()
        yield servers
    finally:
        for server in servers:
            server.end()


def _order(client: httpx2.Client, key: str) -> httpx2.Response:
    body = {"agent": "research", "task": "[test:complete]", "metadata": {"key": key}}
    return client.post("/v1/runs", json=body, headers={"Idempotency-Key": key})


def _check_one_run(url: str, key: str, answers: list[Answer]) -> str:
    (run_id,) = {body["id"] for _, body in answers}
    with Books.open(url) as books:
        (run,) = books.rows("SELECT id FROM runs WHERE metadata->>'key' = %s", key)
        assert run["id"] == run_id
        wait_ends(books, [run_id], within_s=60)
        books.check(run_id)
    assert all(body.get("replayed") is True for status, body in answers if status == 200)
    return str(run_id)


def test_fifty_duplicates_at_once_over_two_processes_make_one_run(pair: list[Server], url: str, scale: float) -> None:
    for _ in range(round(KEYS * scale)):
        key = str(uuid.uuid4())
        together = Barrier(DUPLICATES)
        with pair[0].client() as one, pair[1].client() as two, ThreadPoolExecutor(DUPLICATES) as pool:

            def send(number: int, key: str = key, clients: Any = (one, two), together: Barrier = together) -> Answer:
                together.wait(60)
                answer = _order(clients[number % 2], key)
                return answer.status_code, answer.json()

            answers = list(pool.map(send, range(DUPLICATES)))
        assert sorted(status for status, _ in answers) == [200] * (DUPLICATES - 1) + [201]
        _check_one_run(url, key, answers)


@pytest.mark.heavy
def test_duplicates_of_clients_that_try_again_make_one_run_though_a_server_is_killed_among_them(
    pair: list[Server], url: str, scale: float
) -> None:
    for _ in range(round(2 * scale)):
        key = str(uuid.uuid4())
        answers: list[Answer] = []
        with ThreadPoolExecutor(DUPLICATES) as pool:
            sent = [pool.submit(_insist, pair, number, key) for number in range(DUPLICATES)]
            until("somebody has an answer", lambda sent=sent: any(one.done() for one in sent), within_s=60)  # type: ignore[misc]  # bound now
            pair[1].kill()
            pair[1].start()
            answers = [one.result(120) for one in sent]
        assert sum(status == 201 for status, _ in answers) <= 1, "at most one caller is told that it was the first"
        _check_one_run(url, key, answers)


def _insist(pair: list[Server], number: int, key: str) -> Answer:
    tries = iter(range(1000))

    def answered() -> Answer | None:
        try:
            with pair[(number + next(tries)) % 2].client() as client:
                answer = _order(client, key)
        except httpx2.TransportError:
            return None
        assert answer.status_code in (200, 201), answer.text
        return answer.status_code, answer.json()

    found: Answer = until("an answer", answered, within_s=90)
    return found
