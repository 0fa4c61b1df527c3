"""The places of the embedded cluster inside the server's data directory, and the secrets kept there."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from futurone_server.store.embedded.disk import sync
from futurone_server.store.embedded.failure import ClusterError

_LOG_BYTES_MAX = 10 * 1024 * 1024
_PRIVATE_DIR = 0o700
_PRIVATE_FILE = 0o600


@dataclass(frozen=True, kw_only=True)
class Places:
    """Paths below one data directory. ``root`` has no symbolic links in it; neither has ``pgdata``."""

    root: Path
    pgdata: Path

    @property
    def log(self) -> Path:
        """PostgreSQL's own log."""
        return self.root / "logs" / "postgres.log"

    @property
    def secrets(self) -> Path:
        """The directory of generated passwords."""
        return self.root / "secrets"

    @property
    def run(self) -> Path:
        """Locks and records of what runs now."""
        return self.root / "run"

    @property
    def start_lock(self) -> Path:
        """Held by whoever starts or stops the cluster, while it does."""
        return self.run / "postgres-start.lock"

    @property
    def alive_lock(self) -> Path:
        """Held by every process of a running cluster: free means that none is left."""
        return self.run / "postgres-alive.lock"

    @property
    def socket_record(self) -> Path:
        """Names the directory of the cluster's socket."""
        return self.run / "postgres-socket"


def places_in(data_dir: Path) -> Places:
    """The places of a data directory, which need not exist yet."""
    root = Path(os.path.realpath(data_dir))
    return Places(root=root, pgdata=Path(os.path.realpath(root / "postgres")))


def prepare(places: Places) -> None:
    """Make the directories. Raises OSError."""
    places.root.mkdir(mode=_PRIVATE_DIR, parents=True, exist_ok=True)
    for directory in (places.log.parent, places.secrets, places.run):
        directory.mkdir(mode=_PRIVATE_DIR, exist_ok=True)
    if places.secrets.stat().st_mode & 0o077:
        places.secrets.chmod(_PRIVATE_DIR)


def secret(places: Places, name: str, *, may_make: bool) -> str:
    """A generated password by name; made and on disk before it is returned, where that is allowed.

    Raises ClusterError when it is missing and may not be made: a cluster is locked by a password that is lost.
    """
    path = places.secrets / name
    if path.exists():
        if path.stat().st_mode & 0o077:
            path.chmod(_PRIVATE_FILE)
        return path.read_text(encoding="ascii").strip()
    if not may_make:
        raise ClusterError(
            f"{path} is missing, but {places.pgdata} holds a database that is locked by it. Put the file back from a "
            "backup, or choose another data directory."
        )
    value = secrets.token_urlsafe(32)
    write_durably(path, value + "\n")
    return value


def write_durably(path: Path, text: str) -> None:
    """Write a private file so that after a power cut either all of it is there or what was there before."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync(path.parent)


def open_log(places: Places) -> int:
    """A descriptor that appends to PostgreSQL's log; one that has grown too large is set aside first."""
    if places.log.exists() and places.log.stat().st_size > _LOG_BYTES_MAX:
        places.log.replace(places.log.with_name(places.log.name + ".1"))
    return os.open(places.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, _PRIVATE_FILE)
