"""Copies of a running database, as an operator makes them, and what keys can be found in any copy."""

import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import psycopg

from faults.tools.search import opened
from futurone_server.kit.crypto import KEY_BYTES, is_key_of
from futurone_server.store.embedded import EmbeddedPostgres
from futurone_server.store.embedded.binaries import wheel_installation

WRAPPED = re.compile(rb"\x02ep_[0-9a-z]{26}(\x01.{76})", re.DOTALL)
"""A run's key as it is wrapped by an hour's: which hour's, then version, commitment, nonce, key and tag."""


def make_backups(data_dir: Path, into: Path) -> None:
    """A base backup with its write-ahead log, and a dump, while the database runs."""
    into.mkdir(parents=True)
    cluster = EmbeddedPostgres(data_dir).start()
    password = (data_dir / "secrets" / "postgres-superuser").read_text().strip()
    environment = {**os.environ, "PGHOST": str(cluster.socket_dir), "PGUSER": "postgres", "PGPASSWORD": password}

    def carry_out(program: str, *arguments: str) -> None:
        command = [str(wheel_installation().program(program)), *arguments]
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=120)

    carry_out("pg_basebackup", "-D", str(into / "base"), "-X", "stream", "-c", "fast")
    carry_out("pg_basebackup", "-D", str(into / "packed"), "-X", "fetch", "-c", "fast", "-Ft", "-z")
    carry_out("pg_dump", "-d", cluster.database, "-f", str(into / "dump.sql"))


def checkpoint(data_dir: Path) -> None:
    """Have the database write everything down."""
    cluster = EmbeddedPostgres(data_dir).start()
    password = (data_dir / "secrets" / "postgres-superuser").read_text().strip()
    with psycopg.connect(
        host=str(cluster.socket_dir), user="postgres", password=password, dbname="postgres", autocommit=True
    ) as chief:
        chief.execute("CHECKPOINT")


def wrapped_copies(directories: Iterable[Path]) -> dict[bytes, set[str]]:
    """Every wrapped key of a run that lies anywhere below directories, and the files that hold it."""
    found: dict[bytes, set[str]] = {}
    for directory in directories:
        for path in directory.rglob("*"):
            if path.is_file():
                with opened(path) as data:
                    for match in WRAPPED.finditer(data):
                        found.setdefault(match.group(1), set()).add(str(path))
    return found


def windows(files: Iterable[Path]) -> Iterator[bytes]:
    """Every 32 bytes in a row of some files."""
    for path in files:
        data = path.read_bytes()
        yield from (data[at : at + KEY_BYTES] for at in range(len(data) - KEY_BYTES + 1))


def opened_by(keys: Iterable[bytes], sealed: Iterable[bytes]) -> set[bytes]:
    """Which of the sealed bytes are under one of the keys."""
    wanted = set(sealed)
    return {one for key in keys for one in wanted if is_key_of(key, one)}
