"""The directory of the cluster's unix socket: private, and short, because a socket's path may have 103 bytes only."""

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from futurone_server.store.embedded.account import Account
from futurone_server.store.embedded.failure import ClusterError
from futurone_server.store.embedded.places import Places, write_durably
from futurone_server.store.embedded.settings import PORT

SOCKET_NAME = f".s.PGSQL.{PORT}"
_PATH_BYTES_MAX = 103  # what the strictest system takes (107 on Linux)


def cluster_name(places: Places, account: Account) -> str:
    """A name that only this data directory, run by this account, has."""
    return f"futurone-{account.uid}-{hashlib.sha256(os.fsencode(places.root)).hexdigest()[:12]}"


def claim_socket_dir(places: Places, account: Account) -> Path:
    """The private directory for the socket: the recorded one, else a new one below the system's temporary directory.

    Raises ClusterError when something that is not ours stands in its place, or when no place is left for it.
    """
    name = cluster_name(places, account)
    bases = list(dict.fromkeys(_bases(places, name)))
    for base in bases:
        path = base / name
        if not _is_usable(path, account):
            continue
        try:
            _claim(path, account)
        except OSError:
            continue
        _record(places, path)
        return path
    raise ClusterError(
        f"No directory is left for PostgreSQL's socket {name}: tried {', '.join(map(str, bases))}. "
        "Make /tmp writable, or set TMPDIR to a short path that is."
    )


def release_socket_dir(places: Places) -> None:
    """Remove the directory of a socket on which nobody listens any more, as when the cluster has been stopped."""
    recorded = _recorded(places)
    if recorded is not None and not recorded.is_symlink():
        with suppress(OSError):
            forget_socket(recorded)
            recorded.rmdir()


def forget_socket(socket_dir: Path) -> None:
    """Remove what a killed cluster has left of its socket. Raises OSError."""
    for left_over in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
        (socket_dir / left_over).unlink(missing_ok=True)


def _bases(places: Places, name: str) -> Iterator[Path]:
    recorded = _recorded(places)
    if recorded is not None and recorded.name == name:  # else the data directory was copied or moved here
        yield recorded.parent
    yield Path(os.path.realpath(tempfile.gettempdir()))
    yield Path("/tmp")  # noqa: S108 - the claim below is safe against others
    yield Path("/var/tmp")  # noqa: S108


def _is_usable(path: Path, account: Account) -> bool:
    if len(os.fsencode(path / SOCKET_NAME)) > _PATH_BYTES_MAX or "," in str(path):  # libpq reads a list of hosts
        return False
    return path.parent.is_dir() and (not account.is_dropped or _is_open_to_all(path.parent))


def _is_open_to_all(directory: Path) -> bool:
    return all(part.stat().st_mode & stat.S_IXOTH for part in (directory, *directory.parents))


def _claim(path: Path, account: Account) -> None:
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        found = path.lstat()
        is_ours = found.st_uid in {account.uid, os.geteuid()}
        if not stat.S_ISDIR(found.st_mode) or not is_ours or found.st_mode & 0o077:
            raise ClusterError(
                f"{path} exists, but is not a private directory of user id {account.uid}: somebody else made it. "
                "Remove it, then start again."
            ) from None
    account.give(path)


def _recorded(places: Places) -> Path | None:
    if not places.socket_record.is_file():
        return None
    return Path(places.socket_record.read_text(encoding="utf-8").rstrip("\n"))


def _record(places: Places, path: Path) -> None:
    if _recorded(places) != path:
        write_durably(places.socket_record, f"{path}\n")
