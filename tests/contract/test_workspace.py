"""A workspace's settings and its projects over HTTP: what runs start from, and what keys can be limited to."""

from typing import Any

import pytest

from futurone import FuturOne
from futurone.cli import main
from house import Caller, Registry, Tenant, refusal


@pytest.fixture
def owner(live: Caller) -> Caller:
    """The owner of the test's own workspace."""
    return live


def test_what_is_named_changes_and_the_rest_stays(owner: Caller) -> None:
    before = owner.get("/v1/workspace").json()["data"]
    wanted: dict[str, Any] = {"threshold": 0.9, "retention": {"mode": "zero", "window_s": 60}, "models": []}
    wanted["limits"] = {**before["limits"], "queued_runs": 7}
    after = owner.ask("PATCH", "/v1/workspace", json=wanted).json()["data"]
    assert after == {**before, **wanted} == owner.get("/v1/workspace").json()["data"]


def test_all_models_may_be_asked_unless_some_are_named_and_again_with_null(owner: Caller) -> None:
    choices: tuple[list[str] | None, ...] = (None, [], None)
    for wanted in choices:
        owner.ask("PATCH", "/v1/workspace", json={"models": wanted})
        owner.ask("PATCH", "/v1/workspace", json={"name": "Other"})
        assert owner.get("/v1/workspace").json()["data"]["models"] == wanted


def test_runs_start_from_the_settings_and_earlier_ones_keep_theirs(owner: Caller) -> None:
    early = owner.create()
    changes = {"threshold": 0.5, "default_agent": "content", "retention": {"mode": "keep"}}
    assert owner.ask("PATCH", "/v1/workspace", json=changes).status_code == 200
    late = owner.post("/v1/runs", {"input": {"user_query": "x"}}, headers={"Idempotency-Key": "once"}).json()
    assert (late["threshold"], late["agent"], late["content"]["erases_at"]) == (0.5, "content", None)
    assert owner.run(early["id"])["threshold"] == 0.85


def test_a_test_key_changes_nothing_that_live_runs_start_from(owner: Caller, workspace: Tenant) -> None:
    before = owner.get("/v1/workspace").json()["data"]
    changes: tuple[dict[str, Any], ...] = (
        {"threshold": 0.0},
        {"retention": {"mode": "keep"}},
        {"limits": {"runs_at_once": 1}},
        {"models": []},
    )
    for change in changes:
        answer = Caller(owner.http, workspace.test).ask("PATCH", "/v1/workspace", json=change)
        assert refusal(answer) == (403, "CAPABILITY_MISSING")
    assert owner.get("/v1/workspace").json()["data"] == before


def test_projects_are_made_named_and_reached_by_keys_that_are_limited_to_them(
    owner: Caller, registry: Registry
) -> None:
    project = owner.post("/v1/projects", {"name": "Alpha"}).json()["data"]
    renamed = owner.ask("PATCH", f"/v1/projects/{project['id']}", json={"name": "Beta"}).json()["data"]
    assert renamed == {**project, "name": "Beta"}
    assert [one["name"] for one in owner.get("/v1/projects").json()["data"]] == ["Default", "Beta"]
    key = owner.post("/v1/api-keys", {"name": "limited", "projects": [project["id"]]}).json()["data"]["key"]
    limited = Caller(owner.http, key)
    assert limited.create()["project_id"] == project["id"]
    assert [one["id"] for one in limited.get("/v1/projects").json()["data"]] == [project["id"]]
    for answer in (
        limited.post("/v1/projects", {"name": "Gamma"}),
        limited.ask("PATCH", "/v1/workspace", json={"threshold": 0.1}),
        limited.ask("PATCH", f"/v1/projects/{project['id']}", json={"name": "Gamma"}),
    ):
        assert refusal(answer)[0] == 403


def test_the_same_request_makes_one_project(owner: Caller) -> None:
    headers = {"Idempotency-Key": "alpha"}
    first, second = (owner.post("/v1/projects", {"name": "Alpha"}, headers=headers) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == {**first.json(), "replayed": True}
    assert refusal(owner.post("/v1/projects", {"name": "Other"}, headers=headers)) == (409, "IDEMPOTENCY_KEY_REUSED")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"threshold": 1.1}, "threshold"),
        ({"threshold": "0.9"}, "threshold"),
        ({"retention": {"mode": "zero", "window_s": -1}}, "retention.window_s"),
        ({"retention": {"mode": "forever"}}, "retention.mode"),
        ({"default_agent": "nobody"}, "default_agent"),
        ({"name": ""}, "name"),
        ({"name": None, "owner": "me"}, "owner"),
        ({"id": "ws_1"}, "id"),
        ({"limits": {"runs_at_once": 0}}, "limits.runs_at_once"),
        ({"limits": {"runs_at_once": 201}}, "limits.runs_at_once"),
        ({"limits": {"queued_runs": "5"}}, "limits.queued_runs"),
        ({"limits": {"rate": 5}}, "limits.rate"),
        ({"models": ["openai:nobody"]}, "models.0"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_by_name(change: dict[str, Any], field: str, owner: Caller) -> None:
    answer = owner.ask("PATCH", "/v1/workspace", json=change)
    assert refusal(answer)[0] == 400
    assert answer.json()["error"]["details"]["field"] == field


def test_what_changed_stands_in_the_audit_trail_without_names(owner: Caller) -> None:
    owner.ask("PATCH", "/v1/workspace", json={"name": "Zebra Ltd", "threshold": 0.7})
    owner.post("/v1/projects", {"name": "Zebra project"})
    lines = owner.get("/v1/audit").json()
    acts = {line["action"]: line for line in lines["data"]}
    assert acts["workspace.changed"]["details"] == {"changed": ["name", "threshold"], "threshold": 0.7}
    assert "project.created" in acts
    assert "Zebra" not in str(lines)


def test_another_workspaces_project_is_absent(owner: Caller, registry: Registry) -> None:
    stranger = Caller(owner.http, registry.tenant().live)
    theirs = stranger.post("/v1/projects", {"name": "Theirs"}).json()["data"]["id"]
    assert refusal(owner.ask("PATCH", f"/v1/projects/{theirs}", json={"name": "Mine"}))[0] == 404
    assert refusal(owner.ask("PATCH", "/v1/projects/prj_x", json={"name": "Mine"}))[0] == 404


def test_the_client_reads_and_changes_it(owner: Caller) -> None:
    key = owner.headers["Authorization"].removeprefix("Bearer ")
    with FuturOne(key, str(owner.http.base_url)) as client:
        project = client.workspace.create_project("Alpha")
        assert client.workspace.rename_project(project.id, "Beta").name == "Beta"
        assert [one.name for one in client.workspace.projects()] == ["Default", "Beta"]
        assert client.workspace.change(threshold=0.7, retention={"mode": "keep"}).retention.mode == "keep"
        assert client.workspace.get().threshold == 0.7


def test_the_command_shows_and_changes_it(owner: Caller, capsys: pytest.CaptureFixture[str]) -> None:
    key = owner.headers["Authorization"].removeprefix("Bearer ")
    there = ("--base-url", str(owner.http.base_url), "--api-key", key)
    assert main([*there, "workspace", "set", "--threshold", "0.6", "--window", "120"]) == 0
    assert main([*there, "workspace", "show"]) == 0
    assert "threshold 0.6" in capsys.readouterr().out
    assert main([*there, "workspace", "add-project", "Alpha"]) == 0
    assert main([*there, "workspace", "projects"]) == 0
    assert "Alpha" in capsys.readouterr().out
