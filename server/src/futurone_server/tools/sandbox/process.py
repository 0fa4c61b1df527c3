"""A program with bounds: its own process group, an empty environment, an answer of bounded size, an end in any case."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Thread, Timer
from typing import IO

_OUT_OF_BOUNDS = {-signal.SIGKILL, -signal.SIGALRM, -signal.SIGXCPU, -signal.SIGXFSZ}
_PIECE = 64 << 10
_LIMITER = Path(__file__).with_name("limiter.py")


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """What a program may take. ``wall_s`` is the parent's clock; the others are limits that the program is put under.

    The number of processes is not limited here: the limit counts those of the whole user (and threads), so that one
    run would starve another, and for root it does nothing at all.
    """

    memory_bytes: int = 1 << 30
    cpu_s: int = 30
    wall_s: int = 90
    answer_bytes: int = 32 << 20


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a program ended: its exit status (below zero: the signal that ended it) and what it answered."""

    status: int
    answer: bytes
    is_out_of_bounds: bool


def own_program(module: str, *arguments: str) -> list[str]:
    """The command of a module of ours in a process of its own, which reads no settings of the user."""
    return [sys.executable, "-I", "-m", module, *arguments]


def limited(command: Sequence[str], allowance: Allowance) -> list[str]:
    """A command under the limits of an allowance: to memory, processor and files."""
    bounds = (allowance.memory_bytes, allowance.cpu_s)
    return [sys.executable, "-I", "-S", str(_LIMITER), *map(str, bounds), *command]


class Job:
    """One program, run once. ``run`` blocks; ``kill`` ends it from any thread, also before it began."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        stdin: bytes = b"",
        allowance: Allowance,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._command, self._stdin, self._allowance, self._folder = list(command), stdin, allowance, folder
        self._environment = dict(environment or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._is_killed = False
        self._lock = Lock()

    def run(self) -> Ended:
        """Run it to its end, or to the end of what it may take."""
        with self._lock:
            if self._is_killed:
                return Ended(status=-signal.SIGKILL, answer=b"", is_out_of_bounds=True)
            try:
                process = self._start()
            except OSError:
                return Ended(status=127, answer=b"", is_out_of_bounds=False)
            self._process = process
        assert process.stdin is not None
        assert process.stdout is not None
        timer = Timer(self._allowance.wall_s, self.kill)
        feeder = Thread(target=_feed, args=(process.stdin, self._stdin), name="feeding", daemon=True)
        timer.start()
        feeder.start()
        try:
            answer, is_full = _take(process.stdout, self._allowance.answer_bytes)
            if is_full:
                self.kill()
        finally:
            status = self._end(process)
            timer.cancel()
            feeder.join()
            process.stdout.close()
        return Ended(status=status, answer=answer, is_out_of_bounds=is_full or status in _OUT_OF_BOUNDS)

    def kill(self) -> None:
        """End the program and everything it started."""
        with self._lock:
            self._is_killed = True
            if self._process is not None:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._process.pid, signal.SIGKILL)

    def _end(self, process: "subprocess.Popen[bytes]") -> int:
        """Wait for the program, end what it left behind, and forget its number, which may soon be someone else's."""
        # Not reaped yet: until it is, no other process can have its number.
        with suppress(ChildProcessError):
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        with self._lock:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            self._process = None
            return process.wait()

    def _start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # noqa: S603 - our own programs and arguments
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
            env=self._environment,
            close_fds=True,
            start_new_session=True,
        )


def _feed(stdin: IO[bytes], data: bytes) -> None:
    with suppress(OSError), stdin:
        stdin.write(data)


def _take(stdout: IO[bytes], bound: int) -> tuple[bytes, bool]:
    """What a program says, and whether it says too much. It ends when the last writer has closed."""
    pieces: list[bytes] = []
    size = 0
    while piece := stdout.read(_PIECE):
        size += len(piece)
        if size > bound:
            return b"".join(pieces), True
        pieces.append(piece)
    return b"".join(pieces), False
