"""A room: a private folder for code under review while a program looks at it, gone afterwards whatever happens.

Content of runs lives sealed in the database and, while a run is in hand, in memory. A program that reads files is the
one exception, so its folder lies in a file system that is memory too where there is one: nothing is left on a disk.
"""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

_MEMORY = Path("/dev/shm")  # noqa: S108 - a file system in memory is what is wanted; the folder itself is private
_PREFIX = "futurone-room-"


class Room:
    """A folder that only this user can enter. Use it as a context: leaving removes it with all that is in it."""

    def __init__(self) -> None:
        self._path: Path | None = None

    @property
    def path(self) -> Path:
        """Where it is."""
        assert self._path is not None
        return self._path

    def __enter__(self) -> Self:
        # mkdtemp makes it 0700 and refuses a folder that is there already.
        self._path = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=_place()))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _remove(self.path)


def sweep_rooms() -> int:
    """Remove the rooms of workers that died; returns how many. Call it when a worker starts, before work begins."""
    rooms = [path for path in _place().glob(f"{_PREFIX}*") if path.is_dir() and not path.is_symlink()]
    found = [path for path in rooms if not _is_alive(path.name.removeprefix(_PREFIX).partition("-")[0])]
    for path in found:
        _remove(path)
    return len(found)


def _is_alive(number: str) -> bool:
    """Whether the process that a room names is there; another one with its number keeps the room a while longer."""
    if not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _place() -> Path:
    with contextlib.suppress(OSError), tempfile.TemporaryFile(dir=_MEMORY):
        return _MEMORY
    return Path(tempfile.gettempdir())


def _remove(path: Path) -> None:
    """A program under test may have taken rights away from its own folders."""
    for folder in [path, *(one for one in path.rglob("*") if one.is_dir() and not one.is_symlink())]:
        with contextlib.suppress(OSError):
            folder.chmod(0o700)
    shutil.rmtree(path, ignore_errors=True)
