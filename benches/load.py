"""The load generator: a process of its own that takes orders on standard input, a line of JSON each, and answers."""

import asyncio
import json
import resource
import sys
from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter
from typing import Any

import psycopg
import uvloop

from benches.client import AnswerError, Connection, Tally
from benches.played import Played, create, ms_between

_TABLE = "CREATE TABLE IF NOT EXISTS bench_commits (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text)"
_COMMIT = "INSERT INTO bench_commits (note) VALUES (%s)"
_NOTE = "n" * 100
_RETRY_S = 0.5

Answer = Mapping[str, Any]


class Generator:
    """Carries out orders. Each method is one; its arguments are the order's members, its answer goes back as JSON."""

    def __init__(self) -> None:
        self._held: list[Connection] = []
        self._holding: list[asyncio.Task[None]] = []

    async def commits(self, *, dsn: str, seconds: float) -> Answer:
        """The floor: rows inserted one by one, each committed before the next."""
        samples: list[float] = []
        async with await _committer(dsn) as database:
            await _commit(database, 20)
            began = perf_counter()
            while perf_counter() < began + seconds:
                samples += await _commit(database, 20)
        return {"ms": samples}

    async def ladder(self, *, url: str, key: str, dsn: str, tasks: list[str], rounds: int, seconds: float) -> Answer:
        """Each task in turn and a few commits, round after round, so that what disturbs one disturbs all."""
        connection = await Connection.open(url, key)
        played = {task: Played() for task in tasks}
        commits: list[float] = []
        async with await _committer(dsn) as database:
            for task in tasks * 3:
                await Played().play(connection, task)
            began = perf_counter()
            for _ in range(rounds):
                for task in tasks:
                    await played[task].play(connection, task)
                    commits += (await _commit(database, 6))[1:]
                if perf_counter() > began + seconds:
                    break
        connection.close()
        return {"commits": commits, "runs": {task: one.samples() for task, one in played.items()}}

    async def crowd(self, *, url: str, key: str, task: str, clients: int, seconds: float) -> Answer:
        """So many clients, each ordering a run, following it to its end, and ordering the next, for so long."""
        connections = [await Connection.open(url, key) for _ in range(clients)]
        played = Played()
        used_s = _own_cpu_s()
        began = perf_counter()

        async def client(connection: Connection) -> None:
            while perf_counter() < began + seconds:
                await played.play(connection, task)

        await asyncio.gather(*map(client, connections))
        for connection in connections:
            connection.close()
        in_time = sum(at <= began + seconds for at in played.ended_at)
        own_ms = (_own_cpu_s() - used_s) * 1000
        return {"runs": len(played.ended), "runs_in_time": in_time, "own_cpu_ms": own_ms, **played.samples()}

    async def order(self, *, url: str, key: str, task: str, count: int) -> Answer:
        """Order runs and leave them; returns their ids."""
        connection = await Connection.open(url, key)
        ids = [await create(connection, task) for _ in range(count)]
        connection.close()
        return {"ids": ids}

    async def settle(self, *, url: str, key: str, ids: list[str]) -> Answer:
        """Wait until runs have ended or wait for a person; returns the runs and how long it took."""
        began = perf_counter()
        connections = [await Connection.open(url, key) for _ in ids]
        asked = [one.ask("GET", f"/v1/runs/{run_id}?wait=60") for one, run_id in zip(connections, ids, strict=True)]
        runs = [json.loads(answer) for answer in await asyncio.gather(*asked)]
        took_s = perf_counter() - began
        for connection in connections:
            connection.close()
        return {"runs": runs, "seconds": took_s}

    async def read(self, *, url: str, key: str, paths: list[str]) -> Answer:
        """The JSON at these paths, one after the other."""
        connection = await Connection.open(url, key)
        found = [json.loads(await connection.ask("GET", path)) for path in paths]
        connection.close()
        return {"found": found}

    async def follow(self, *, url: str, key: str, run_id: str, streams: int, seconds: float) -> Answer:
        """Streams of one run, from its first event to its last or for so long: how much they brought in what time."""
        tallies = [Tally() for _ in range(streams)]
        path = f"/v1/runs/{run_id}/events/stream"
        used_s = _own_cpu_s()
        began = perf_counter()
        following = [asyncio.create_task(_follow_on(url, key, path, tally)) for tally in tallies]
        done, late = await asyncio.wait(following, timeout=seconds)
        took_s = perf_counter() - began
        own_ms = (_own_cpu_s() - used_s) * 1000
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        await asyncio.gather(*done)
        cuts = sum(tally.cuts for tally in tallies)
        events = sum(tally.events for tally in tallies)
        return {"events": events, "seconds": took_s, "finished": len(done), "cuts": cuts, "own_cpu_ms": own_ms}

    async def hold(self, *, url: str, key: str, run_id: str, streams: int) -> Answer:
        """Open streams until so many are held; answers once each has brought its first event."""
        fresh = [await Connection.open(url, key) for _ in range(streams - len(self._held))]
        tallies = [Tally() for _ in fresh]
        for connection, tally in zip(fresh, tallies, strict=True):
            held = connection.follow(f"/v1/runs/{run_id}/events/stream", tally.take)
            self._holding.append(asyncio.create_task(held))
            if len(self._holding) % 20 == 0:
                await asyncio.sleep(0.01)
        self._held += fresh
        deadline = perf_counter() + 60
        while not all(tally.events for tally in tallies) and perf_counter() < deadline:
            await asyncio.sleep(0.05)
        return {"held": sum(not task.done() for task in self._holding), "silent": sum(not t.events for t in tallies)}

    async def release(self) -> Answer:
        """Close the streams that are held."""
        for connection in self._held:
            connection.close()
        await asyncio.gather(*self._holding, return_exceptions=True)
        self._held, self._holding = [], []
        return {}


async def _follow_on(url: str, key: str, path: str, tally: Tally) -> None:
    """A stream to its end, taken up again where it was cut, as clients do."""
    while True:
        connection = await Connection.open(url, key)
        try:
            await connection.follow(path, tally.take, after=tally.events)
        except (ConnectionError, AnswerError) as error:
            if isinstance(error, AnswerError) and error.status != 503:
                raise
            tally.cut()
            await asyncio.sleep(_RETRY_S)
        else:
            tally.check()
            return
        finally:
            connection.close()


def _own_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def _committer(dsn: str) -> "psycopg.AsyncConnection[tuple[object, ...]]":
    database = await psycopg.AsyncConnection.connect(dsn, autocommit=True)
    await database.execute(_TABLE)
    return database


async def _commit(database: "psycopg.AsyncConnection[tuple[object, ...]]", count: int) -> list[float]:
    samples = []
    for _ in range(count):
        began = perf_counter()
        await database.execute(_COMMIT, (_NOTE,))
        samples.append(ms_between(began, perf_counter()))
    return samples


async def _serve() -> None:
    generator = Generator()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        order = json.loads(line)
        act: Callable[..., Awaitable[Answer]] = getattr(generator, order.pop("do"))
        try:
            answer: Answer = {"answer": await act(**order)}
        except Exception as error:  # noqa: BLE001 - whatever it is, the bench that gave the order must hear of it
            answer = {"error": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(_serve())
