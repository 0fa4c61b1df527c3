"""What tests share: one cluster for all, a fresh database for each, a server for many; no way out but loopback."""

import contextlib
import gc
import ipaddress
import itertools
import logging
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import httpx2
import psycopg
import pytest
import structlog
from psycopg import sql

from futurone_server.main import Server
from futurone_server.migrations.upgrade import upgrade
from futurone_server.store.database import plain_url
from house import Caller, Process, Registry, Tenant, add_tenant, open_server
from postgres import cluster
from quickly import SERVER, few_authorities, quick_passwords

__all__ = ["few_authorities", "quick_passwords"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files in an order of no meaning: those that mostly wait stand among those that work, and cores are never idle."""
    items.sort(key=lambda item: crc32(item.path.relative_to(item.config.rootpath).as_posix().encode()))


def pytest_collection_finish() -> None:
    """What thousands of tests are made of stays to the end: it need not be looked through with all other garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


@pytest.fixture(scope="session", autouse=True)
def no_way_out() -> Iterator[None]:
    """Tests reach this machine and nothing else."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = str(address[0])
            assert host == "localhost" or ipaddress.ip_address(host).is_loopback, f"a test tried to reach {host}"
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """A command that runs inside a test says where the logs go; that ends with the test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """Tests run on the loop that the server runs on."""
    return "asyncio", {"use_uvloop": True}


@dataclass(frozen=True, kw_only=True)
class Databases:
    """One cluster, in which every test can have a database of its own, with the schema in it."""

    connection: psycopg.Connection
    url_of: Callable[[str], str]
    role: str | None
    numbers: Iterator[int]

    def fresh(self) -> str:
        """The address of a new database."""
        name = f"test_{next(self.numbers)}"
        copied = "CREATE DATABASE {} TEMPLATE template_house STRATEGY file_copy"
        self.connection.execute(sql.SQL(copied).format(sql.Identifier(name)))
        return self.url_of(name)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected."""
        name = url.partition("@/")[2].partition("?")[0]
        statement = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
        for _ in range(50):
            # The cluster's own housekeeping may be in there for a moment, and cannot be sent away.
            with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
                self.connection.execute(statement)
                return
            time.sleep(0.1)
        self.connection.execute(statement)


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """The cluster of this test session, with the schema in a template database."""
    with cluster() as endpoint:
        url = endpoint.url()

        def url_of(name: str) -> str:
            return url.replace("@/futurone?", f"@/{name}?")

        with psycopg.connect(plain_url(url), autocommit=True) as connection:
            connection.execute("CREATE DATABASE template_house")
            role = upgrade(url_of("template_house"))
            yield Databases(connection=connection, url_of=url_of, role=role, numbers=itertools.count(1))


@pytest.fixture
def database(databases: Databases) -> Iterator[str]:
    """The address of a database of one's own, with the schema in it and nothing else."""
    url = databases.fresh()
    yield url
    databases.drop(url)


@pytest.fixture
async def house(databases: Databases, database: str) -> AsyncIterator[Server]:
    """A whole server in this process, with a database of its own. Runs are carried out when the test says so."""
    async with open_server(database, databases.role) as server:
        yield server


@pytest.fixture
async def tenant(house: Server) -> Tenant:
    """A workspace in the house."""
    return await add_tenant(house)


@pytest.fixture(scope="session")
def server(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """A real server process that many tests share; each uses a workspace and keys of its own."""
    url = databases.fresh()
    data_dir: Path = tmp_path_factory.mktemp("server") / "data"
    process = Process(data_dir, url, program=SERVER).start()
    yield process
    process.end()


@pytest.fixture(scope="session")
def registry(server: Process) -> Iterator[Registry]:
    """Makes workspaces and keys in the shared server."""
    found = Registry(server)
    yield found
    found.close()


@pytest.fixture(scope="session")
def http(server: Process) -> Iterator[httpx2.Client]:
    """Connections to the shared server."""
    with httpx2.Client(base_url=server.url, timeout=60) as client:
        yield client


@pytest.fixture(scope="session")
def stranger(http: httpx2.Client) -> Caller:
    """A caller without a key."""
    return Caller(http, None)
