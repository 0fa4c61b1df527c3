"""Keys that are files: made durably under a name, and destroyed so that nothing of them is left under it."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

_SUFFIX = ".key"


class KeyFiles:
    """One directory with one small file for each key. Several processes may share it.

    What is written into a file is whatever the caller wrapped; a file that was overwritten no longer opens, and stands
    there until its end has been written down: it is the evidence that the key was here and was destroyed here.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def path_of(self, name: str) -> Path:
        """Where a key is, or would be."""
        return self.directory / f"{name}{_SUFFIX}"

    def names(self) -> list[str]:
        """The names of all keys that are here."""
        return sorted(path.name.removesuffix(_SUFFIX) for path in self._files())

    def _files(self) -> Iterator[Path]:
        return self.directory.glob(f"*{_SUFFIX}") if self.directory.is_dir() else iter(())

    def read(self, name: str) -> bytes | None:
        """What is in a key's file; None when there is none. Raises OSError."""
        try:
            return self.path_of(name).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, name: str, wrapped: bytes) -> None:
        """Make a key's file: durable, with its name, before this returns. Raises OSError."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self.directory / f".{name}.{os.getpid()}.draft"
        try:
            _store(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, wrapped)
            os.link(draft, self.path_of(name))  # unlike a rename, refuses what is there already
        finally:
            draft.unlink(missing_ok=True)
        self._sync()

    def overwrite(self, name: str) -> bool:
        """Replace a key by chance, on disk: from here on it is gone. False when there is no such file."""
        path = self.path_of(name)
        with contextlib.suppress(FileNotFoundError):
            _store(path, os.O_WRONLY | os.O_NOFOLLOW, os.urandom(path.stat().st_size))
            return True
        return False

    def remove(self, name: str) -> None:
        """Take a key's name away, durably. Repeatable."""
        self.path_of(name).unlink(missing_ok=True)
        self._sync()

    def _sync(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            _with(os.open(self.directory, os.O_RDONLY), os.fsync)


def _store(path: Path, flags: int, data: bytes) -> None:
    def put(descriptor: int) -> None:
        os.write(descriptor, data)
        os.fsync(descriptor)

    _with(os.open(path, flags, 0o600), put)


def _with(descriptor: int, act: Callable[[int], None]) -> None:
    try:
        act(descriptor)
    finally:
        os.close(descriptor)
