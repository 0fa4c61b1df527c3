"""A key that is revoked at one server process is refused by all of them, and its streams are cut everywhere."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest

from faults.tools.cluster import Cluster
from faults.tools.servers import Server

pytestmark = pytest.mark.anyio
STREAMS = 25
"""So many at each of two processes."""

REFUSED_WITHIN_S = 1.0
CUT_WITHIN_S = 5.0
"""What is promised."""


@pytest.fixture
def pair(cluster: Cluster, tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    """Two server processes on one database, which have the same keys."""
    url = cluster.fresh()
    first = Server(tmp_path / "one" / "data", database_url=url)
    second = Server(tmp_path / "two" / "data", database_url=url)
    try:
        first.start()
        (second.data_dir / "keys").symlink_to(first.data_dir / "keys")
        second.start()
        yield first, second
    finally:
        for server in (first, second):
            server.end()


class Reader:
    """One stream, read until it is over: ``how`` says how that was."""

    def __init__(self, client: httpx2.AsyncClient, run_id: str) -> None:
        self.is_open = asyncio.Event()
        self.task = asyncio.create_task(self._read(client, f"/v1/runs/{run_id}/events"))

    async def _read(self, client: httpx2.AsyncClient, path: str) -> str:
        try:
            async with client.stream("GET", path) as answer:
                assert answer.status_code == 200
                async for _ in answer.aiter_raw():
                    self.is_open.set()
        except httpx2.RemoteProtocolError:
            return "cut"
        return "ended"


@pytest.fixture
async def clients(pair: tuple[Server, Server]) -> AsyncIterator[tuple[list[httpx2.AsyncClient], httpx2.AsyncClient]]:
    """A client of a key that is going to be revoked at each process, and the owner at the first."""
    limits = httpx2.Limits(max_connections=STREAMS + 5)

    def client(server: Server, key: str) -> httpx2.AsyncClient:
        headers = {"Authorization": f"Bearer {key}"}
        return httpx2.AsyncClient(base_url=server.url, headers=headers, timeout=60, limits=limits, trust_env=False)

    async with client(pair[0], pair[0].ready["test_key"]) as owner:
        made = await owner.post("/v1/api-keys", json={"name": "leaked"})
        key = made.json()["data"]["key"]
        async with client(pair[0], key) as one, client(pair[1], key) as other:
            yield [one, other], owner


async def test_a_revoked_key_is_refused_and_its_streams_are_cut_in_both_processes(
    clients: tuple[list[httpx2.AsyncClient], httpx2.AsyncClient],
) -> None:
    leaked, owner = clients
    made = await owner.post("/v1/runs", json={"agent": "research", "task": "[test:input]"})
    run_id = made.json()["id"]
    readers = [Reader(client, run_id) for client in leaked for _ in range(STREAMS)]
    await asyncio.gather(*(reader.is_open.wait() for reader in readers))
    kept = Reader(owner, run_id)
    await kept.is_open.wait()
    key_id = (await leaked[0].get("/v1/whoami")).json()["data"]["key"]["id"]
    assert (await leaked[1].get("/v1/whoami")).status_code == 200
    assert (await owner.delete(f"/v1/api-keys/{key_id}")).status_code == 204
    async with asyncio.timeout(REFUSED_WITHIN_S):
        for client in leaked:
            while (await client.get("/v1/whoami")).status_code != 401:
                pass
    async with asyncio.timeout(CUT_WITHIN_S):
        said = await asyncio.gather(*(reader.task for reader in readers))
    assert said == ["cut"] * len(readers), "none ended as if the run had"
    assert not kept.task.done(), "the streams of others go on"
    kept.task.cancel()


async def test_requests_at_two_processes_are_counted_as_one(
    clients: tuple[list[httpx2.AsyncClient], httpx2.AsyncClient],
) -> None:
    leaked, owner = clients
    made = await owner.post("/v1/api-keys", json={"name": "slow", "rate_limits": {"standard": 10}})
    headers = {"Authorization": f"Bearer {made.json()['data']['key']}"}
    answers = await asyncio.gather(*(leaked[n % 2].get("/v1/whoami", headers=headers) for n in range(40)))
    granted = [one for one in answers if one.status_code == 200]
    # One comes back every six seconds, so that a slow machine may let in one more.
    assert 10 <= len(granted) <= 12
    assert {one.status_code for one in answers} == {200, 429}
