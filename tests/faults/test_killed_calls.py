"""A worker that dies in the middle of a call of a model leaves it in the bill, and its step says it began twice."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from faults.conftest import Make
from faults.tools.cluster import Cluster
from faults.tools.provider import Provider
from faults.tools.servers import Server, until
from pipelines.inquiry.conftest import LIGHTHOUSE
from pipelines.inquiry.standin import Researcher

ANSWER_TOKENS = 500
"""Fewer than any answer may have: what was set aside for one is more."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider(Researcher("How high is the lighthouse tower?")) as made:
        yield made


def order(server: Server) -> str:
    """A run with a document; returns its path."""
    with server.client(is_live=True) as client:
        file = {"file": ("lighthouse.md", LIGHTHOUSE, "text/markdown")}
        file_id = client.post("/v1/vault/files", files=file).json()["data"]["id"]
        body = {"agent": "research", "task": "How high is the lighthouse?", "files": [file_id]}
        return f"/v1/runs/{client.post('/v1/runs', json=body).json()['id']}"


def calls(client: Any, path: str) -> list[dict[str, Any]]:
    """Every call of a model in the run's log."""
    events = client.get(f"{path}/events/stream").text.splitlines()
    told = [json.loads(line.removeprefix("data: "))["payload"]["value"] for line in events if line.startswith("data: ")]
    return [one for one in told if one.get("kind") == "model_call"]


@pytest.mark.heavy
@pytest.mark.parametrize("kind", ["plan", "draft"])
def test_a_call_that_a_dead_worker_left_is_in_the_bill(
    kind: str, cluster: Cluster, make_server: Make, provider: Provider
) -> None:
    provider.fault = lambda asked: "hangs" if asked.kind == kind else None
    environment = {"FUTURONE_MODELS": provider.listed("good")}
    server = make_server(database_url=cluster.fresh(), environment=environment).start()
    path = order(server)
    until("the model is asked", lambda: provider.count(kind), within_s=60)
    server.kill()
    provider.fault = lambda asked: None
    server.start()
    with server.client(is_live=True) as client:
        run = until("the end", lambda: _ended(client.get(path).json()), within_s=90)
        made = calls(client, path)
        steps = client.get(f"{path}/plan").json()["steps"]
    lost = [one for one in made if one["outcome"] == "WORKER_LOST"]
    assert len(lost) == 1
    assert lost[0]["input_tokens"] > 100
    assert lost[0]["output_tokens"] > ANSWER_TOKENS, "nobody knows how much it was: as much as was set aside"
    assert lost[0]["is_estimated"]
    used = sum(one["input_tokens"] + one["output_tokens"] for one in made)
    assert run["usage"]["input_tokens"] + run["usage"]["output_tokens"] == used
    begun = {step["id"]: step["attempts"] for step in steps}
    assert begun.pop("s1") == (2 if kind == "draft" else 1)
    assert set(begun.values()) == {1}


def test_a_run_that_is_cancelled_in_its_first_call_pays_for_what_was_sent(
    cluster: Cluster, make_server: Make, provider: Provider
) -> None:
    provider.fault = lambda asked: "hangs"
    environment = {"FUTURONE_MODELS": provider.listed("good")}
    server = make_server(database_url=cluster.fresh(), environment=environment).start()
    path = order(server)
    until("the model is asked", lambda: provider.count("plan"), within_s=60)
    with server.client(is_live=True) as client:
        assert client.post(f"{path}/cancel").status_code in (200, 202)
        run = until("the end", lambda: _ended(client.get(path).json()), within_s=30)
    assert run["status"] == "cancelled"
    assert run["usage"]["input_tokens"] > 100
    assert float(run["usage"]["cost_usd"]) > 0


def _ended(run: dict[str, Any]) -> dict[str, Any] | None:
    return run if run["completed_at"] else None
