"""One answer sent hundreds of times over two processes, and two answers at once: one effect, however often."""

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

SUBMITS = [100, pytest.param(500, marks=pytest.mark.heavy)]
AT_ONCE = 50
CITY = {"action": "submit_input", "payload": {"city": "Lisbon", "guests": 4}}


@pytest.fixture(scope="module")
def url(cluster: Cluster) -> str:
    return cluster.fresh()


@pytest.fixture(scope="module")
def pair(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    """Two servers on one database that share the directory of keys, as several machines must."""
    directory = tmp_path_factory.mktemp("pair")
    servers = [Server(directory / name, database_url=url) for name in ("one", "two")]
    try:
        servers[0].start()
        servers[1].data_dir.mkdir(exist_ok=True)
        (servers[1].data_dir / "keys").symlink_to(servers[0].data_dir / "keys")
        servers[1].ready = {"test_key": servers[0].ready["test_key"]}
        servers[1].start()
        yield servers
    finally:
        for server in servers:
            server.end()


def _waiting(client: httpx2.Client, run_id: str, kind: str) -> str:
    """The id of what a run waits for, once it waits for that."""

    def found() -> str | None:
        awaiting = client.get(f"/v1/runs/{run_id}", params={"wait": 10}).json()["awaiting"]
        return str(awaiting["input_id"]) if awaiting and awaiting["kind"] == kind else None

    return str(until("the run waits", found, within_s=60))


def _send(clients: list[httpx2.Client], run_id: str, bodies: list[dict[str, Any]]) -> list[tuple[int, str]]:
    """Send these answers, fifty at a time, in turn to both processes; what each was told."""
    together = Barrier(AT_ONCE)

    def send(number: int) -> tuple[int, str]:
        if number < AT_ONCE:
            together.wait(60)
        answer = clients[number % 2].post(f"/v1/runs/{run_id}/signal", json=bodies[number])
        return answer.status_code, str(answer.json().get("reason_code", ""))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(send, range(len(bodies))))


@pytest.mark.parametrize("submits", SUBMITS)
def test_an_answer_that_is_sent_by_the_hundred_over_two_processes_has_one_effect(
    pair: list[Server], url: str, submits: int
) -> None:
    with pair[0].client() as one, pair[1].client() as two:
        run = one.post("/v1/runs", json={"agent": "research", "task": "[test:input]"}).json()
        approve = {"action": "approve", "input_id": _waiting(one, run["id"], "approval")}
        assert set(_send([one, two], run["id"], [approve] * submits)) == {(200, "")}
        form = _waiting(one, run["id"], "form")
        cities = [{**CITY, "payload": {"city": f"City {number}"}, "input_id": form} for number in range(AT_ONCE)]
        told = _send([one, two], run["id"], cities)
        assert sorted(told) == [(200, ""), *[(409, "RUN_NOT_WAITING")] * (AT_ONCE - 1)]
    with Books.open(url) as books:
        wait_ends(books, [run["id"]], within_s=60)
        books.check(run["id"])
        received = books.rows(
            "SELECT count(*) AS n FROM events WHERE run_id = %s AND type = 'input_received'", run["id"]
        )
        steps = books.rows("SELECT step_id, attempts FROM run_steps WHERE run_id = %s", run["id"])
        lines = books.rows(
            "SELECT count(*) AS n FROM audit_lines WHERE resource = %s AND action = 'input.answered'", run["id"]
        )
    assert received == [{"n": 2}]
    assert lines == [{"n": 2}]
    assert {step["step_id"]: step["attempts"] for step in steps} == {"s1": 1, "s2": 1, "s3": 1, "s4": 1}
