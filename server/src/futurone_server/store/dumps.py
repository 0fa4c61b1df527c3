"""Dumps: a whole database in one file, consistent while others write, and back into an empty database."""

import contextlib
import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from futurone_server.store.embedded import ClusterError
from futurone_server.store.embedded.binaries import MAJOR, wheel_installation
from futurone_server.store.embedded.disk import sync
from futurone_server.store.embedded.failure import explaining, last_lines
from futurone_server.store.schema import SCOPE_SETTING

_RESTORABLE_MIN = 17  # what pg_restore says first is unknown to older servers
_REVISION = "TABLE DATA public alembic_version"
_DATABASE = re.compile(r"Dumped from database version: (\S+)")
_MADE = re.compile(r"Archive created at (.+)")
_ENVIRONMENT = {"TZ": "UTC", "LC_ALL": "C"}


class DumpError(Exception):
    """A dump cannot be made or read; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Dump:
    """What a dump's file says of itself: when it was begun, and by which PostgreSQL."""

    made: str
    version: str


def dump(url: str, path: Path) -> int:
    """Write the whole database into a new private file, as it was at one moment. Returns its bytes. Blocking.

    Others go on reading and writing. Either the file is whole, and on disk, or there is none. Raises DumpError.
    """
    _check_version(url, is_target=False)
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        with explaining(f"write {path}"):
            try:
                _write(url, draft)
                os.link(draft, path)  # unlike a rename, refuses what is there already
            finally:
                draft.unlink(missing_ok=True)
            sync(path.parent)
            return path.stat().st_size
    except ClusterError as error:
        raise DumpError(str(error)) from error


def _write(url: str, draft: Path) -> None:
    # Made here, so that nobody else may read it; pg_dump fills it and waits until it is on the disk.
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    # What counts requests is unlogged: it is worth nothing a minute later.
    options = ["--format=custom", "--enable-row-security", "--no-unlogged-table-data", f"--file={draft}"]
    _carry_out("pg_dump", *options, url=url)


def read(path: Path) -> Dump:
    """Look at a dump without opening it. Raises DumpError when it is none, or of something else."""
    if not path.is_file():
        raise DumpError(f"{path} is no file.")
    try:
        text = _carry_out("pg_restore", "--list", str(path))
    except DumpError as error:
        raise DumpError(f"{path} is no backup, or is damaged. {error}") from error
    made, version = _MADE.search(text), _DATABASE.search(text)
    if _REVISION not in text or made is None or version is None:
        raise DumpError(f"{path} is a dump, but not of a FuturOne database.")
    return Dump(made=made[1].strip(), version=version[1])


def restore(path: Path, url: str, *, with_rights: bool) -> None:
    """Fill an empty database with a dump, all of it or nothing. Blocking. Raises DumpError.

    ``with_rights``: the roles that the dump names are there, and get the rights they had.
    """
    _check_version(url, is_target=True)
    options = ["--single-transaction", "--exit-on-error", "--no-owner", *([] if with_rights else ["--no-privileges"])]
    _carry_out("pg_restore", *options, str(path), url=url)


def is_empty(url: str) -> bool:
    """Whether a database holds no table of anybody. Blocking. Raises DumpError."""
    query = "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    with _asking(url) as connection:
        return connection.execute(query).fetchone() == (0,)


def _check_version(url: str, *, is_target: bool) -> None:
    """Refuse a database that the programs of the wheel cannot serve, in plain words."""
    with _asking(url) as connection:
        number = connection.info.server_version // 10_000
    if number > int(MAJOR):
        raise DumpError(
            f"The database is PostgreSQL {number}, and the programs that come along are of {MAJOR}, which cannot read a"
            f" later one. Use the pg_dump and pg_restore of PostgreSQL {number}."
        )
    if is_target and number < _RESTORABLE_MIN:
        raise DumpError(f"The database is PostgreSQL {number}; a backup is restored into {_RESTORABLE_MIN} or later.")


@contextlib.contextmanager
def _asking(url: str) -> "Iterator[psycopg.Connection[tuple[object, ...]]]":
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            yield connection
    except psycopg.Error as error:  # says which host, port, user and database, and never the password
        raise DumpError(f"The database does not answer: {str(error).strip().partition(chr(10))[0]}") from error


def _carry_out(name: str, *arguments: str, url: str | None = None) -> str:
    """Run one of PostgreSQL's programs to its end; returns what it printed. The password is in no argument."""
    where, environment = _way_to(url)
    try:
        program = wheel_installation().program(name)
        done = subprocess.run(  # noqa: S603 - our own program and arguments
            [str(program), "--no-password", *where, *arguments] if url else [str(program), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={**_ENVIRONMENT, **environment},
            check=False,
        )
    except (OSError, ClusterError) as error:
        raise DumpError(f"{name} cannot be run: {error}") from error
    if done.returncode != 0:
        raise DumpError(f"{name} said:{last_lines(done.stderr.decode(errors='replace'))}")
    return done.stdout.decode(errors="replace")


def _way_to(url: str | None) -> tuple[Sequence[str], dict[str, str]]:
    """How a program is told its database, as one who sees the rows of all workspaces."""
    if url is None:
        return (), {}
    parts = conninfo_to_dict(url)
    password = parts.pop("password", None)
    parts["options"] = f"{parts.get('options') or ''} -c {SCOPE_SETTING}=system".strip()
    return (f"--dbname={make_conninfo('', **parts)}",), {} if password is None else {"PGPASSWORD": str(password)}
