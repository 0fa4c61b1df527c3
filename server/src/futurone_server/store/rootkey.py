"""The root key: 32 bytes in a file of the data directory, made on first start, never in the database."""

import os
from pathlib import Path

from futurone_server.kit.crypto import KEY_BYTES, new_key


class RootKeyError(Exception):
    """The root key cannot be read or made; the message says what to do."""


def path_in(data_dir: Path) -> Path:
    """Where the root key of a data directory is."""
    return data_dir / "keys" / "root.key"


def epochs_in(data_dir: Path) -> Path:
    """Where the keys of hours are. A backup must leave this directory out."""
    return data_dir / "keys" / "epochs"


def is_lost(data_dir: Path) -> bool:
    """Whether the data directory holds a database, and not the root key under which it was sealed."""
    return not path_in(data_dir).exists() and (data_dir / "postgres" / "PG_VERSION").exists()


def load_or_make(data_dir: Path) -> bytes:
    """The root key of a data directory, made where nothing has been sealed yet. Raises RootKeyError."""
    path = path_in(data_dir)
    if is_lost(data_dir):
        raise RootKeyError(
            f"The root key {path} is missing, and the database in {data_dir} was sealed under it: restore it from your"
            " backup of the key directory. Another key would open nothing."
        )
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
        key = path.read_bytes()
    except OSError as error:
        raise RootKeyError(f"The root key {path} cannot be read or made: {error.strerror}.") from error
    if len(key) != KEY_BYTES:
        raise RootKeyError(f"The root key {path} is damaged: restore it from your backup of the key directory.")
    return key


def _make(path: Path) -> None:
    """Written whole, then given its name: a crash leaves either no key or a good one, never half of one."""
    draft = path.with_suffix(f".{os.getpid()}.draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, new_key())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        os.link(draft, path)  # unlike a rename, refuses when another process was quicker
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
