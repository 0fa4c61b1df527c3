"""What counting requests costs: orders a second with and without the rate limiter, in turn, in one process."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import uvloop

from benches.bed import Bed
from benches.figures import Figure, Goal, median
from futurone_server.api.app import make_app
from futurone_server.config import Config
from futurone_server.features.keys import Principal, RateClass
from futurone_server.kit import json, limits
from futurone_server.kit.clock import SystemClock
from futurone_server.main import Server, assemble
from futurone_server.migrations.upgrade import upgrade
from futurone_server.store.embedded import EmbeddedPostgres
from futurone_server.web.door import Door
from futurone_server.web.rate_limit import RateLimiter, Standing

_ORDER = json.dump({"agent": "research", "task": "[test:complete]"})
_KEEPS = 0.85
"""This share of the orders a second must be left with the limiter."""


class _Uncounted(RateLimiter):
    async def take(self, caller: Principal, rate: RateClass) -> Standing:
        """Let everybody in without asking the database."""
        return Standing(rate=rate, limit=caller.rate_limits.of(rate), is_admitted=True, tat_us=1, at_us=1)


def rates(bed: Bed) -> Sequence[Figure]:
    """Orders from many clients, no worker, no network: counted and not counted in turn."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        counted, free = runner.run(_measure(bed.sizes.clients, bed.sizes.part_s))
    shares = [one / other for one, other in zip(counted, free, strict=True)]
    return [
        Figure(name=f"orders without counting, {bed.sizes.clients} clients", value=median(free), unit="/s"),
        Figure(name="orders, each counted", value=median(counted), unit="/s"),
        Figure(
            name="… share of those without counting, median of rounds",
            value=median(shares) * 100,
            unit="%",
            goal=Goal(value=_KEEPS * 100, is_most=False),
        ),
    ]


async def _measure(clients: int, seconds: float) -> tuple[list[float], list[float]]:
    async with _server() as (server, key):
        apps = [make_app(desk) for desk in (server.desk, replace(server.desk, rates=_Uncounted(server.desk.db)))]
        for app in apps:
            await _orders(app, key, clients, seconds / 10)
        rounds = [[await _orders(app, key, clients, seconds / 10) for app in apps] for _ in range(10)]
    return [one[0] for one in rounds], [one[1] for one in rounds]


async def _orders(app: Door, key: str, clients: int, seconds: float) -> float:
    """Orders a second: each client gives its next one when the last is answered."""
    began = perf_counter()
    done = 0

    async def client() -> None:
        nonlocal done
        while perf_counter() < began + seconds:
            await _order(app, key)
            done += 1

    await asyncio.gather(*(client() for _ in range(clients)))
    return done / (perf_counter() - began)


async def _order(app: Door, key: str) -> None:
    async def receive() -> Mapping[str, Any]:
        return {"type": "http.request", "body": _ORDER, "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            assert message["status"] == 201, message

    headers = [(b"authorization", f"Bearer {key}".encode()), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/v1/runs", "raw_path": b"/v1/runs", "query_string": b""}
    await app({**scope, "headers": headers, "scheme": "http", "client": ("127.0.0.1", 1)}, receive, send)  # type: ignore[arg-type] # plain dicts are what servers send


@asynccontextmanager
async def _server() -> AsyncIterator[tuple[Server, str]]:
    """All parts on a database that is gone afterwards, without a worker, and the first test key."""
    with _database() as (url, role):
        generous = Config(rate_limit_standard=limits.RATE_MAX, rate_limit_execution=limits.RATE_MAX)
        server = assemble(generous, url=url, role=role, root_key=bytes(32), clock=SystemClock())
        await server.open()
        made = await server.first_keys()
        assert made is not None
        try:
            yield server, str(made[1].token)
        finally:
            await server.desk.log.stop()
            await server.desk.db.close()


@contextmanager
def _database() -> Iterator[tuple[str, str | None]]:
    folder = Path(tempfile.mkdtemp(prefix="futurone-rates-"))
    postgres = EmbeddedPostgres(folder)
    try:
        url = postgres.start().url()
        yield url, upgrade(url)
    finally:
        postgres.stop(mode="immediate")
        shutil.rmtree(folder, ignore_errors=True)
