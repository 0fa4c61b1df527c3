"""Usage and budgets over HTTP: what is answered, what is refused and by which name."""

import json
import time
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from futurone.cli import main
from house import Caller, Process, Registry, Tenant, refusal

MONTH = {"scope": "workspace", "period": "month", "max_cost_usd": 50}


@pytest.fixture
def tenant(registry: Registry) -> Tenant:
    return registry.tenant()


@pytest.fixture
def live(http: httpx2.Client, tenant: Tenant) -> Caller:
    return Caller(http, tenant.live)


@pytest.fixture
def scripted(http: httpx2.Client, tenant: Tenant) -> Caller:
    return Caller(http, tenant.test)


def put(caller: Caller, *budgets: dict[str, Any]) -> httpx2.Response:
    return caller.ask("PUT", "/v1/budgets", json={"budgets": list(budgets)})


def test_usage_of_nothing_is_nothing(live: Caller) -> None:
    report = live.get("/v1/usage").json()["data"]
    assert report["buckets"] == []
    assert report["granularity"] == "day"
    assert report["total"]["cost_usd"] == "0.000000"
    assert report["total"]["runs"] == {"counted": 0, "not_counted": 0}


def test_test_runs_are_counted_where_they_are_asked_for(live: Caller, scripted: Caller) -> None:
    for task in ("[test:complete]", "[test:fail]"):
        path = f"/v1/runs/{scripted.create(task, subject_id='anna')['id']}"
        assert scripted.get(path, params={"wait": 30}).json()["completed_at"]
    asked = {"mode": "test", "group_by": "subject_id", "granularity": "hour"}
    report = live.get("/v1/usage", params=asked).json()["data"]
    assert report["total"]["runs"] == {"counted": 1, "not_counted": 1}
    assert {bucket["group"] for bucket in report["buckets"]} == {"anna"}
    assert live.get("/v1/usage").json()["data"]["buckets"] == []
    assert live.get("/v1/usage", params={"mode": "test", "subject_id": "ben"}).json()["data"]["buckets"] == []


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"start": "2026-01-01", "end": "2027-06-01"}, "start"),
        ({"start": "2026-03-01", "end": "2026-01-01"}, "end"),
        ({"granularity": "week"}, "granularity"),
        ({"group_by": "colour"}, "group_by"),
        ({"event_type": "tool_call"}, "event_type"),
        ({"mode": "dry"}, "mode"),
        ({"start": "yesterday"}, "start"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused_by_name(
    live: Caller, params: dict[str, str], field: str
) -> None:
    answer = live.get("/v1/usage", params=params)
    assert answer.status_code == 400
    assert answer.json()["error"]["details"]["field"] == field


def test_budgets_are_set_as_a_whole_and_keep_their_ids(live: Caller, tenant: Tenant) -> None:
    project = {"scope": "project", "scope_id": tenant.project_id, "period": "total", "max_tokens": 5, "policy": "pause"}
    first = put(live, MONTH, project)
    assert first.status_code == 200
    shown = {one["scope"]: one for one in first.json()["data"]}
    assert shown["workspace"]["policy"] == "queue"
    assert shown["workspace"]["max_cost_usd"] == "50.000000"
    assert (shown["project"]["period_end"], shown["project"]["exhausted"]) == (None, False)
    again = put(live, {**MONTH, "max_cost_usd": 60}).json()["data"]
    assert [(one["id"], one["max_cost_usd"]) for one in again] == [(shown["workspace"]["id"], "60.000000")]
    assert live.get("/v1/budgets").json()["data"] == again
    assert put(live).json()["data"] == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({**MONTH, "max_cost_usd": -1}, "budgets.0.max_cost_usd"),
        ({**MONTH, "max_cost_usd": None}, "budgets.0.max_cost_usd"),
        ({**MONTH, "max_cost_usd": "50"}, "budgets.0.max_cost_usd"),
        ({**MONTH, "max_cost_usd": 0.0000009}, "budgets.0.max_cost_usd"),
        ({**MONTH, "max_tokens": 1.5}, "budgets.0.max_tokens"),
        ({**MONTH, "policy": "panic"}, "budgets.0.policy"),
        ({**MONTH, "period": "week"}, "budgets.0.period"),
        ({**MONTH, "scope": "key", "scope_id": "key_none"}, "budgets.0.scope_id"),
        ({**MONTH, "colour": "red"}, "budgets.0.colour"),
    ],
)
def test_a_budget_that_makes_no_sense_is_refused_by_name(live: Caller, wrong: dict[str, Any], field: str) -> None:
    answer = put(live, wrong)
    assert answer.status_code == 400
    assert answer.json()["error"]["details"]["field"] == field


def test_a_budget_that_refuses_says_so_and_leaves_test_runs_alone(live: Caller, scripted: Caller) -> None:
    assert put(live, {"scope": "workspace", "period": "day", "max_tokens": 0, "policy": "refuse"}).status_code == 200
    answer = live.post("/v1/runs", {"agent": "research", "task": "x"})
    assert refusal(answer) == (429, "BUDGET_EXHAUSTED")
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["error"]["details"]["budget_id"].startswith("bud_")
    scripted.create()


def test_a_queued_run_says_which_budget_it_waits_for(live: Caller) -> None:
    (one,) = put(live, {"scope": "workspace", "period": "day", "max_tokens": 0}).json()["data"]
    assert one["exhausted"]
    _eventually(lambda: live.get("/v1/audit", params={"action": "budget.threshold"}).json()["data"])
    path = f"/v1/runs/{live.create('Why is the sky blue?')['id']}"
    run = live.get(path, params={"wait": 1}).json()
    assert run["status"] == "queued"
    assert one["id"] in run["why"]["waiting_for"]
    assert run["why"]["next_wake_at"] == one["period_end"]
    put(live)
    _eventually(lambda: live.get(path).json()["started_at"])


def _eventually(found: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 20
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_the_commands_work_against_a_real_server(
    server: Process, tenant: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    at = ("--base-url", server.url, "--api-key", tenant.live)
    assert main([*at, "budgets", "set", "workspace", "month", "--usd", "5"]) == 0
    assert main([*at, "budgets", "set", "project", "day", "--id", tenant.project_id, "--tokens", "7"]) == 0
    capsys.readouterr()
    assert main([*at, "budgets", "list", "--json"]) == 0
    shown = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["scope"], one["max_tokens"]) for one in shown] == [("workspace", None), ("project", 7)]
    assert main([*at, "budgets", "remove", shown[0]["id"]]) == 0
    assert main([*at, "usage", "--by", "model"]) == 0
    assert "total" in capsys.readouterr().out
    assert main([*at, "usage", "--by", "colour"]) != 0
