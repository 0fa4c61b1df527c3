"""The database's disk fills up and gets room again: things are refused or done as a whole, and then all goes on."""

import os
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2
import psycopg
import pytest

from faults.tools.books import Books, is_prefix
from faults.tools.cluster import Cluster
from faults.tools.disk import SmallDisk, small_disk
from faults.tools.runs import facts, order_many, statuses, wait_ends, wait_steps
from faults.tools.servers import Server, until
from futurone_server.store.embedded import EmbeddedPostgres

TABLES_MIB = 40
EVERYTHING_MIB = 150
RUNS = 6
LARGE = "x" * 60_000


@dataclass(frozen=True, kw_only=True)
class House:
    """A server whose tables are on a small disk."""

    server: Server
    disk: SmallDisk
    url: str


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with small_disk(TABLES_MIB) as disk, Cluster.made(tmp_path / "cluster") as cluster:
        place = disk.root / "tables"
        place.mkdir()
        owner = (cluster.data_dir / "postgres").stat()
        os.chown(place, owner.st_uid, owner.st_gid)
        with cluster.superuser() as chief:
            chief.execute(f"CREATE TABLESPACE small OWNER futurone LOCATION '{place}'")
        url = cluster.fresh(tablespace="small")
        server = Server(tmp_path / "data", database_url=url)
        try:
            yield House(server=server.start(), disk=disk, url=url)
        finally:
            server.end()


@pytest.mark.heavy
def test_a_full_disk_refuses_what_it_cannot_take_keeps_what_it_has_and_goes_on_with_room(house: House) -> None:
    with house.server.client(timeout_s=60) as client, Books.open(house.url) as books:
        runs = order_many(client, RUNS, "[test:steps 40 sleep 0.2]")
        wait_steps(books, runs)
        house.disk.fill()
        taken, refused = _order_until_refused(client)
        before = {run_id: facts(books, run_id) for run_id in runs}
        upload = client.post("/v1/vault/files", files={"file": ("large.bin", os.urandom(1 << 20))})
        _check_refused(upload)
        assert client.get(f"/v1/runs/{runs[0]}").status_code == 200, "what is there can be read"
        house.disk.empty()
        until("there is room again", lambda: _order(client, refused).status_code == 201, within_s=60)
        (again,) = books.rows("SELECT id FROM runs WHERE metadata->>'key' = %s", refused)
        everything = [*runs, *taken, again["id"]]
        wait_ends(books, everything, within_s=120)
        assert statuses(books, everything) == {"completed"}
        assert books.run_ids() == sorted(everything), "what was refused is not there"
        for run_id in everything:
            books.check(run_id)
        for run_id, log in before.items():
            assert is_prefix(log, facts(books, run_id))
        _check_nothing_is_half(books)
        assert client.get("/v1/vault/files").json()["data"] == []


@pytest.fixture
def whole_house(tmp_path: Path) -> Iterator[House]:
    """A server with everything that it has, the database's journal too, on a small disk."""
    with small_disk(EVERYTHING_MIB) as disk:
        server = Server(disk.root / "data")
        cluster = EmbeddedPostgres(server.data_dir)
        try:
            server.start()
            yield House(server=server, disk=disk, url=cluster.start().url())
        finally:
            server.end()
            cluster.stop(mode="immediate")


@pytest.mark.heavy
def test_a_database_that_a_full_disk_has_ended_comes_back_with_room_and_its_runs_go_on(whole_house: House) -> None:
    server, disk = whole_house.server, whole_house.disk
    cluster = EmbeddedPostgres(server.data_dir)
    with server.client(timeout_s=60) as client:
        with Books.open(whole_house.url) as books:
            runs = order_many(client, RUNS, "[test:steps 20 sleep 0.3]")
            wait_steps(books, runs)
            before = {run_id: facts(books, run_id) for run_id in runs}
            disk.fill()
            _exhaust_journal(whole_house)
        until("the database has ended", lambda: not cluster.is_running(), within_s=30)
        key = str(uuid.uuid4())
        _check_refused(_order(client, key))
        disk.empty()
        until("there is room again", lambda: _order(client, key).status_code in (200, 201), within_s=60)
    with Books.open(cluster.start().url()) as books:
        everything = books.run_ids()
        assert len(everything) == RUNS + 1
        wait_ends(books, everything, within_s=120)
        assert statuses(books, everything) == {"completed"}
        for run_id in everything:
            books.check(run_id)
        for run_id, log in before.items():
            assert is_prefix(log, facts(books, run_id))
        _check_nothing_is_half(books)


def _exhaust_journal(house: House) -> None:
    """Write to the database's journal until it needs room that is not there: PostgreSQL gives up then."""
    say = "SELECT pg_logical_emit_message(true, 'faults', repeat('x', 3000000))"
    with suppress(psycopg.Error), psycopg.connect(Cluster.dsn_of(house.url), autocommit=True) as connection:
        for _ in range(100):
            connection.execute(say)


def _order(client: httpx2.Client, key: str) -> httpx2.Response:
    body = {"agent": "research", "task": f"[test:complete] {LARGE}", "metadata": {"key": key}}
    return client.post("/v1/runs", json=body, headers={"Idempotency-Key": key})


def _order_until_refused(client: httpx2.Client) -> tuple[list[str], str]:
    taken: list[str] = []
    for _ in range(2000):
        key = str(uuid.uuid4())
        answer = _order(client, key)
        if answer.status_code != 201:
            _check_refused(answer)
            return taken, key
        taken.append(answer.json()["id"])
    raise AssertionError("the disk did not fill up")


def _check_refused(answer: httpx2.Response) -> None:
    body = answer.json()
    assert (answer.status_code, body["reason_code"]) == (503, "UNAVAILABLE"), answer.text
    assert set(body) == {"error", "reason_code", "request_id"}


def _check_nothing_is_half(books: Books) -> None:
    halves = (
        "SELECT 1 FROM log_heads h LEFT JOIN runs r ON r.id = h.run_id WHERE r.id IS NULL",
        "SELECT 1 FROM runs r LEFT JOIN log_heads h ON r.id = h.run_id WHERE h.run_id IS NULL",
        "SELECT 1 FROM runs r LEFT JOIN run_contents c ON r.id = c.run_id AND c.name = 'brief' WHERE c.run_id IS NULL",
        "SELECT 1 FROM idempotency i LEFT JOIN runs r ON r.id = i.resource_id WHERE r.id IS NULL",
    )
    assert [query for query in halves if books.rows(query)] == []
