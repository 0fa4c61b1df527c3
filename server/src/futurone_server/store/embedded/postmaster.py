"""The cluster's main process: found by its pid file, known by its command line, ended by a signal."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_PID_LINE = 0
_STATUS_LINE = 7
_POLL_S = 0.005


@dataclass(frozen=True, kw_only=True)
class PidFile:
    """What the main process wrote about itself when it started. It stays behind after a kill -9."""

    pid: int
    status: str


def read_pid_file(pgdata: Path) -> PidFile | None:
    """The pid file of a cluster, or None when there is none or it is not whole."""
    lines = _read(pgdata / "postmaster.pid").decode(errors="replace").splitlines()
    pid = lines[_PID_LINE].strip() if lines else ""
    if not pid.isdecimal() or int(pid) <= 1:
        return None
    return PidFile(pid=int(pid), status=lines[_STATUS_LINE].strip() if len(lines) > _STATUS_LINE else "")


def forget_torn_pid_file(pgdata: Path) -> None:
    """Remove a pid file that is not whole, on which PostgreSQL would refuse to start for ever.

    It is left by a process that was killed as it wrote it. Only for a cluster of which no process is left.
    """
    if read_pid_file(pgdata) is None:
        (pgdata / "postmaster.pid").unlink(missing_ok=True)


def options_line(command: Sequence[str]) -> str:
    """A command as PostgreSQL records it in ``postmaster.opts``."""
    return command[0] + "".join(f' "{argument}"' for argument in command[1:])


def recorded_options(pgdata: Path) -> str:
    """The command the cluster was last started with, in the form of options_line."""
    return _read(pgdata / "postmaster.opts").decode(errors="surrogateescape").rstrip("\n")


def running_pid(pgdata: Path) -> int | None:
    """The main process of this cluster, if it runs.

    A pid alone proves nothing: it may have been given to another process since, and a signal to that one would do harm.
    """
    found = read_pid_file(pgdata)
    if found is None or not _is_alive(found.pid):
        return None
    if _PROC.is_dir() and not _is_main_process(found.pid, pgdata):
        return None
    return found.pid


def orphans(cluster_name: str, uid: int) -> list[int]:
    """Server processes of a cluster whose main process is gone. Their titles begin with the cluster's name."""
    title = f"postgres: {cluster_name}: ".encode()
    return [pid for pid in _pids() if _read(_PROC / str(pid) / "cmdline").startswith(title) and _owner(pid) == uid]


def end(find: Callable[[], int | None], *, with_signal: signal.Signals, wait_s: float) -> bool:
    """Send the main process that ``find`` finds a signal, and wait until it is gone. False when it is still there."""
    deadline = time.monotonic() + wait_s
    pid = find()
    if pid is not None:
        os.kill(pid, with_signal)
    while pid is not None and find() == pid:
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL_S)
    return True


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False  # another user's process; the cluster's we could signal
    return True


def _is_main_process(pid: int, pgdata: Path) -> bool:
    arguments = _read(_PROC / str(pid) / "cmdline").decode(errors="surrogateescape").split("\0")[:-1]
    if not arguments or options_line(arguments) != recorded_options(pgdata):
        return False
    return _owner(pid) == pgdata.stat().st_uid


def _owner(pid: int) -> int | None:
    try:
        return (_PROC / str(pid)).stat().st_uid
    except OSError:
        return None


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdecimal()) if _PROC.is_dir() else iter(())


def _read(path: Path) -> bytes:
    # Not followed and not waited for: the directory belongs to the account PostgreSQL runs under, and we may be root.
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return b""
    with os.fdopen(descriptor, "rb") as file:
        return file.read(1 << 16)
