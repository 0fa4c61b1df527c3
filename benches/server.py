"""A real ``futurone up`` on a throw-away data directory: started, stopped, killed, and looked at from outside."""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benches.processes import Usage, cpu_ms, family, pss_kb
from futurone_server.store.embedded import EmbeddedPostgres

_READY_WAIT_S = 60
_STOP_WAIT_S = 60
_LIMITS = {f"FUTURONE_RATE_LIMIT_{name}": "1000000" for name in ("STANDARD", "EXECUTION")}
"""Benches measure the service, not its limits; requests are counted all the same."""

_COMMAND = (sys.executable, "-c", "from futurone.cli import main; raise SystemExit(main())")


class ServerError(Exception):
    """The server did not start or stop; the message holds the end of what it said."""


class Server:
    """One data directory, and the server that runs on it now and then."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._child: subprocess.Popen[bytes] | None = None
        self._data_dir = folder / "data"
        self._postgres = EmbeddedPostgres(self._data_dir)
        self.url = ""
        self.key = ""
        """The test key, as the first start told it."""

    def start(self) -> float:
        """Start the server; returns the seconds until it said that it is ready. Raises ServerError."""
        command = (*_COMMAND, "up", "--no-demo", "--json", "--port", "0", "--data-dir", str(self._data_dir))
        environment = {name: value for name, value in os.environ.items() if not name.startswith("FUTURONE_")} | _LIMITS
        began = time.perf_counter()
        with (self._folder / "server.log").open("ab") as log:
            self._child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=environment)
        line = self._first_line()
        took_s = time.perf_counter() - began
        ready = json.loads(line)
        self.url = ready["url"]
        self.key = ready.get("test_key", self.key)
        return took_s

    def _first_line(self) -> bytes:
        assert self._child is not None
        assert self._child.stdout is not None
        if not select.select([self._child.stdout], [], [], _READY_WAIT_S)[0]:
            raise ServerError(f"not ready after {_READY_WAIT_S} s: {self._last_words()}")
        line = self._child.stdout.readline()
        if not line:
            raise ServerError(f"the server did not start: {self._last_words()}")
        return line

    def _last_words(self) -> str:
        return (self._folder / "server.log").read_text(errors="replace")[-2_000:]

    def stop(self) -> None:
        """Stop it in good order, its PostgreSQL with it. Raises ServerError."""
        self._end(signal.SIGTERM)

    def kill(self, *, with_postgres: bool = False) -> None:
        """End it as ``kill -9`` does; its PostgreSQL goes on unless it is to be killed too."""
        postgres = self.postgres_pids() if with_postgres else set()
        self._end(signal.SIGKILL)
        for pid in postgres:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def clear(self) -> None:
        """End everything, whatever state it is in."""
        self._end(signal.SIGKILL)
        if self._data_dir.exists():
            self._postgres.stop(mode="immediate")

    def _end(self, number: signal.Signals) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.send_signal(number)
        try:
            child.wait(_STOP_WAIT_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            raise ServerError(f"the server did not stop within {_STOP_WAIT_S} s: {self._last_words()}") from None
        finally:
            if child.stdout is not None:
                child.stdout.close()

    def postgres_pids(self) -> set[int]:
        """The processes of its PostgreSQL; none when it does not run."""
        pid = self._postgres.pid
        return set() if pid is None else family(pid)

    def server_pids(self) -> set[int]:
        """The processes of the server itself."""
        assert self._child is not None
        return family(self._child.pid) - self.postgres_pids()

    @property
    def address(self) -> dict[str, str]:
        """Where the server answers and the test key, as orders to the load generator take them."""
        return {"url": self.url, "key": self.key}

    def usage(self) -> Usage:
        """Processor time used so far."""
        return Usage(server_ms=cpu_ms(self.server_pids()), postgres_ms=cpu_ms(self.postgres_pids()))

    def pss_kb(self) -> tuple[float, float]:
        """Memory of the server and of its PostgreSQL, in kB."""
        return pss_kb(self.server_pids()), pss_kb(self.postgres_pids())

    def anonymous_kb(self) -> float:
        """Memory of the server alone without the files that it maps, in kB: what its data takes."""
        return pss_kb(self.server_pids(), part="Pss_Anon")

    def dsn(self) -> str:
        """How the owner of the server's database reaches it while it runs, for the bare commits."""
        return self._postgres.start().url().replace("postgresql+psycopg://", "postgresql://")


@contextmanager
def throw_away() -> Iterator[Server]:
    """A server that has not been started, on a data directory that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="futurone-bench-"))
    server = Server(folder)
    try:
        yield server
    finally:
        server.clear()
        shutil.rmtree(folder, ignore_errors=True)
