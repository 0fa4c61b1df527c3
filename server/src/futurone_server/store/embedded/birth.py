"""Making a cluster that is either whole or not there, and knowing one that is there."""

import os
import pwd
import shutil
import tempfile
from pathlib import Path

from futurone_server.store.embedded.account import Account, take_over
from futurone_server.store.embedded.binaries import MAJOR, Installation
from futurone_server.store.embedded.disk import sync, sync_tree
from futurone_server.store.embedded.failure import ClusterError, explaining, last_lines
from futurone_server.store.embedded.owner import SUPERUSER

_NURSERY_PREFIX = "postgres.new-"
_INITDB_OPTIONS = (
    "--auth=scram-sha-256",
    "--pwfile=/dev/stdin",
    "--encoding=UTF8",
    "--no-locale",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--data-checksums",
    "--no-sync",  # done here, all files at a time
    "--no-instructions",
)


def is_made(pgdata: Path) -> bool:
    """Whether a cluster is there. Raises ClusterError when something is that this server cannot run."""
    if not pgdata.exists() or (pgdata.is_dir() and not any(pgdata.iterdir())):
        return False
    made_by = pgdata / "PG_VERSION"
    if not made_by.is_file():
        raise ClusterError(
            f"{pgdata} is not a PostgreSQL cluster, and not empty. Move it away, or choose another data directory."
        )
    major = made_by.read_text(encoding="ascii", errors="replace").strip()
    if major != MAJOR:
        raise ClusterError(
            f"{pgdata} was made by PostgreSQL {major}, and this server brings PostgreSQL {MAJOR}. Run the server's "
            f"version that made it, or dump it with PostgreSQL {major} and restore it into a new data directory."
        )
    return True


def make(
    pgdata: Path, *, account: Account, installation: Installation, password: str, lock: int, is_durable: bool
) -> None:
    """Make a cluster: beside its place, then (if it is to be durable) on disk, then moved there. Raises ClusterError.

    The superuser's ``password`` locks it. The program that makes it holds ``lock``, too: were this process killed, the
    next one would wait for that program.
    """
    _check_named(account)
    with explaining(f"make a PostgreSQL cluster in {pgdata}"):
        _sweep(pgdata.parent)
        nursery = Path(tempfile.mkdtemp(prefix=_NURSERY_PREFIX, dir=pgdata.parent))
        try:
            account.give(nursery)
            _initialise(nursery, account, installation, password=password, lock=lock)
            if is_durable:
                sync_tree(nursery)
            nursery.rename(pgdata)
            sync(pgdata.parent)
        except BaseException:
            shutil.rmtree(nursery, ignore_errors=True)
            raise


def receive(pgdata: Path, account: Account) -> None:
    """Make a cluster that is there one that the account can run. Raises ClusterError."""
    with explaining(f"hand {pgdata} to user id {account.uid}, who runs PostgreSQL"):
        take_over(pgdata, account)


def _check_named(account: Account) -> None:
    try:
        pwd.getpwuid(account.uid)
    except KeyError:
        raise ClusterError(
            f"PostgreSQL makes a cluster only for a user with a name, and user id {account.uid} has none here. Add it "
            "to /etc/passwd, run the server as another user, or set FUTURONE_DATABASE_URL to a PostgreSQL of your own."
        ) from None


def _sweep(directory: Path) -> None:
    # What a process that was killed while it made a cluster has left.
    for left_over in directory.glob(f"{_NURSERY_PREFIX}*"):
        shutil.rmtree(left_over, ignore_errors=True)


def _initialise(nursery: Path, account: Account, installation: Installation, *, password: str, lock: int) -> None:
    # The password goes through a pipe: it is in no argument and in no file of this account's.
    reader, writer = os.pipe()
    try:
        os.write(writer, password.encode() + b"\n")
        os.close(writer)
        account.give(reader)
        where = ("-D", account.data_argument(nursery), f"--username={SUPERUSER}")
        status, output = account.run(
            [str(installation.program("initdb")), *where, *_INITDB_OPTIONS], cwd=nursery, stdin=reader, keep=[lock]
        )
    finally:
        os.close(reader)
    if status != 0:
        raise ClusterError(
            f"PostgreSQL could not make its cluster below {nursery.parent}. It said:{last_lines(output)}\n"
            "Remove the cause, then start again; nothing was left behind."
        )
