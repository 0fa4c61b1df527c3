"""A throw-away PostgreSQL for a test session, and what tests do to a cluster: enter it, keep rows, kill it."""

import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from futurone_server.store.embedded import EmbeddedPostgres, Endpoint

QUICK = {"fsync": "off", "full_page_writes": "off"}
is_root = os.geteuid() == 0
_SETTINGS = {**QUICK, "synchronous_commit": "off", "max_connections": "200", "scram_iterations": "1"}


@contextmanager
def cluster() -> Iterator[Endpoint]:
    """A running cluster whose owner may also create databases, so that a template can be cloned for each test.

    It is stopped and removed at the end of the block. Each process that enters gets a cluster of its own.
    """
    data_dir = Path(tempfile.mkdtemp(prefix="futurone-tests-"))
    embedded = EmbeddedPostgres(data_dir, settings=_SETTINGS)
    try:
        endpoint = embedded.start()
        _let_create_databases(endpoint, data_dir)
        yield endpoint
    finally:
        embedded.stop(mode="immediate")
        shutil.rmtree(data_dir, ignore_errors=True)


def _let_create_databases(endpoint: Endpoint, data_dir: Path) -> None:
    password = (data_dir / "secrets" / "postgres-superuser").read_text(encoding="ascii").strip()
    with psycopg.connect(
        host=str(endpoint.socket_dir), port=endpoint.port, user="postgres", password=password, dbname="postgres"
    ) as superuser:
        superuser.execute(f"ALTER ROLE {endpoint.owner} CREATEDB")


def enter(endpoint: Endpoint, **changes: str) -> psycopg.Connection:
    entry = {
        "host": str(endpoint.socket_dir),
        "port": str(endpoint.port),
        "user": endpoint.owner,
        "password": endpoint.owner_password,
        "dbname": endpoint.database,
    }
    return psycopg.connect(autocommit=True, **{**entry, **changes})  # type: ignore[arg-type]  # all are strings


def show(endpoint: Endpoint, setting: str) -> str:
    with enter(endpoint) as connection:
        row = connection.execute("SELECT current_setting(%s)", [setting]).fetchone()
    assert row is not None
    return str(row[0])


def kept(endpoint: Endpoint) -> list[int]:
    with enter(endpoint) as connection:
        return [row[0] for row in connection.execute("SELECT n FROM kept ORDER BY n")]


def keep(endpoint: Endpoint, numbers: list[int]) -> None:
    with enter(endpoint) as connection:
        connection.execute("DROP TABLE IF EXISTS kept")
        connection.execute("CREATE TABLE kept (n int PRIMARY KEY)")
        for number in numbers:
            connection.execute("INSERT INTO kept VALUES (%s)", [number])


def kill(cluster: EmbeddedPostgres) -> int:
    pid = cluster.pid
    assert pid is not None
    assert pid > 1
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: cluster.pid is None)
    return pid


def wait_until(is_so: Callable[[], object], limit_s: float = 20.0) -> None:
    deadline = time.monotonic() + limit_s
    while not is_so():
        assert time.monotonic() < deadline
        threading.Event().wait(0.002)
