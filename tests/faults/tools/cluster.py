"""The cluster of the fault tests: a real PostgreSQL that can be crashed and started again, with many databases."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from futurone_server.migrations.upgrade import upgrade
from futurone_server.store.embedded import EmbeddedPostgres

# What a crash of the machine would need is left out; what a crash of PostgreSQL needs is not.
_SETTINGS = {"fsync": "off", "full_page_writes": "off", "max_connections": "250"}


class Cluster:
    """A running PostgreSQL, entered as the owner of the product's database."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self._embedded = EmbeddedPostgres(data_dir, settings=_SETTINGS)
        self._numbers = itertools.count(1)
        self.url = ""

    @classmethod
    @contextmanager
    def made(cls, data_dir: Path) -> "Iterator[Cluster]":
        """A new cluster, with the schema in a template, which is stopped at the end of the block."""
        cluster = cls(data_dir)
        cluster.start()
        try:
            cluster._make_template()
            yield cluster
        finally:
            cluster.crash()

    def start(self) -> None:
        """Start it, or start it again: at the same address, with what was in it."""
        self.url = self._embedded.start().url()

    def crash(self) -> None:
        """Have it gone at once, as after ``pg_ctl stop -m immediate``; what was committed is recovered at its start."""
        self._embedded.stop(mode="immediate")

    @property
    def pid(self) -> int:
        """The process id of its postmaster."""
        pid = self._embedded.pid
        assert pid is not None
        return pid

    def _make_template(self) -> None:
        with self.superuser() as chief:
            chief.execute("ALTER ROLE futurone CREATEDB")
            chief.execute("CREATE DATABASE template_house OWNER futurone")
        upgrade(self.address_of("template_house"))

    def superuser(self, database: str = "postgres") -> "psycopg.Connection[tuple[object, ...]]":
        """A connection that may do everything."""
        password = (self.data_dir / "secrets" / "postgres-superuser").read_text().strip()
        host = psycopg.conninfo.conninfo_to_dict(self.dsn_of(self.url))["host"]
        return psycopg.connect(host=host, user="postgres", password=password, dbname=database, autocommit=True)

    def address_of(self, name: str) -> str:
        """The address of one of its databases, as the product takes it."""
        return self.url.replace("@/futurone?", f"@/{name}?")

    @staticmethod
    def dsn_of(url: str) -> str:
        """The same as the driver takes it."""
        return url.replace("postgresql+psycopg://", "postgresql://")

    def fresh(self, *, tablespace: str | None = None) -> str:
        """The address of a new database, with the schema in it."""
        name = f"faults_{next(self._numbers)}"
        order = sql.SQL("CREATE DATABASE {} TEMPLATE template_house OWNER futurone").format(sql.Identifier(name))
        if tablespace is not None:
            order += sql.SQL(" TABLESPACE {}").format(sql.Identifier(tablespace))
        with self.superuser() as chief:
            chief.execute(order)
        return self.address_of(name)
