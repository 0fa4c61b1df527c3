"""What benches stand on: a running server, the load generator beside it, the sizes of this run."""

import json
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benches.figures import Figure, median
from benches.processes import Usage
from benches.server import Server, throw_away

_ROOT = Path(__file__).resolve().parents[1]
_ANSWER_WAIT_S = 240
_START_REST_S = 3.0
_RELEASE_REST_S = 36.0  # half a minute after a run's end its rows in the engine are deleted


class LoadError(Exception):
    """The load generator could not do what it was asked to."""


class Load:
    """The load generator's process."""

    def __init__(self) -> None:
        self._child = subprocess.Popen(
            (sys.executable, "-m", "benches.load"), cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._rest = b""

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._child.pid

    def give(self, order: str, **arguments: object) -> None:
        """Hand over an order. ``answer`` waits until it is done."""
        assert self._child.stdin is not None
        self._child.stdin.write(json.dumps({"do": order, **arguments}).encode() + b"\n")
        self._child.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """What came of the order. Raises LoadError."""
        assert self._child.stdout is not None
        if not select.select([self._child.stdout], [], [], _ANSWER_WAIT_S)[0]:
            raise LoadError(f"the load generator said nothing for {_ANSWER_WAIT_S} s")
        line = json.loads(self._child.stdout.readline() or b'{"error": "the load generator has ended"}')
        if "error" in line:
            raise LoadError(line["error"])
        answer: dict[str, Any] = line["answer"]
        return answer

    def do(self, order: str, **arguments: object) -> dict[str, Any]:
        """Hand over an order and wait until it is done. Raises LoadError."""
        self.give(order, **arguments)
        return self.answer()

    def end(self) -> None:
        """End the process."""
        self._child.kill()
        self._child.communicate()


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How much is measured. Seconds bound each part; it ends when either is reached."""

    rounds: int
    part_s: float
    clients: int
    streams: int
    events: int
    held: tuple[int, ...]
    hold_s: float
    idle_s: float
    starts: int
    in_flight: int


FULL = Sizes(
    rounds=200,
    part_s=10,
    clients=32,
    streams=100,
    events=10_000,
    held=(500, 1_000),
    hold_s=18,
    idle_s=20,
    starts=3,
    in_flight=20,
)
SMALL = Sizes(
    rounds=5,
    part_s=1,
    clients=4,
    streams=5,
    events=500,
    held=(20, 40),
    hold_s=1,
    idle_s=2,
    starts=1,
    in_flight=3,
)


class Bed:
    """A server that has just been started on an empty data directory, and the load generator."""

    def __init__(self, server: Server, load: Load, sizes: Sizes) -> None:
        self.server = server
        self.load = load
        self.sizes = sizes
        self._is_loaded = False

    def drive(self, order: str, **arguments: object) -> tuple[dict[str, Any], Usage]:
        """An order at this server, and the processor time that server and PostgreSQL took for it. Raises LoadError."""
        self._is_loaded = True
        before = self.server.usage()
        answer = self.load.do(order, **self.server.address, **arguments)
        return answer, self.server.usage() - before

    def commits(self, seconds: float) -> tuple[list[float], Usage]:
        """The floor: milliseconds of bare commits one after the other, and what they cost."""
        dsn = self.server.dsn()
        before = self.server.usage()
        answer = self.load.do("commits", dsn=dsn, seconds=seconds)
        return answer["ms"], self.server.usage() - before

    def commit_ms(self) -> float:
        """The floor in short: the median of half a second."""
        return median(self.commits(0.5)[0])

    def rest(self) -> None:
        """Let what follows from earlier benches pass."""
        time.sleep(_RELEASE_REST_S if self._is_loaded else _START_REST_S)


Bench = Callable[[Bed], Sequence[Figure]]


@contextmanager
def made(sizes: Sizes) -> Iterator[Bed]:
    """A bed, cleared away afterwards."""
    with throw_away() as server:
        server.start()
        load = Load()
        try:
            yield Bed(server, load, sizes)
            server.stop()
        finally:
            load.end()
