"""SIGTERM, a second start, and a start again: a server leaves in good order, and its runs go on at the next one."""

import json
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event
from urllib.parse import urlsplit

import httpx2
import pytest

from faults.conftest import Make
from faults.tools.books import Books, is_prefix
from faults.tools.runs import facts, order, statuses, wait_ends, wait_steps
from faults.tools.servers import Server, until
from futurone_server.store.embedded import EmbeddedPostgres

STOP_S = 15


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The command itself, with its embedded database."""
    server = Server(tmp_path_factory.mktemp("stopping") / "data", is_command=True)
    try:
        yield server.start()
    finally:
        server.end()


@pytest.fixture(scope="module")
def cluster(server: Server) -> Iterator[EmbeddedPostgres]:
    """The server's database."""
    cluster = EmbeddedPostgres(server.data_dir)
    yield cluster
    cluster.stop(mode="immediate")


def test_the_ready_line_comes_once_and_shows_the_keys_only_on_the_first_start(server: Server) -> None:
    (line,) = server.said().splitlines()
    assert set(json.loads(line)) == {"event", "url", "pid", "key", "key_id", "secret", "test_key", "setup_url"}
    assert json.loads(line)["event"] == "ready"
    assert server.pid == json.loads(line)["pid"]
    assert not urlsplit(server.url).path


def test_a_second_server_on_the_same_data_directory_says_so_and_leaves(server: Server) -> None:
    second = Server(server.data_dir, verb="up", is_command=True, name="second")
    try:
        assert second.begin().wait_end(within_s=60) == 1
        assert str(server.data_dir) in second.log()
        assert str(server.pid) in second.log()
        assert second.said() == ""
        assert "Traceback" not in second.log()
    finally:
        second.end()
    with server.client() as client:
        assert client.get("/health/ready").status_code == 200


def test_sigterm_aborts_streams_ends_in_time_and_leaves_its_runs_to_the_next_start(
    server: Server, cluster: EmbeddedPostgres
) -> None:
    with server.client(timeout_s=60) as client:
        short = [order(client, "[test:steps 3 sleep 0.1]") for _ in range(4)]
        long = [order(client, "[test:steps 1 sleep 12]"), order(client, "[test:steps 40 sleep 0.3]")]
        waiting = order(client, "[test:input]")
    runs = [*short, *long, waiting]
    with Books.open(cluster.start().url()) as books:
        wait_steps(books, [*short, long[1]])
        until("it waits", lambda: statuses(books, [waiting]) == {"awaiting_input"}, within_s=30)
    with ThreadPoolExecutor(2) as pool:
        flows = Event()
        stream = pool.submit(_read_stream, server, long[1], flows)
        assert flows.wait(30), "the stream flows"
        poll = pool.submit(_poll, server, long[0])
        server.send(signal.SIGTERM)
        assert server.wait_end(within_s=STOP_S) == 0, server.log()
        raw = stream.result(30)
        assert poll.result(30) in (200, 503, None)
    assert not raw.endswith(b"0\r\n\r\n"), "a stream that is cut does not end like one that is over"
    assert "Traceback" not in server.log()
    until("the database has stopped too", lambda: not cluster.is_running(), within_s=10)
    _check_restart(server, cluster, runs, waiting)


def test_it_says_what_it_waits_for_is_not_ready_meanwhile_and_a_second_signal_takes_the_database_along(
    make_server: Make,
) -> None:
    server = make_server("hurried", environment={"FUTURONE_BEHIND_PROXY": "1"})
    server.start()
    cluster = EmbeddedPostgres(server.data_dir)
    try:
        with server.client() as client, Books.open(cluster.start().url()) as books:
            run = order(client, "[test:steps 1 sleep 30]")
            until("it is in hand", lambda: statuses(books, [run]) == {"running"}, within_s=30)
            assert client.get("/health/ready").status_code == 200
            server.send(signal.SIGTERM)
            until("it is not ready", lambda: client.get("/health/ready").status_code == 503, within_s=2)
            assert client.get("/health/live").status_code == 200
            waiting = order(client, "[test:complete]")
        until("it says so", lambda: "Waiting for 1 runs in hand" in server.log(), within_s=STOP_S)
        server.send(signal.SIGTERM)
        assert server.wait_end(within_s=5) == 1
        until("the database has ended too", lambda: not cluster.is_running(), within_s=5)
        with Books.open(cluster.start().url()) as books:
            assert statuses(books, [waiting]) == {"queued"}, "nothing is claimed on the way down"
            books.check(run)
    finally:
        cluster.stop(mode="immediate")


def _check_restart(server: Server, cluster: EmbeddedPostgres, runs: list[str], waiting: str) -> None:
    with Books.open(cluster.start().url()) as books:
        before = {run_id: facts(books, run_id) for run_id in runs}
    server.start()
    (line,) = server.said().splitlines()
    assert set(json.loads(line)) == {"event", "url", "pid", "setup_url"}
    with Books.open(cluster.start().url()) as books, server.client() as client:
        approved = client.post(f"/v1/runs/{waiting}/signal", json={"action": "approve"})
        assert approved.status_code == 200, approved.text
        ending = [run_id for run_id in runs if run_id != waiting]
        wait_ends(books, ending, within_s=90)
        assert statuses(books, ending) == {"completed"}
        for run_id in runs:
            books.check(run_id)
            assert is_prefix(before[run_id], facts(books, run_id))


def _read_stream(server: Server, run_id: str, flows: Event) -> bytes:
    """The bytes of a stream as they come over the wire, to the end of the connection."""
    address = urlsplit(server.url)
    raw = b""
    with closing(socket.create_connection((str(address.hostname), int(address.port or 0)), 30)) as line:
        head = (
            f"GET /v1/runs/{run_id}/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.ready['test_key']}\r\n"
        )
        line.sendall(f"{head}\r\n".encode())
        try:
            while data := line.recv(1 << 16):
                raw += data
                flows.set()
        except ConnectionResetError:
            pass
    return raw


def _poll(server: Server, run_id: str) -> int | None:
    with server.client(timeout_s=90) as client:
        try:
            return client.get(f"/v1/runs/{run_id}", params={"wait": 60}).status_code
        except httpx2.TransportError:
            return None
