"""What a key may be limited to: agents and projects that there are."""

from typing import Any

import pytest

from futurone_server.features.keys import Capability
from futurone_server.features.runs import Domain
from house import Caller, Json, Registry, Tenant, refusal


def error_of(caller: Caller, body: Json) -> Json:
    answer = caller.post("/v1/api-keys", body)
    assert refusal(answer) == (400, "FIELD_INVALID")
    return answer.json()["error"]


UNKNOWN_SCOPES: list[tuple[dict[str, Any], str]] = [
    ({"agents": ["reserch"]}, "agents.0"),
    ({"agents": ["research", "agt_" + "0" * 26]}, "agents.1"),
    ({"agents": ["Research"]}, "agents.0"),
    ({"projects": ["prj_" + "0" * 26]}, "projects.0"),
    ({"projects": ["x"]}, "projects.0"),
]


@pytest.mark.parametrize(("scope", "field"), UNKNOWN_SCOPES, ids=str)
def test_a_key_is_limited_to_agents_and_projects_that_there_are(scope: Json, field: str, live: Caller) -> None:
    error = error_of(live, {"name": "x", **scope})
    assert error["details"] == {"field": field}
    if "agents" in scope:
        assert all(domain in error["message"] for domain in Domain)
    assert live.get("/v1/api-keys").json()["pagination"]["total"] == 2, "none was made"


def test_a_key_can_be_limited_to_every_domain_and_the_workspaces_projects(live: Caller, workspace: Tenant) -> None:
    scope = {"agents": sorted(Domain), "projects": [workspace.project_id]}
    made = live.post("/v1/api-keys", {"name": "x", **scope})
    assert made.status_code == 201
    assert {name: made.json()["data"][name] for name in scope} == scope


def test_a_project_of_another_workspace_is_as_unknown_as_one_that_never_was(live: Caller, registry: Registry) -> None:
    foreign, absent = (
        error_of(live, {"name": "x", "projects": [one]}) for one in (registry.tenant().project_id, "prj_" + "0" * 26)
    )
    assert foreign == absent


WHOLE = ["/v1/audit", "/v1/budgets", "/v1/connections", "/v1/invitations", "/v1/webhooks/endpoints"]
LIMITS: list[tuple[dict[str, Any], str]] = [
    ({"projects": ["the workspace's"]}, "PROJECT_OUT_OF_SCOPE"),
    ({"agents": ["research"]}, "AGENT_OUT_OF_SCOPE"),
]


@pytest.mark.parametrize("path", WHOLE)
@pytest.mark.parametrize(("scope", "reason"), LIMITS, ids=lambda one: one if isinstance(one, str) else "")
def test_what_is_the_whole_workspaces_is_not_for_a_key_that_is_limited_to_a_part(
    path: str, scope: Json, reason: str, live: Caller, workspace: Tenant
) -> None:
    limited = {**scope, **({"projects": [workspace.project_id]} if "projects" in scope else {})}
    made = live.post("/v1/api-keys", {"name": "x", "capabilities": sorted(Capability), **limited})
    answer = Caller(live.http, made.json()["data"]["key"]).get(path)
    assert refusal(answer) == (403, reason)
    assert live.get(path).status_code == 200
