"""A process that has loaded the product, and forks: commands in processes of their own that need not load it again."""

import atexit
import contextlib
import functools
import gc
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
import types
import warnings
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from subprocess import PIPE
from typing import Any

from errand import LENGTH, STATUS
from futurone.cli import main

FRESH = str(Path(sys.executable).with_name("futurone"))
"""The command as everybody has it, which loads what it needs."""

_SCRIPT = """#!/bin/sh
"exec" "{python}" "-IS" "$0" "$@"
import sys
sys.path.append({tests!r})
from errand import send
sys.exit(send({socket!r}, {fresh!r}))
"""
"""Its second line is one for the shell, and for Python a word: a first line cannot name a folder with a space in it."""

_PROGRAM = "program"


@dataclass(frozen=True, kw_only=True)
class Nursery:
    """Commands that start in no time: ``futurone``, the same for servers, and one like ``python -W error -c``."""

    folder: Path

    @property
    def futurone(self) -> str:
        """The path of the first."""
        return str(self.folder / "futurone")

    @property
    def server(self) -> str:
        """The path of the second, for verbs that last. Its process is not the one that carries them out."""
        return str(self.folder / "server")

    @property
    def program(self) -> str:
        """The path of the third."""
        return str(self.folder / _PROGRAM)


@functools.cache
def nursery() -> Nursery:
    """The one of this test session. Whatever is still at work in it at the end is killed."""
    folder = Path(tempfile.mkdtemp(prefix="futurone-nursery-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    door = str(folder / "door")
    made = Nursery(folder=folder / "bin")
    made.folder.mkdir()
    tests = str(Path(__file__).parent)
    for script in map(Path, (made.futurone, made.server, made.program)):
        script.write_text(_SCRIPT.format(python=sys.executable, tests=tests, socket=door, fresh=FRESH))
        script.chmod(0o755)
    command = [sys.executable, "-c", "import sys; from nursery import serve; serve(sys.argv[1])", door]
    child = subprocess.Popen(command, cwd=tests, stdin=PIPE, stdout=PIPE, start_new_session=True)
    atexit.register(_close, child)
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n", "the nursery did not open"
    return made


def _close(child: "subprocess.Popen[bytes]") -> None:
    os.killpg(child.pid, signal.SIGKILL)
    child.communicate()


def serve(path: str) -> None:
    """Carry out what comes to a socket, each in a process of its own, until standard input ends."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _load()
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where the tests run in the background of a script
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.bind(path)
        door.listen(100)
        os.write(1, b"ready\n")
        while door.fileno() in select.select([door.fileno(), 0], [], [])[0]:
            line, _ = door.accept()
            if os.fork() == 0:
                door.close()
                _keep(line)
            line.close()
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG) != (0, 0):
                    pass


def _load() -> None:
    """Everything that the SDK offers and that the verbs need, also what they import when they are called."""
    import httpx2

    import futurone
    from futurone.cli._program import VERBS
    from futurone_server.commands import commands

    for name in futurone.__all__:
        getattr(futurone, name)
    targets = [target for target, _ in {**VERBS, **commands()}.values()]
    late = ("main", "commands.web", "migrations.current", "migrations.upgrade", "store.database", "store.dumps")
    for name in [target.partition(":")[0] for target in targets] + [f"futurone_server.{name}" for name in late]:
        import_module(name)
    httpx2.Client().close()


def _keep(line: socket.socket) -> None:
    """Have a child carry out one errand and tell its process id and exit code; kill it when nobody waits any more."""
    head, streams, _, _ = socket.recv_fds(line, LENGTH.size, 3)
    errand = json.loads(line.recv(LENGTH.unpack(head)[0], socket.MSG_WAITALL))
    alive, held = os.pipe()
    pid = os.fork()
    if pid == 0:
        line.close()
        os.close(alive)
        _become(errand, streams)
        _end(_carry_out(errand["argv"]))
    for one in (held, *streams):
        os.close(one)
    line.sendall(STATUS.pack(pid))
    if alive not in select.select([alive, line.fileno()], [], [])[0]:
        os.kill(pid, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with contextlib.suppress(OSError):
        line.sendall(STATUS.pack(code))
    os._exit(0)


def _become(errand: Any, streams: list[int]) -> None:
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(errand["cwd"])
    os.environ.clear()
    os.environ.update(errand["env"])
    sys.argv = errand["argv"]
    sys.stdin, sys.stdout = os.fdopen(0, encoding="utf-8"), os.fdopen(1, "w", encoding="utf-8")
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1)


def _carry_out(argv: list[str]) -> int:
    try:
        if Path(argv[0]).name != _PROGRAM:
            return main()
        warnings.simplefilter("error")
        sys.argv, text = ["-c", *argv[2:]], argv[1]
        sys.modules["__main__"] = program = types.ModuleType("__main__")
        exec(compile(text, "<string>", "exec"), vars(program))
        return 0
    except SystemExit as end:
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - as Python does with whatever a program leaves behind
        traceback.print_exc()
        return 1


def _end(code: int) -> None:
    """What Python does at its end, but for tidying up all that was loaded."""
    threading._shutdown()  # type: ignore[attr-defined]  # joins what the program left at work
    atexit._run_exitfuncs()
    sys.stdout.flush()
    os._exit(code)
