"""A run whose model does not answer is cancelled at once, and the connection to the provider is let go."""

from collections.abc import Iterator

import pytest

from faults.conftest import Make
from faults.tools.cluster import Cluster
from faults.tools.provider import Provider
from faults.tools.servers import until
from pipelines.inquiry.conftest import LIGHTHOUSE
from pipelines.inquiry.standin import Researcher

CANCEL_S = 5
BUSY = 3
"""Other things run on the machine too: promised times are given so many times over."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider(Researcher("How high is the lighthouse tower?")) as made:
        yield made


def test_a_run_that_waits_for_a_model_is_cancelled_and_hangs_up(
    cluster: Cluster, make_server: Make, provider: Provider
) -> None:
    provider.fault = lambda asked: "hangs" if asked.kind == "draft" else None
    environment = {"FUTURONE_MODELS": provider.listed("good")}
    server = make_server(database_url=cluster.fresh(), environment=environment).start()
    with server.client(is_live=True) as client:
        file = {"file": ("lighthouse.md", LIGHTHOUSE, "text/markdown")}
        file_id = client.post("/v1/vault/files", files=file).json()["data"]["id"]
        order = {"agent": "research", "task": "How high is the lighthouse?", "files": [file_id]}
        path = f"/v1/runs/{client.post('/v1/runs', json=order).json()['id']}"
        until("the model is asked", lambda: provider.count("draft"), within_s=60)
        assert client.post(f"{path}/cancel").status_code in (200, 202)
        until("the end", lambda: client.get(path).json()["status"] == "cancelled", within_s=CANCEL_S * BUSY)
        assert provider.dropped.acquire(timeout=CANCEL_S * BUSY), "nobody listens any longer"
        assert client.get(path).json()["usage"]["input_tokens"] > 0, "the plan was paid for"
