"""Server and worker processes that a test starts, kills, pauses, wakes and starts again."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import httpx2
import pytest

from faults.tools import bootstrap
from settings import RATES

TESTS = str(Path(__file__).parents[2])
_CHILDREN = threading.Lock()
"""An exit code can be read once, and whoever starts a process reads those of all others: some tests do in threads."""

START_S = 60.0
_LOOK_S = 0.02


def until(what: str, found: Callable[[], Any], *, within_s: float) -> Any:
    """The first true thing that is found; fails when there is none in time."""
    deadline = time.monotonic() + within_s
    while True:
        value = found()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {within_s} s: {what}"
        time.sleep(_LOOK_S)


class Server:
    """``futurone up`` (or ``worker``) in a process of its own.

    Forked from a process that has imported everything already, because a start costs more than most of these tests; as
    a command where the command itself is what is tested.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        database_url: str | None = None,
        verb: str = "up",
        name: str | None = None,
        is_command: bool = False,
        faults: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.data_dir = data_dir
        self.verb = verb
        self.ready: dict[str, Any] = {}
        self._is_command = is_command
        self._environment = {**RATES, "FAULTS": json.dumps(faults or {}), **(environment or {})}
        if database_url is not None:
            self._environment["FUTURONE_DATABASE_URL"] = database_url
        self._child: ForkServerProcess | subprocess.Popen[bytes] | None = None
        self._name = name or f"{data_dir.name}.{verb}"
        self._starts = 0
        data_dir.mkdir(parents=True, exist_ok=True)

    @property
    def _output(self) -> Path:
        return self.data_dir.parent / f"{self._name}.{self._starts}"

    def begin(self) -> "Server":
        """Start it, and wait for nothing."""
        self._starts += 1
        arguments = [self.verb, "--data-dir", str(self.data_dir)]
        if self.verb == "up":
            arguments += ["--no-demo", "--json", "--port", "0"]
        if self._is_command:
            self._child = self._command(arguments)
        else:
            context = multiprocessing.get_context("forkserver")
            work = (arguments, self._environment, str(self._output))
            with _CHILDREN:
                self._child = context.Process(target=bootstrap.serve, args=work)
                self._child.start()
        return self

    def _command(self, arguments: list[str]) -> "subprocess.Popen[bytes]":
        path = os.pathsep.join([TESTS, *filter(None, [os.environ.get("PYTHONPATH")])])
        with Path(f"{self._output}.out").open("ab") as out, Path(f"{self._output}.err").open("ab") as err:
            return subprocess.Popen(
                [sys.executable, "-m", "faults.tools.bootstrap", *arguments],
                stdout=out,
                stderr=err,
                env={**os.environ, "PYTHONPATH": path, **self._environment},
            )

    def start(self) -> "Server":
        """Start it, and wait until it says that it is ready."""
        return self.begin().wait_ready()

    def wait_ready(self) -> "Server":
        """Wait until it says that it is ready."""
        if self.verb == "worker":
            until("the worker is at work", lambda: self._told("is at work", self.log()), within_s=START_S)
            return self
        line = until("the ready line", lambda: self._told("\n", self.said()), within_s=START_S)
        self.ready = {**self.ready, **json.loads(line.splitlines()[0])}
        return self

    def _told(self, word: str, text: str) -> str | None:
        if word in text:
            return text
        assert self.is_alive, f"it ended instead of starting: {self.log()}"
        return None

    def said(self) -> str:
        """What it wrote to standard output since it was started last."""
        return self._read("out")

    def log(self) -> str:
        """What it wrote to standard error since it was started last."""
        return self._read("err")

    def _read(self, name: str) -> str:
        path = Path(f"{self._output}.{name}")
        return path.read_text(errors="replace") if path.exists() else ""

    @property
    def url(self) -> str:
        """Where it answers, without a path."""
        return str(self.ready["url"])

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._child is not None
        assert self._child.pid is not None
        return self._child.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process is there."""
        return self._child is not None and self.code is None

    @property
    def code(self) -> int | None:
        """Its exit code, negative for a signal; None while it lives."""
        if isinstance(self._child, subprocess.Popen):
            return self._child.poll()
        assert self._child is not None
        with _CHILDREN:
            return self._child.exitcode

    def send(self, number: int) -> None:
        """Send it a signal, if it is there."""
        if self.is_alive:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        self.send(signal.SIGKILL)
        self.wait_end(within_s=10)

    def wait_end(self, *, within_s: float) -> int:
        """Wait until it has ended of itself; its exit code."""
        until("the end of the process", lambda: not self.is_alive, within_s=within_s)
        code = self.code
        assert code is not None
        return code

    def end(self) -> None:
        """Whatever state it is in: gone."""
        if self._child is None:
            return
        if self.is_alive:
            os.kill(self.pid, signal.SIGCONT)
            self.kill()
        if isinstance(self._child, ForkServerProcess):
            with _CHILDREN:
                self._child.join(10)
                self._child.close()
        self._child = None

    def client(self, *, is_live: bool = False, timeout_s: float = 20) -> httpx2.Client:
        """Requests with the test key (or the owner's)."""
        key = self.ready["key" if is_live else "test_key"]
        headers = {"Authorization": f"Bearer {key}"}
        return httpx2.Client(base_url=self.url, headers=headers, timeout=timeout_s, verify=False, trust_env=False)


def load_fork_server() -> None:
    """Have one process import the product, from which the servers of this session are forked."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(["pytest", "faults.tools.bootstrap"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [TESTS, os.environ.get("PYTHONPATH")])))
        forkserver.ensure_running()
