"""Metrics: only for who may read them, of everything that matters, and of nobody in particular."""

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from futurone_server.api.app import make_app
from futurone_server.config import SettingError, load
from futurone_server.main import Server
from futurone_server.store.census import take_census
from house import Tenant, carry_out

pytestmark = pytest.mark.anyio
TOKEN = "a-token-of-one's-own"


def asking(house: Server, metrics: str, **options: object) -> httpx2.AsyncClient:
    """A client of a server with this setting."""
    transport = httpx2.ASGITransport(app=make_app(house.desk, metrics=metrics), **options)  # type: ignore[arg-type] # as they come
    return httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1")


def read(text: str) -> dict[tuple[str, ...], float]:
    """Every sample by its name and labels."""
    families = text_string_to_metric_families(text)
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


async def test_nobody_reads_metrics_where_nothing_is_set(house: Server) -> None:
    async with asking(house, "") as client:
        assert (await client.get("/metrics")).status_code == 404


async def test_a_token_is_asked_for_and_nothing_else_opens(house: Server, tenant: Tenant) -> None:
    async with asking(house, TOKEN) as client:
        assert (await client.get("/metrics")).status_code == 401
        for wrong in (tenant.live, TOKEN[:-1], ""):
            assert (await client.get("/metrics", headers={"Authorization": f"Bearer {wrong}"})).status_code == 401
        assert (await client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})).status_code == 200


@pytest.mark.parametrize(("address", "status"), [("127.0.0.1", 200), ("192.0.2.7", 404)])
async def test_loopback_means_this_machine(house: Server, address: str, status: int) -> None:
    async with asking(house, "loopback", client=(address, 1234)) as client:
        assert (await client.get("/metrics")).status_code == status


async def test_runs_queue_steps_requests_and_the_process_are_told_and_nobody_is_named(
    house: Server, tenant: Tenant
) -> None:
    async with asking(house, "loopback", client=("127.0.0.1", 1234)) as client:
        headers = {"Authorization": f"Bearer {tenant.test}"}
        order = {"agent": "research", "task": "A secret task of one's own.", "metadata": {"mark": "zanzibar"}}
        run = (await client.post("/v1/runs", json=order, headers=headers)).json()
        before = read((await client.get("/metrics")).text)
        assert before["futurone_runs", "research", "queued"] == 1
        assert before["futurone_queue_depth",] == 1
        await carry_out(house)
        await client.get(f"/v1/runs/{run['id']}", headers=headers)
        await client.get("/v1/nothing-of-the-sort", headers=headers)
        again = read((await client.get("/metrics")).text)
        assert again["futurone_queue_depth",] == 1, "the database is asked every five seconds at most"
        assert again["futurone_http_requests_total", "POST", "/v1/runs", "201"] == 1
        assert again["futurone_http_requests_total", "GET", "/v1/runs/{run_id}", "200"] == 1
        assert again["futurone_http_requests_total", "any", "none", "404"] == 1
        assert again["process_resident_memory_bytes",] > 0
    async with asking(house, "loopback", client=("127.0.0.1", 1234)) as client:
        text = (await client.get("/metrics")).text
    after = read(text)
    assert after["futurone_queue_depth",] == 0
    assert after["futurone_steps", "done"] > 0
    assert after["futurone_streams_open",] == 0
    for word in (run["id"], tenant.workspace_id, tenant.owner.key_id, "zanzibar", "secret task", "Tenant"):
        assert word not in text


async def test_steps_of_runs_that_are_over_are_not_told_as_work_to_come(house: Server, tenant: Tenant) -> None:
    told = []
    async with asking(house, "") as client:
        order = {"agent": "research", "task": "[test:input]"}
        headers = {"Authorization": f"Bearer {tenant.test}"}
        run = (await client.post("/v1/runs", json=order, headers=headers)).json()
        await carry_out(house)
        for act in (None, "cancel"):
            if act is not None:
                assert (await client.post(f"/v1/runs/{run['id']}/{act}", headers=headers)).status_code == 202
            census = await take_census(house.desk.db)
            told.append({state for (state,) in census.steps})
    assert told == [{"done", "pending", "running"}, {"done"}]


@pytest.mark.parametrize("value", ["short", "a token with spaces in it", "käse-käse-käse-käse"])
def test_a_token_that_is_easily_guessed_or_cannot_be_sent_is_refused(value: str) -> None:
    with pytest.raises(SettingError, match="FUTURONE_METRICS"):
        load({}, {"FUTURONE_METRICS": value})
