"""The database goes away, while requests arrive and while runs are in flight, and comes back."""

import os
import signal
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import httpx2
import pytest

from faults.conftest import Make
from faults.tools.books import Books, is_prefix
from faults.tools.cluster import Cluster
from faults.tools.commits import arm, disarm
from faults.tools.runs import facts, order, order_many, statuses, wait_ends, wait_steps
from faults.tools.scenario import Scenario, some_commits
from faults.tools.servers import Server, until

RUNS = 12
TASK = "[test:steps 8 sleep 0.3]"
OUTAGES = ("stopped at once", "killed")


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A PostgreSQL of these tests' own, for they end it."""
    with Cluster.made(tmp_path_factory.mktemp("mortal")) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def url(mortal: Cluster) -> str:
    return mortal.fresh()


@pytest.fixture(scope="module")
def server(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("server") / "data", database_url=url)
    try:
        yield server.start()
    finally:
        server.end()


def _take_away(cluster: Cluster, how: str) -> None:
    if how == "killed":
        os.kill(cluster.pid, signal.SIGKILL)
    cluster.crash()


def _calls(run_id: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    page = {"headers": {"Accept": "application/json"}}
    form = {"action": "submit_input", "payload": {"city": "Lisbon"}}
    yield "POST", "/v1/runs", {"json": {"agent": "research", "task": "[test:complete]"}}
    yield "GET", "/v1/runs", {}
    yield "GET", f"/v1/runs/{run_id}", {}
    yield "GET", f"/v1/runs/{run_id}?wait=1", {}
    yield "GET", f"/v1/runs/{run_id}/events", page
    yield "GET", f"/v1/runs/{run_id}/events", {}
    yield "GET", f"/v1/runs/{run_id}/events/stream", {}
    yield "POST", f"/v1/runs/{run_id}/signal", {"json": form}
    yield "GET", f"/v1/runs/{run_id}/artifacts", {}
    yield "GET", f"/v1/runs/{run_id}/plan", {}
    yield "GET", f"/v1/runs/{run_id}/verification", {}
    for act in ("cancel", "ack", "resume", "rerun"):
        yield "POST", f"/v1/runs/{run_id}/{act}", {}
    yield "DELETE", f"/v1/runs/{run_id}", {}
    yield "GET", "/v1/api-keys", {}
    yield "POST", "/v1/api-keys", {"json": {"name": "while away"}}
    yield "GET", "/v1/vault/files", {}
    yield "POST", "/v1/vault/files", {"files": {"file": ("note.txt", b"text")}}


def test_without_its_database_a_server_refuses_everything_as_unavailable_and_then_goes_on(
    server: Server, mortal: Cluster, url: str
) -> None:
    with server.client() as client:
        run_id = order(client, "[test:complete]")
        assert client.get("/health/ready").status_code == 200
        _take_away(mortal, "stopped at once")
        try:
            found = {f"{method} {path}": client.request(method, path, **more) for method, path, more in _calls(run_id)}
            assert client.get("/health/live").status_code == 200
            assert client.get("/health/ready").status_code == 503
        finally:
            mortal.start()
        assert {call: answer.status_code for call, answer in found.items()} == dict.fromkeys(found, 503)
        for answer in found.values():
            body = answer.json()
            assert set(body) == {"error", "reason_code", "request_id"}
            assert (body["reason_code"], body["error"]["type"]) == ("UNAVAILABLE", "server_error")
            assert int(answer.headers["retry-after"]) >= 1
        until("it is ready again", lambda: client.get("/health/ready").status_code == 200, within_s=30)
        assert client.get(f"/v1/runs/{run_id}", params={"wait": 30}).json()["status"] == "completed"
    with Books.open(url) as books:
        books.check(run_id)


@pytest.mark.parametrize("how", OUTAGES)
def test_runs_in_flight_and_orders_on_their_way_survive_a_database_that_goes_and_comes_back(
    server: Server, mortal: Cluster, url: str, how: str, scale: float
) -> None:
    with server.client() as client:
        runs = order_many(client, RUNS, TASK)
    with ThreadPoolExecutor(4) as pool:
        stop = Event()
        customers = [pool.submit(_keep_ordering, server, stop) for _ in range(4)]
        before: dict[str, list[tuple[Any, ...]]] = {}
        for _ in range(round(scale)):
            with Books.open(url) as books:
                wait_steps(books, runs)
                before = {run_id: facts(books, run_id) for run_id in runs}
            _take_away(mortal, how)
            mortal.start()
        stop.set()
        keys = [key for customer in customers for key in customer.result(120)]
    with Books.open(url) as books:
        orders = books.rows("SELECT id, metadata->>'key' AS key FROM runs WHERE metadata->>'key' = ANY(%s)", keys)
        assert Counter(row["key"] for row in orders) == Counter(keys), "each order was taken once"
        everything = [*runs, *(row["id"] for row in orders)]
        wait_ends(books, everything, within_s=90)
        assert statuses(books, everything) == {"completed"}
        for run_id in everything:
            books.check(run_id)
        for run_id, log in before.items():
            assert is_prefix(log, facts(books, run_id))


def _keep_ordering(server: Server, stop: Event) -> list[str]:
    """Order one run after another, each until it is taken; returns their keys."""
    keys: list[str] = []
    with server.client(timeout_s=60) as client:
        while not (stop.is_set() and keys):
            keys.append(str(uuid.uuid4()))
            until("the order is taken", lambda key=keys[-1]: _take(client, key), within_s=60)  # type: ignore[misc]  # bound now
            stop.wait(0.2)
    return keys


def _take(client: httpx2.Client, key: str) -> bool:
    body = {"agent": "research", "task": "[test:steps 2]", "metadata": {"key": key}}
    answer = client.post("/v1/runs", json=body, headers={"Idempotency-Key": key})
    assert answer.status_code in (200, 201, 503), answer.text
    return answer.status_code != 503


@pytest.mark.heavy
def test_a_database_that_crashes_before_or_after_any_commit_loses_repeats_and_invents_nothing(
    mortal: Cluster, make_server: Make, tmp_path: Path, scale: float
) -> None:
    url = mortal.fresh()
    server = make_server(database_url=url, faults=Scenario.needs(tmp_path)).start()
    told = tmp_path / "told"

    def mend() -> None:
        if told.exists():
            told.unlink()
            mortal.crash()
            mortal.start()
            scenario.note(url)

    for at in some_commits(one_in=round(4 / scale)):
        for when in ("before", "after"):
            scenario = Scenario(server, tmp_path, mend=mend)
            arm(scenario.plan, at=at, when=when, act="kill database", postmaster=mortal.pid, told=str(told))
            crashed = mortal.pid
            try:
                scenario.play()
                scenario.check(url, faults=0)
            except AssertionError as error:
                story = scenario.plan.with_suffix(".log").read_text()
                error.add_note(f"the database died {when} commit {at} of:\n{story}\n{server.log()}")
                raise
            disarm(scenario.plan)
            scenario.plan.with_suffix(".log").unlink()
            if mortal.pid == crashed:
                assert at > 15, "the scenario has more commits than that"
                return
