"""Who may do what: capability by operation, and nothing of one workspace visible from another."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from contract.asking import (
    PAGES,
    QUESTION,
    Ids,
    new_connection,
    new_endpoint,
    new_schedule,
    possessions,
    request_of,
    upload,
)
from contract.browser import Reception, people_of
from contract.document import Document
from futurone_server.features.keys import Capability
from futurone_server.features.keys import rules as key_rules
from futurone_server.features.keys.types import Mode
from futurone_server.features.people import Role
from futurone_server.features.people.rules import RIGHTS
from house import EVERYTHING, Caller, Registry, Tenant, refusal

VIEWING = set(RIGHTS[Role.VIEWER])
ALSO = {
    "rerun": {Capability.RUNS_READ, Capability.VAULT_READ},
    "change_member": VIEWING,
    "remove_member": VIEWING,
    "create_invitation": VIEWING,
    "revoke_invitation": VIEWING,
}
"""Operations that need further capabilities: an order is read before it is placed again, and so are its files. Nobody
gives or takes a role that includes more than they have."""

LOCKED = {
    "create_run": "runs:create",
    "list_runs": "runs:read",
    "get_run": "runs:read",
    "signal_run": "runs:signal",
    "resume_run": "runs:signal",
    "cancel_run": "runs:cancel",
    "acknowledge_run": "runs:read",
    "delete_run": "runs:cancel",
    "rerun": "runs:create",
    "list_artifacts": "runs:read",
    "read_artifact": "runs:read",
    "read_plan": "runs:read",
    "read_verification": "runs:read",
    "read_receipt": "runs:read",
    "receipt_key": "runs:read",
    "stream_events": "runs:read",
    "stream_run_events": "runs:read",
    "create_key": "keys:manage",
    "list_keys": "keys:manage",
    "revoke_key": "keys:manage",
    "rotate_key": "keys:manage",
    "scope_key": "keys:manage",
    "list_schedules": "runs:read",
    "create_schedule": "runs:create",
    "get_schedule": "runs:read",
    "change_schedule": "runs:create",
    "delete_schedule": "runs:create",
    "pause_schedule": "runs:create",
    "resume_schedule": "runs:create",
    "run_schedule": "runs:create",
    "list_fires": "runs:read",
    "list_files": "vault:read",
    "upload_file": "vault:write",
    "get_file": "vault:read",
    "link_file": "vault:read",
    "delete_file": "vault:write",
    "list_models": "runs:read",
    "list_endpoints": "webhooks:manage",
    "create_endpoint": "webhooks:manage",
    "get_endpoint": "webhooks:manage",
    "change_endpoint": "webhooks:manage",
    "delete_endpoint": "webhooks:manage",
    "rotate_endpoint_secret": "webhooks:manage",
    "test_endpoint": "webhooks:manage",
    "rotate_signing_secret": "webhooks:manage",
    "list_deliveries": "webhooks:manage",
    "list_dead_letters": "webhooks:manage",
    "replay_dead_letter": "webhooks:manage",
    "replay_dead_letters": "webhooks:manage",
    "list_connections": "connections:manage",
    "create_connection": "connections:manage",
    "get_connection": "connections:manage",
    "change_connection": "connections:manage",
    "delete_connection": "connections:manage",
    "test_connection": "connections:manage",
    "list_reviews": "reviews:decide",
    "get_review": "reviews:decide",
    "assign_review": "reviews:decide",
    "comment_review": "reviews:decide",
    "decide_review": "reviews:decide",
    "dispose_run": "reviews:decide",
    "read_calibration": "runs:read",
    "get_workspace": "runs:read",
    "change_workspace": "workspace:manage",
    "list_projects": "runs:read",
    "create_project": "workspace:manage",
    "rename_project": "workspace:manage",
    "list_members": "runs:read",
    "change_member": "workspace:manage",
    "remove_member": "workspace:manage",
    "list_invitations": "workspace:manage",
    "create_invitation": "workspace:manage",
    "revoke_invitation": "workspace:manage",
    "read_usage": "usage:read",
    "list_budgets": "workspace:manage",
    "set_budgets": "workspace:manage",
    "list_audit": "audit:read",
    "audit_key": "audit:read",
}
"""What every operation needs, written down a second time on purpose."""
OPEN = {"live", "ready", "dependencies", "version", "download", *PAGES}
DOORS = {"sign_in", "set_up", "accept_invitation"}
"""Open to everybody who knows a password or a token."""
OF_PEOPLE = {"get_session", "switch_session", "sign_out", "change_password", "list_sessions", "end_session"}
"""For people who are signed in."""
KEY_ONLY = {"whoami", *OF_PEOPLE}


def test_every_operation_says_what_it_needs(document: Document) -> None:
    said = {name: operation.get("x-capability") for name, (_, _, operation) in document.operations.items()}
    assert {name: one for name, one in said.items() if one is not None} == LOCKED
    assert {name for name, one in said.items() if one is None} == OPEN | DOORS | KEY_ONLY
    free = {name for name, (_, _, operation) in document.operations.items() if operation.get("security") == []}
    assert free == OPEN | DOORS


def ask(caller: Caller, document: Document, name: str, ids: Ids) -> httpx2.Response:
    method, path, rest = request_of(document, name, ids)
    return caller.ask(method, path, **rest)


@pytest.mark.parametrize("name", sorted([*LOCKED, *KEY_ONLY]))
def test_without_a_key_nothing_is_said_but_that_one_is_needed(name: str, document: Document, stranger: Caller) -> None:
    assert refusal(ask(stranger, document, name, Ids())) == (401, "AUTH_MISSING_HEADER")


@pytest.mark.parametrize("name", sorted(OPEN))
def test_what_is_open_answers_without_a_key(name: str, document: Document, stranger: Caller) -> None:
    assert ask(stranger, document, name, Ids()).status_code in (200, 404)


@pytest.mark.parametrize("name", sorted(OF_PEOPLE))
def test_what_is_for_people_is_no_matter_of_keys(name: str, document: Document, live: Caller) -> None:
    assert refusal(ask(live, document, name, Ids())) == (403, "SESSION_REQUIRED")


@pytest.mark.parametrize("name", sorted(DOORS))
def test_a_door_opens_to_no_key(name: str, document: Document, live: Caller) -> None:
    assert refusal(ask(live, document, name, Ids())) in {(401, "AUTH_LOGIN_FAILED"), (410, "LINK_EXPIRED")}


@pytest.fixture(scope="module")
def crowd(registry: Registry) -> Tenant:
    """One workspace for the whole matrix."""
    return registry.tenant()


@pytest.fixture(scope="module")
def owned(http: httpx2.Client, registry: Registry, crowd: Tenant) -> Ids:
    reception = Reception(http, registry)
    owner = reception.owner(crowd)
    ids = replace(possessions(Caller(http, crowd.live)), **people_of(reception, owner), session_id=owner.session["id"])
    reception.close()
    return ids


@pytest.mark.parametrize(("name", "capability"), sorted(LOCKED.items()))
def test_without_its_capability_an_operation_is_refused_and_the_capability_named(
    name: str, capability: str, document: Document, http: httpx2.Client, registry: Registry, crowd: Tenant, owned: Ids
) -> None:
    rest = EVERYTHING - {Capability(capability)}
    answer = ask(Caller(http, registry.key(crowd, capabilities=rest)), document, name, owned)
    assert refusal(answer) == (403, "CAPABILITY_MISSING")
    assert answer.json()["error"]["details"]["capability"] == capability
    assert capability in answer.json()["error"]["message"]


@pytest.mark.parametrize(("name", "capability"), sorted(LOCKED.items()))
def test_with_its_capability_alone_an_operation_is_carried_out(
    name: str, capability: str, document: Document, http: httpx2.Client, registry: Registry, crowd: Tenant, owned: Ids
) -> None:
    ids = owned
    if name in ("delete_run", "cancel_run", "signal_run", "acknowledge_run", "resume_run"):
        task = {"signal_run": "[test:input]", "cancel_run": "[test:input]"}.get(name, "[test:complete]")
        ids = replace(owned, run_id=Caller(http, crowd.test).finished(task)["id"])
    if name == "read_receipt":
        tester = Caller(http, crowd.test)
        ids = replace(owned, run_id=tester.finished()["id"])
        assert tester.post(f"/v1/runs/{ids.run_id}/ack").status_code == 200
    if name in ("rotate_key", "scope_key"):
        some = frozenset({Capability.KEYS_MANAGE})
        ids = replace(owned, key_id=key_rules.read(registry.key(crowd, capabilities=some))[0])
    if name == "delete_endpoint":
        ids = replace(owned, endpoint_id=new_endpoint(Caller(http, crowd.live)))
    if name == "delete_connection":
        ids = replace(owned, connection_id=new_connection(Caller(http, crowd.live)))
    if name == "delete_schedule":
        ids = replace(owned, schedule_id=new_schedule(Caller(http, crowd.live)))
    if name in ("change_member", "remove_member", "revoke_invitation"):
        reception = Reception(http, registry)
        ids = replace(owned, **people_of(reception, reception.owner(crowd)))
        reception.close()
    if name == "delete_file":
        ids = replace(owned, file_id=upload(Caller(http, crowd.live)))
    if name == "revoke_key":
        lesser = registry.key(crowd, capabilities=frozenset({Capability.KEYS_MANAGE}))
        ids = replace(owned, key_id="key_" + lesser.removeprefix("fo_live_")[:26])
    wanted = {Capability(capability)} | ALSO.get(name, set())
    key = registry.key(crowd, capabilities=frozenset(wanted), mode=Mode.TEST if name == "create_run" else Mode.LIVE)
    answer = ask(Caller(http, key), document, name, ids)
    # A decision is about what was shown: this one was let in, and is about something else.
    expected = (409,) if name == "decide_review" else (200, 201, 202, 204)
    assert answer.status_code in expected, answer.text


def test_an_order_is_placed_again_only_by_who_may_also_read_it(
    document: Document, http: httpx2.Client, registry: Registry, crowd: Tenant, owned: Ids
) -> None:
    key = registry.key(crowd, capabilities=frozenset({Capability.RUNS_CREATE}))
    answer = ask(Caller(http, key), document, "rerun", owned)
    assert refusal(answer) == (403, "CAPABILITY_MISSING")
    assert answer.json()["error"]["details"]["capability"] == "runs:read"


def test_who_may_act_but_not_read_is_told_the_state_and_no_content(
    http: httpx2.Client, registry: Registry, crowd: Tenant, owned: Ids
) -> None:
    waiting = Caller(http, crowd.test).finished("[test:input]")
    may_signal = frozenset({Capability.RUNS_SIGNAL})
    signaller = Caller(http, registry.key(crowd, capabilities=may_signal, mode=Mode.TEST))
    told = signaller.post(f"/v1/runs/{waiting['id']}/resume").json()
    assert told["status"] == "awaiting_input"
    assert told["awaiting"] is None
    other = Caller(http, registry.key(crowd, capabilities=may_signal))
    assert other.post(f"/v1/runs/{owned.run_id}/resume").json()["artifacts"] == []


def test_a_test_key_does_not_reach_live_runs(http: httpx2.Client, crowd: Tenant, owned: Ids) -> None:
    trial, path = Caller(http, crowd.test), f"/v1/runs/{owned.run_id}"
    assert Caller(http, crowd.live).get(path).status_code == 200
    assert refusal(trial.get(path)) == (404, "NOT_FOUND")
    assert refusal(trial.post(f"{path}/cancel")) == (404, "NOT_FOUND")
    assert refusal(trial.ask("DELETE", path)) == (404, "NOT_FOUND")
    assert refusal(trial.get(f"{path}/events")) == (404, "NOT_FOUND")
    for mode in ("live", "all"):
        assert owned.run_id not in {run["id"] for run in trial.get(f"/v1/runs?mode={mode}&limit=100").json()["data"]}


@pytest.fixture(scope="module")
def foreigner(http: httpx2.Client, registry: Registry) -> Caller:
    """The owner of another workspace."""
    return Caller(http, registry.tenant().live)


WITHOUT_ID = {
    "list_members",
    "list_invitations",
    "create_invitation",
    "list_schedules",
    "create_schedule",
    "list_endpoints",
    "create_endpoint",
    "list_connections",
    "create_connection",
    "rotate_signing_secret",
    "list_deliveries",
    "list_dead_letters",
    "replay_dead_letters",
    "create_run",
    "list_runs",
    "create_key",
    "list_keys",
    "list_files",
    "upload_file",
    "list_models",
    "receipt_key",
    "list_audit",
    "audit_key",
    "get_workspace",
    "change_workspace",
    "list_projects",
    "create_project",
    "list_reviews",
    "read_calibration",
    "read_usage",
    "list_budgets",
    "set_budgets",
}


def told(answer: httpx2.Response) -> tuple[int, Any]:
    body = answer.json()
    return answer.status_code, {name: value for name, value in body.items() if name != "request_id"}


@pytest.mark.parametrize("name", sorted(set(LOCKED) - WITHOUT_ID))
def test_what_belongs_to_others_is_as_absent_as_what_never_was(
    name: str, document: Document, foreigner: Caller, owned: Ids
) -> None:
    foreign, absent = ask(foreigner, document, name, owned), ask(foreigner, document, name, Ids())
    assert refusal(foreign) == (404, "NOT_FOUND")
    assert told(foreign) == told(absent)


def test_an_artifact_of_others_cannot_be_read_through_a_run_of_ones_own(foreigner: Caller, owned: Ids) -> None:
    mine = foreigner.finished("x", agent="coding")["id"]
    answers = [foreigner.get(f"/v1/runs/{mine}/artifacts/{one}") for one in (owned.artifact_id, Ids().artifact_id)]
    assert told(answers[0]) == told(answers[1])
    assert answers[0].status_code == 404


def whole(caller: Caller, path: str, query: dict[str, str]) -> str:
    """All pages of a list, as text."""
    text, cursor = "", None
    while True:
        page = caller.get(path, params={**query, "limit": "100", **({"cursor": cursor} if cursor else {})})
        text, cursor = text + page.text, page.json()["pagination"]["next_cursor"]
        if cursor is None:
            return text


def test_lists_hold_nothing_of_others(http: httpx2.Client, foreigner: Caller, crowd: Tenant, owned: Ids) -> None:
    for path, query, foreign in (
        ("/v1/runs", {"mode": "all"}, owned.run_id),
        ("/v1/runs", {"mode": "all", "q": owned.run_id}, owned.run_id),
        ("/v1/runs", {"mode": "all", "project_id": crowd.project_id}, owned.run_id),
        ("/v1/api-keys", {}, owned.key_id),
        ("/v1/vault/files", {}, owned.file_id),
        ("/v1/webhooks/endpoints", {}, owned.endpoint_id),
        ("/v1/webhooks/deliveries", {}, owned.delivery_id),
        ("/v1/connections", {}, owned.connection_id),
    ):
        assert foreign in whole(Caller(http, crowd.live), path, query)
        assert foreign not in whole(foreigner, path, query)


def test_a_cursor_of_others_leads_into_ones_own_list_alone(
    http: httpx2.Client, foreigner: Caller, crowd: Tenant
) -> None:
    owner = Caller(http, crowd.live)
    cursor = owner.get("/v1/api-keys", params={"limit": 1}).json()["pagination"]["next_cursor"]
    answer = foreigner.get("/v1/api-keys", params={"cursor": cursor})
    if answer.status_code == 200:
        mine = {one["id"] for one in foreigner.get("/v1/api-keys", params={"limit": 100}).json()["data"]}
        assert {one["id"] for one in answer.json()["data"]} <= mine


def orders_with_foreign_parts(crowd: Tenant, owned: Ids) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    absent = Ids()
    yield {"files": [owned.file_id]}, {"files": [absent.file_id]}
    yield {"attachment_refs": [owned.file_id]}, {"attachment_refs": [absent.file_id]}
    yield {"project_id": crowd.project_id}, {"project_id": "prj_" + "0" * 26}
    yield {"deliver_to": [{"connection": owned.connection_id}]}, {"deliver_to": [{"connection": absent.connection_id}]}


def test_an_order_cannot_name_what_belongs_to_others(foreigner: Caller, crowd: Tenant, owned: Ids) -> None:
    for foreign, absent in orders_with_foreign_parts(crowd, owned):
        order = {"agent": "research", "task": QUESTION}
        answers = [foreigner.post("/v1/runs", {**order, **part}) for part in (foreign, absent)]
        assert answers[0].status_code in (400, 404), foreign
        # The message may name what was asked for, and nothing else tells the two apart.
        for answer, part in zip(answers, (foreign, absent), strict=True):
            named = next(iter(part.values()))
            assert refusal(answer)
            answer.encoding = "utf-8"
            part["told"] = answer.text.replace(str(named if isinstance(named, str) else named[0]), "X")
        strip = [one["told"].partition('"request_id"')[0] for one in (foreign, absent)]
        assert strip[0] == strip[1]


def test_a_wait_of_others_cannot_be_answered(http: httpx2.Client, foreigner: Caller, crowd: Tenant) -> None:
    theirs = Caller(http, crowd.test).finished("[test:input]")
    answer = foreigner.post(f"/v1/runs/{theirs['id']}/signal", {"action": "approve"})
    assert refusal(answer) == (404, "NOT_FOUND")
    assert Caller(http, crowd.test).run(theirs["id"])["status"] == "awaiting_input"


def test_one_idempotency_key_in_two_workspaces_makes_two_runs(
    http: httpx2.Client, registry: Registry, crowd: Tenant
) -> None:
    order, headers = {"agent": "research", "task": "[test:complete]"}, {"Idempotency-Key": "the-same"}
    made = [Caller(http, tenant.test).post("/v1/runs", order, headers=headers) for tenant in (crowd, registry.tenant())]
    assert [one.status_code for one in made] == [201, 201]
    assert made[0].json()["id"] != made[1].json()["id"]


def test_a_test_key_makes_test_runs_and_a_live_key_live_ones(http: httpx2.Client, crowd: Tenant) -> None:
    assert Caller(http, crowd.test).create()["mode"] == "test"
    assert Caller(http, crowd.live).create("[test:complete]", agent="coding")["mode"] == "live"
