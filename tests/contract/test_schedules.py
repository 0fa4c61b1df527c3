"""Schedules over HTTP, through the SDK and on the command line, against a real server."""

from datetime import datetime
from typing import Any

import httpx2
import pytest

from contract.asking import new_schedule
from futurone_server.features.keys import Capability
from house import Caller, Registry, Tenant, refusal

SCHEDULE = {
    "id", "name", "mode", "cron", "timezone", "missed", "run", "status", "paused_reason", "next_fire_at", "last_fire",
    "daily_cap", "project_id", "created_at", "updated_at",
}  # fmt: skip
RUN = {"agent": "research", "task": "[test:complete]"}
BODY: dict[str, Any] = {"name": "Report", "cron": "30 8 * * MON", "timezone": "Europe/Berlin", "run": RUN}


@pytest.fixture
def tenant(registry: Registry) -> Tenant:
    return registry.tenant()


@pytest.fixture
def scripted(http: httpx2.Client, tenant: Tenant) -> Caller:
    return Caller(http, tenant.test)


@pytest.fixture
def live(http: httpx2.Client, tenant: Tenant) -> Caller:
    return Caller(http, tenant.live)


def test_a_schedule_is_shown_as_it_was_written_with_the_next_time(scripted: Caller) -> None:
    made = scripted.post("/v1/schedules", BODY)
    assert made.status_code == 201, made.text
    shown = made.json()["data"]
    assert set(shown) == SCHEDULE
    assert {name: shown[name] for name in BODY} == BODY
    assert (shown["status"], shown["missed"], shown["daily_cap"], shown["mode"]) == ("active", "once", 1000, "test")
    next_at = datetime.fromisoformat(shown["next_fire_at"])
    assert (next_at.weekday(), next_at.minute, shown["last_fire"]) == (0, 30, None)
    path = f"/v1/schedules/{shown['id']}"
    assert scripted.get(path).json()["data"] == shown
    assert scripted.get("/v1/schedules").json()["data"] == [shown]
    assert scripted.get(f"{path}/fires").json()["data"] == []


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"name": None}, "name", "FIELD_INVALID"),
        ({"cron": "61 * * * *"}, "cron", "FIELD_INVALID"),
        ({"cron": "0 0 30 2 *"}, "cron", "FIELD_INVALID"),
        ({"cron": "* * * * * *"}, "cron", "FIELD_INVALID"),
        ({"cron": 5}, "cron", "FIELD_INVALID"),
        ({"timezone": "Mars/Olympus"}, "timezone", "FIELD_INVALID"),
        ({"timezone": "../../etc/passwd"}, "timezone", "FIELD_INVALID"),
        ({"missed": "never"}, "missed", "FIELD_INVALID"),
        ({"daily_cap": 0}, "daily_cap", "FIELD_INVALID"),
        ({"daily_cap": 1501}, "daily_cap", "FIELD_INVALID"),
        ({"colour": "red"}, "colour", "UNKNOWN_FIELD"),
        ({"run": {**RUN, "colour": "red"}}, "run.colour", "UNKNOWN_FIELD"),
        ({"run": {"agent": "research"}}, "run.task", "FIELD_MISSING"),
        ({"run": {"agent": "research", "task": " "}}, "run.task", "FIELD_INVALID"),
        ({"run": {"task": "?"}}, "run.agent", "FIELD_MISSING"),
        ({"run": {"agent": "cooking", "task": "?"}}, "run.agent", "FIELD_INVALID"),
        ({"run": {"input": {"user_query": 5}}}, "run.input.user_query", "FIELD_INVALID"),
        ({"run": {**RUN, "threshold": 2}}, "run.threshold", "FIELD_INVALID"),
        ({"run": {**RUN, "budget": {"max_tokens": 0}}}, "run.budget.max_tokens", "FIELD_INVALID"),
        ({"run": {**RUN, "rubric": "coding"}}, "run.rubric", "FIELD_INVALID"),
        ({"run": {**RUN, "files": ["file_" + "0" * 26]}}, "run.files", "FIELD_INVALID"),
        ({"run": {**RUN, "attachment_refs": ["file_" + "0" * 26]}}, "run.attachment_refs", "FIELD_INVALID"),
        ({"run": {**RUN, "project_id": "prj_" + "0" * 26}}, "run.project_id", "FIELD_INVALID"),
        ({"run": {**RUN, "connections": ["conn_1"]}}, "run.connections", "FIELD_INVALID"),
        ({"run": {**RUN, "webhook_url": "http://127.0.0.1/"}}, "run.webhook_url", "FIELD_INVALID"),
        ({"run": {**RUN, "metadata": {"a": "x" * 600}}}, "run.metadata.a", "FIELD_INVALID"),
    ],
)
def test_bad_input_is_refused_by_name_when_made_and_when_changed(
    change: dict[str, Any], field: str, reason: str, scripted: Caller
) -> None:
    schedule_id = new_schedule(scripted)
    made = scripted.post("/v1/schedules", {**BODY, **change})
    changed = scripted.ask("PATCH", f"/v1/schedules/{schedule_id}", json=change)
    for answer in (made, changed):
        assert answer.status_code == 400, answer.text
        assert (answer.json()["reason_code"], answer.json()["error"]["details"]["field"]) == (reason, field)
    assert len(scripted.get("/v1/schedules").json()["data"]) == 1


def test_schedule_is_another_name_of_cron_in_making_and_changing(scripted: Caller) -> None:
    body = {name: value for name, value in BODY.items() if name != "cron"}
    made = scripted.post("/v1/schedules", {**body, "schedule": "30 8 * * MON"}).json()["data"]
    assert (made["cron"], "schedule" in made) == ("30 8 * * MON", False)
    path = f"/v1/schedules/{made['id']}"
    assert scripted.ask("PATCH", path, json={"schedule": "@daily"}).json()["data"]["cron"] == "@daily"
    both = {"cron": "@daily", "schedule": "@daily"}
    for method, where, wrong, field in (
        ("POST", "/v1/schedules", {**body, **both}, "schedule"),
        ("POST", "/v1/schedules", body, "cron"),
        ("PATCH", path, both, "schedule"),
        ("PATCH", path, {"schedule": None}, "schedule"),
    ):
        refused = scripted.ask(method, where, json=wrong)
        assert (refused.status_code, refused.json()["error"]["details"]["field"]) == (400, field)


@pytest.mark.parametrize("name", ["name", "cron", "run"])
def test_what_a_schedule_needs_is_asked_for(name: str, scripted: Caller) -> None:
    answer = scripted.post("/v1/schedules", {key: value for key, value in BODY.items() if key != name})
    assert refusal(answer) == (400, "FIELD_MISSING")
    assert answer.json()["error"]["details"]["field"] == name


def test_creation_happens_once_with_an_idempotency_key(scripted: Caller) -> None:
    key = {"Idempotency-Key": "schedule-1"}
    first = scripted.post("/v1/schedules", BODY, headers=key)
    again = scripted.post("/v1/schedules", BODY, headers=key)
    assert (first.status_code, again.status_code, again.json()["replayed"]) == (201, 200, True)
    assert again.json()["data"]["id"] == first.json()["data"]["id"]
    other = scripted.post("/v1/schedules", {**BODY, "name": "Other"}, headers=key)
    assert (other.status_code, other.json()["reason_code"]) == (409, "IDEMPOTENCY_KEY_REUSED")
    scripted.ask("DELETE", f"/v1/schedules/{first.json()['data']['id']}")
    assert scripted.post("/v1/schedules", BODY, headers=key).status_code == 410


def test_a_schedule_is_changed_paused_resumed_and_deleted(scripted: Caller) -> None:
    path = f"/v1/schedules/{new_schedule(scripted)}"
    changed = scripted.ask("PATCH", path, json={"cron": "@daily", "run": {**RUN, "task": "[test:fail]"}}).json()["data"]
    assert (changed["cron"], changed["run"]["task"], changed["name"]) == ("@daily", "[test:fail]", "asked")
    paused = scripted.post(f"{path}/pause").json()["data"]
    assert (paused["status"], paused["paused_reason"], paused["next_fire_at"]) == ("paused", "PAUSED_BY_HAND", None)
    assert scripted.post(f"{path}/pause").json()["data"] == paused
    resumed = scripted.post(f"{path}/resume").json()["data"]
    assert (resumed["status"], resumed["paused_reason"]) == ("active", None)
    assert resumed["next_fire_at"] == changed["next_fire_at"]
    assert scripted.ask("DELETE", path).status_code == 204
    assert scripted.get(path).status_code == 404
    assert scripted.get(f"{path}/fires").status_code == 404


def test_a_run_by_hand_is_a_run_of_the_schedule_and_stands_in_the_ledger(scripted: Caller) -> None:
    schedule_id = new_schedule(scripted, run=RUN)
    path = f"/v1/schedules/{schedule_id}"
    scripted.post(f"{path}/pause")
    key = {"Idempotency-Key": "by-hand"}
    made = scripted.post(f"{path}/run", headers=key)
    assert made.status_code == 201, made.text
    run = made.json()
    assert run["origin"] == {"kind": "schedule", "trigger_id": schedule_id, "parent_run_id": None, "attempt": 1}
    again = scripted.post(f"{path}/run", headers=key)
    assert (again.status_code, again.json()["id"]) == (200, run["id"])
    assert scripted.get(f"/v1/runs/{run['id']}?wait=30").json()["status"] == "completed"
    (fire,) = scripted.get(f"{path}/fires").json()["data"]
    assert (fire["manual"], fire["outcome"], fire["run_id"], fire["run_status"]) == (
        True,
        "ran",
        run["id"],
        "completed",
    )
    assert scripted.get(path).json()["data"]["last_fire"]["run_id"] == run["id"]
    assert [one["id"] for one in scripted.get("/v1/runs?origin=schedule").json()["data"]] == [run["id"]]


def test_other_workspaces_projects_and_modes_do_not_reach_a_schedule(
    registry: Registry, http: httpx2.Client, tenant: Tenant, live: Caller, scripted: Caller
) -> None:
    schedule_id = new_schedule(live)
    strangers = [
        Caller(http, registry.tenant().live),
        Caller(http, registry.key(tenant, projects=frozenset({"prj_other"}))),
        Caller(http, registry.key(tenant, agents=frozenset({"coding"}))),
        scripted,
    ]
    for stranger in strangers:
        assert stranger.get("/v1/schedules").json()["pagination"]["total"] == 0
        for method, path in (
            ("GET", ""), ("PATCH", ""), ("GET", "/fires"), ("POST", "/pause"), ("POST", "/resume"), ("POST", "/run"),
            ("DELETE", ""),
        ):  # fmt: skip
            body = {"json": {"name": "mine"}} if method == "PATCH" else {}
            assert stranger.ask(method, f"/v1/schedules/{schedule_id}{path}", **body).status_code == 404
    assert live.get(f"/v1/schedules/{schedule_id}").json()["data"]["name"] == "asked"


def test_a_limited_key_makes_no_schedule_that_runs_beyond_its_limits(
    registry: Registry, http: httpx2.Client, tenant: Tenant
) -> None:
    limited = Caller(http, registry.key(tenant, agents=frozenset({"coding"})))
    assert limited.post("/v1/schedules", BODY).json()["reason_code"] == "AGENT_OUT_OF_SCOPE"
    elsewhere = Caller(http, registry.key(tenant, projects=frozenset({"prj_other"})))
    body = {**BODY, "run": {**RUN, "project_id": tenant.project_id}}
    assert elsewhere.post("/v1/schedules", body).json()["reason_code"] == "PROJECT_OUT_OF_SCOPE"


def test_who_may_act_but_not_read_is_not_told_what_a_schedule_runs(
    registry: Registry, http: httpx2.Client, tenant: Tenant, live: Caller
) -> None:
    path = f"/v1/schedules/{new_schedule(live)}"
    actor = Caller(http, registry.key(tenant, capabilities=frozenset({Capability.RUNS_CREATE})))
    for answer in (
        actor.ask("PATCH", path, json={"name": "x"}),
        actor.post(f"{path}/pause"),
        actor.post(f"{path}/resume"),
    ):
        assert (answer.status_code, answer.json()["data"]["run"]) == (200, None)
    assert live.get(path).json()["data"]["run"] == {"agent": "research", "task": "?"}
