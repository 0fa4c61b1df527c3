"""One budget, two processes, many runs and a death: never settled above it, nothing set aside for ever."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from faults.conftest import Make
from faults.tools.cluster import Cluster
from faults.tools.provider import Provider
from faults.tools.servers import until
from futurone_server.store.database import plain_url
from futurone_server.store.invariants import verify
from pipelines.inquiry.conftest import LIGHTHOUSE
from pipelines.inquiry.standin import Researcher

RUNS = 50
TASK = "How high is the lighthouse?"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider(Researcher("How high is the lighthouse tower?")) as made:
        made.is_paced = False
        yield made


def upload(client: Any) -> str:
    file = {"file": ("lighthouse.md", LIGHTHOUSE, "text/markdown")}
    found: str = client.post("/v1/vault/files", files=file).json()["data"]["id"]
    return found


def order(client: Any, file_id: str) -> str:
    """A run with a document; returns its path."""
    answer = client.post("/v1/runs", json={"agent": "research", "task": TASK, "files": [file_id]})
    assert answer.status_code == 201, answer.text
    return f"/v1/runs/{answer.json()['id']}"


def set_budget(client: Any, **wishes: Any) -> None:
    body = {"scope": "workspace", "period": "total", **wishes}
    assert client.put("/v1/budgets", json={"budgets": [body]}).status_code == 200


def budget(client: Any) -> dict[str, Any]:
    (found,) = client.get("/v1/budgets").json()["data"]
    assert isinstance(found, dict)
    return found


def is_sound(url: str) -> bool:
    return [one.invariant.name for one in verify(plain_url(url)) if one.broken_by and one.invariant.name == "I14"] == []


@pytest.mark.heavy
def test_many_runs_in_two_processes_never_settle_above_one_budget(
    cluster: Cluster, make_server: Make, provider: Provider
) -> None:
    url, environment = cluster.fresh(), {"FUTURONE_MODELS": provider.listed("good")}
    first = make_server(database_url=url, environment=environment).start()
    second = make_server(database_url=url, environment=environment)
    (second.data_dir / "keys").symlink_to(first.data_dir / "keys")
    second.ready = first.ready
    second.start()
    with first.client(is_live=True, timeout_s=60) as one, second.client(is_live=True, timeout_s=60) as other:
        file_id = upload(one)
        once = order(one, file_id)
        used = until("a run's usage", lambda: _ended(one.get(once).json()), within_s=60)["usage"]
        spent = used["input_tokens"] + used["output_tokens"]
        limit = spent * 12 + 6_000
        set_budget(one, max_tokens=limit, policy="pause")
        with ThreadPoolExecutor(4) as pool:
            clients = [one, other] * (RUNS // 2)
            paths = list(pool.map(lambda client: order(client, file_id), clients))
        seen: list[int] = []

        def rest() -> bool:
            seen.append(budget(one)["spent"]["tokens"])
            states = {one.get(path).json()["status"] for path in paths}
            return states <= {"completed", "escalated", "awaiting_input"} and budget(one)["reserved"]["tokens"] == 0

        until("all runs to end or to ask", rest, within_s=240)
        states = [one.get(path).json()["status"] for path in paths]
        assert max(seen) <= limit
        assert states.count("awaiting_input") > RUNS / 2, "the budget reached for all of them"
        assert budget(one)["spent"]["tokens"] > limit / 2, "hardly any of the budget was used"
        usage = one.get("/v1/usage").json()["data"]["total"]
        assert usage["input_tokens"] + usage["output_tokens"] == budget(one)["spent"]["tokens"] <= limit
        set_budget(one, max_tokens=limit * 100)
        until(
            "all to complete",
            lambda: all(one.get(path).json()["status"] == "completed" for path in paths),
            within_s=180,
        )
        assert is_sound(url)


@pytest.mark.heavy
@pytest.mark.parametrize("kind", ["plan", "draft"])
def test_what_a_killed_worker_had_set_aside_is_settled_once_and_free_again(
    kind: str, cluster: Cluster, make_server: Make, provider: Provider
) -> None:
    provider.fault = lambda asked: "hangs" if asked.kind == kind else None
    url, environment = cluster.fresh(), {"FUTURONE_MODELS": provider.listed("good")}
    server = make_server(database_url=url, environment=environment).start()
    with server.client(is_live=True) as client:
        set_budget(client, max_tokens=1_000_000, max_cost_usd=100)
        path = order(client, upload(client))
        until("the model is asked", lambda: provider.count(kind), within_s=60)
        held = budget(client)["reserved"]["tokens"]
    assert held > 1_000
    server.kill()
    provider.fault = lambda asked: None
    server.start()
    with server.client(is_live=True) as client:
        run = until("the end", lambda: _ended(client.get(path).json()), within_s=90)
        found = until("nothing set aside", lambda: _free(budget(client)), within_s=30)
        used = run["usage"]
        assert found["spent"]["tokens"] == used["input_tokens"] + used["output_tokens"]
        assert found["spent"]["tokens"] > held, "the lost call is settled as much as was set aside"
        usage = client.get("/v1/usage", params={"group_by": "model"}).json()["data"]["total"]
        assert (usage["input_tokens"], usage["output_tokens"]) == (used["input_tokens"], used["output_tokens"])
    assert is_sound(url)


def test_a_run_cancelled_in_a_call_pays_what_was_sent_and_frees_the_rest(
    cluster: Cluster, make_server: Make, provider: Provider
) -> None:
    provider.fault = lambda asked: "hangs"
    url, environment = cluster.fresh(), {"FUTURONE_MODELS": provider.listed("good")}
    server = make_server(database_url=url, environment=environment).start()
    with server.client(is_live=True) as client:
        set_budget(client, max_tokens=1_000_000)
        path = order(client, upload(client))
        until("the model is asked", lambda: provider.count("plan"), within_s=60)
        client.post(f"{path}/cancel")
        found = until("nothing set aside", lambda: _free(budget(client)), within_s=30)
        used = client.get(path).json()["usage"]
        assert found["spent"]["tokens"] == used["input_tokens"] > 100
    assert is_sound(url)


def _ended(run: dict[str, Any]) -> dict[str, Any] | None:
    return run if run["completed_at"] else None


def _free(found: dict[str, Any]) -> dict[str, Any] | None:
    return None if found["reserved"]["tokens"] else found
