"""What fault tests share: a cluster that may be crashed, servers that are gone afterwards, and how hard to try."""

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from faults.tools.cluster import Cluster
from faults.tools.servers import Server, load_fork_server

SCALE = float(os.environ.get("FAULTS_SCALE", "1"))
"""How much more than usual is tried: 1 in every test run; ``FAULTS_SCALE=10 make faults`` before a release."""


@pytest.fixture(scope="session")
def scale() -> float:
    """By how much to multiply what a test tries."""
    return SCALE


@pytest.fixture(scope="session", autouse=True)
def fork_server() -> None:
    """Servers are forked from one process that has imported everything."""
    load_fork_server()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One PostgreSQL for all fault tests, each of which has a database of its own in it."""
    with Cluster.made(tmp_path_factory.mktemp("cluster")) as made:
        yield made


Make = Callable[..., Server]


@pytest.fixture
def make_server(tmp_path: Path) -> Iterator[Make]:
    """Makes servers that are gone when the test is over."""
    made: list[Server] = []
    numbers = itertools.count(1)

    def make(name: str | None = None, **options: Any) -> Server:
        server = Server(tmp_path / (name or f"server-{next(numbers)}"), **options)
        made.append(server)
        return server

    yield make
    for server in made:
        server.end()
