"""A throw-away PostgreSQL for a test session: the embedded one, without durability."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from futurone_server.store.embedded import EmbeddedPostgres, Endpoint

_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}


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
