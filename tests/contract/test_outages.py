"""What cannot be asked of a healthy server: full queues, too many streams, a database that is away."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from conftest import Databases
from contract.document import Document
from futurone_server.api.app import make_app
from futurone_server.kit import limits
from futurone_server.main import Server
from house import Tenant, open_server, refusal

pytestmark = pytest.mark.anyio
TASK = {"agent": "research", "task": "[test:complete]"}


@pytest.fixture
async def client(house: Server, tenant: Tenant) -> AsyncIterator[httpx2.AsyncClient]:
    """A caller of the whole application in this process."""
    transport = httpx2.ASGITransport(app=make_app(house.desk))
    headers = {"Authorization": f"Bearer {tenant.test}"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://server", headers=headers) as found:
        yield found


async def described(client: httpx2.AsyncClient, answer: httpx2.Response) -> list[str]:
    return Document((await client.get("/openapi.json")).json()).broken_promises(answer)


async def test_a_full_queue_says_when_to_come_back(client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "QUEUE_PER_WORKSPACE_MAX", 0)
    answer = await client.post("/v1/runs", json=TASK)
    assert refusal(answer) == (429, "QUEUE_FULL")
    assert answer.json()["error"]["type"] == "rate_limited"
    assert int(answer.headers["retry-after"]) >= 1
    assert await described(client, answer) == []


async def test_a_key_with_too_many_streams_is_told_so_before_the_first_byte(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = (await client.post("/v1/runs", json=TASK)).json()
    monkeypatch.setattr(limits, "STREAMS_PER_KEY_MAX", 0)
    for stream in ("events", "events/stream"):
        answer = await client.get(f"/v1/runs/{run['id']}/{stream}")
        assert refusal(answer) == (429, "RATE_LIMITED")
        assert int(answer.headers["retry-after"]) >= 1
        assert await described(client, answer) == []


async def test_a_database_that_is_away_is_said_to_be_and_the_process_lives(
    databases: Databases, database: str, tenant: Tenant
) -> None:
    away = database.replace("/test_", "/gone_")
    async with open_server(away, databases.role) as server:
        transport = httpx2.ASGITransport(app=make_app(server.desk))
        headers = {"Authorization": f"Bearer {tenant.test}"}
        async with httpx2.AsyncClient(transport=transport, base_url="http://server", headers=headers) as client:
            for method, path in (("GET", "/v1/runs"), ("POST", "/v1/runs"), ("GET", "/v1/runs/x/events")):
                answer = await client.request(method, path, json=TASK if method == "POST" else None)
                assert refusal(answer) == (503, "UNAVAILABLE")
                assert answer.json()["error"]["type"] == "server_error"
                assert int(answer.headers["retry-after"]) >= 1
                assert "gone_" not in answer.text
                assert await described(client, answer) == []
            assert (await client.get("/health/live")).status_code == 200
            ready, parts = await client.get("/health/ready"), await client.get("/health/deps")
            assert (ready.status_code, ready.json()) == (503, {"status": "unavailable"})
            assert (parts.status_code, parts.json()) == (503, {"data": {"database": "unavailable"}})
            assert [await described(client, one) for one in (ready, parts)] == [[], []]


async def test_a_server_that_drains_is_not_ready(house: Server, client: httpx2.AsyncClient) -> None:
    assert (await client.get("/health/ready")).status_code == 200
    house.desk.streams.cut_all()
    assert (await client.get("/health/ready")).status_code == 503
    assert (await client.get("/health/live")).status_code == 200


async def test_a_route_that_does_not_say_what_it_needs_keeps_the_application_from_starting(
    house: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fastapi import APIRouter

    from futurone_server.api import app as module

    router = APIRouter()

    @router.get("/v1/secret")
    async def secret() -> str:
        return "secret"

    monkeypatch.setattr(module, "_ROUTERS", (*module._ROUTERS, router))
    with pytest.raises(module.UndeclaredRouteError, match="/v1/secret"):
        make_app(house.desk)
