"""Orders: the two forms, their members, what is refused and how. Section 2.3 of the contract."""

from typing import Any

import pytest

from contract.asking import upload
from house import Caller, Json, Registry, Tenant, refusal

TASK = {"agent": "research", "task": "[test:complete]"}
INPUT = {"input": {"user_query": "[test:complete]"}}
ONCE = {"Idempotency-Key": "k"}
NULLS = ("confidence", "completed_at", "started_at", "awaiting", "error", "escalation", "workspace_id", "subject_id")


def test_a_new_run_is_queued_and_says_why_it_has_not_ended(scripted: Caller, workspace: Tenant) -> None:
    run = scripted.create()
    assert (run["object"], run["status"], run["mode"], run["agent"]) == ("run", "queued", "test", "research")
    assert [run[name] for name in NULLS] == [None] * len(NULLS)
    assert run["why"]["waiting_for"]
    assert run["threshold"] == 0.85
    assert run["project_id"] == workspace.project_id
    assert run["origin"] == {"kind": "api", "trigger_id": None, "parent_run_id": None, "attempt": 1}
    assert run["content"] == {"state": "available", "erased_at": None, "erases_at": None}
    assert (run["steps_completed"], run["steps_total"], run["artifacts"], run["last_event_id"]) == (0, 0, [], 1)


def test_a_new_run_can_be_read_and_its_first_event_with_it(scripted: Caller) -> None:
    run = scripted.create()
    assert scripted.run(run["id"])["id"] == run["id"]
    assert scripted.events(run["id"])[0]["type"] == "run.created"


def test_what_was_ordered_is_never_echoed(scripted: Caller) -> None:
    marker = "Zm9v-content-of-an-order"
    run = scripted.create(f"[test:complete] {marker}", sensitivity_tags=[marker], routing_hint=marker)
    done = scripted.run(run["id"], wait=30)
    assert marker not in str(run) + str(done) + str(scripted.events(run["id"]))
    assert marker not in scripted.get("/v1/runs").text


def test_form_b_takes_an_object_and_the_default_agent(scripted: Caller) -> None:
    made = scripted.post("/v1/runs", INPUT, headers=ONCE)
    assert made.status_code == 201
    assert made.json()["agent"] == "research"
    assert scripted.run(made.json()["id"], wait=30)["status"] == "completed"


def test_form_b_needs_the_idempotency_key(scripted: Caller) -> None:
    assert refusal(scripted.post("/v1/runs", INPUT)) == (400, "IDEMPOTENCY_KEY_MISSING")


def test_a_run_in_test_mode_does_what_the_directive_in_its_query_says(scripted: Caller) -> None:
    made = scripted.post("/v1/runs", {"input": {"user_query": "please [test:fail] now"}}, headers=ONCE)
    assert scripted.run(made.json()["id"], wait=30)["status"] == "failed"


@pytest.mark.parametrize("agent", ["coding", "strategy", "content", "research"])
def test_every_domain_agent_is_accepted(agent: str, live: Caller) -> None:
    run = live.finished("Compare the two.", agent=agent)
    assert run["status"] == "escalated"
    wanted = "NO_SOURCES" if agent in {"research", "coding"} else "MODEL_REQUIRED"
    assert run["escalation"]["reason_code"] == wanted
    assert run["escalation"]["message"]


LABELS: dict[str, Any] = {
    "workspace_id": "acme",
    "subject_id": "user-9",
    "metadata": {"ticket": "RES-1", "n": 7, "x": 0.5, "yes": True},
}


def test_labels_and_metadata_come_back_as_they_were_given(scripted: Caller) -> None:
    run = scripted.create(**LABELS)
    for shown in (run, scripted.run(run["id"], wait=30), scripted.get("/v1/runs").json()["data"][0]):
        assert {name: shown[name] for name in LABELS} == LABELS
        assert isinstance(shown["metadata"]["yes"], bool)
        assert isinstance(shown["metadata"]["n"], int)


ACCEPTED: list[dict[str, Any]] = [
    {"connections": []},
    {"webhook_url": "https://example.com/hook"},
    {"metadata": {f"k{number}": "v" * 512 for number in range(16)}},
    {"metadata": {"k" * 64: ""}},
    {"streaming": True},
    {"routing_hint": "fast"},
    {"sensitivity_tags": ["pii"]},
    {"threshold": 0},
    {"threshold": 1},
    {"threshold": 0.5},
    {"budget": {"max_cost_usd": 1.5, "max_tokens": 1000, "max_tool_calls": 5, "max_wall_s": 60}},
    {"budget": {}},
    {"retention": "keep"},
    {"retention": "zero"},
    {"retention": {"mode": "zero", "window_s": 0}},
    {"retention": {"mode": "keep"}},
    {"rubric": "research"},
    {"rubric": "inquiry"},
    {"agent": "coding", "rubric": "coding"},
    {"task": "\u00e4\u6f22\U0001f600 [test:complete]"},
    {"task": "x" * 64_000},
]


@pytest.mark.parametrize("members", ACCEPTED, ids=lambda members: next(iter(members)))
def test_every_member_of_an_order_is_accepted(members: dict[str, Any], scripted: Caller) -> None:
    assert scripted.post("/v1/runs", {**TASK, **members}).status_code == 201


REFUSED: list[tuple[str, Json, str, str]] = [
    ("nothing", {}, "FIELD_MISSING", "task"),
    ("both forms", {**TASK, **INPUT}, "FIELD_INVALID", "input"),
    ("no agent", {"task": "x"}, "FIELD_MISSING", "agent"),
    ("unknown agent", {**TASK, "agent": "poetry"}, "FIELD_INVALID", "agent"),
    ("agent of a wrong type", {**TASK, "agent": 5}, "FIELD_INVALID", "agent"),
    ("blank task", {**TASK, "task": " \n "}, "FIELD_INVALID", "task"),
    ("task too long", {**TASK, "task": "x" * 64_001}, "FIELD_INVALID", "task"),
    ("task of a wrong type", {**TASK, "task": ["x"]}, "FIELD_INVALID", "task"),
    ("no query", {"input": {}}, "FIELD_MISSING", "input.user_query"),
    ("blank query", {"input": {"user_query": ""}}, "FIELD_INVALID", "input.user_query"),
    ("query of a wrong type", {"input": {"user_query": 5}}, "FIELD_INVALID", "input.user_query"),
    ("input of a wrong type", {"input": "x"}, "FIELD_INVALID", "input"),
    ("unknown member", {**TASK, "prio": 1}, "UNKNOWN_FIELD", "prio"),
    ("unknown member of a budget", {**TASK, "budget": {"max_eur": 1}}, "UNKNOWN_FIELD", "budget.max_eur"),
    ("connection", {**TASK, "connections": ["conn_1"]}, "FIELD_INVALID", "connections"),
    ("http hook", {**TASK, "webhook_url": "http://example.com"}, "FIELD_INVALID", "webhook_url"),
    ("17 pairs", {**TASK, "metadata": {str(n): "" for n in range(17)}}, "FIELD_INVALID", "metadata"),
    ("long key", {**TASK, "metadata": {"k" * 65: ""}}, "FIELD_INVALID", "metadata"),
    ("empty key", {**TASK, "metadata": {"": ""}}, "FIELD_INVALID", "metadata"),
    ("long value", {**TASK, "metadata": {"k": "v" * 513}}, "FIELD_INVALID", "metadata"),
    ("null value", {**TASK, "metadata": {"k": None}}, "FIELD_INVALID", "metadata.k"),
    ("nested value", {**TASK, "metadata": {"k": {}}}, "FIELD_INVALID", "metadata.k"),
    ("51 files", {**TASK, "files": [f"file_{n}" for n in range(51)]}, "FIELD_INVALID", "files"),
    ("files of a wrong type", {**TASK, "files": "file_1"}, "FIELD_INVALID", "files"),
    ("two words for files", {**TASK, "files": ["a"], "attachment_refs": ["a"]}, "FIELD_INVALID", "attachment_refs"),
    ("threshold above one", {**TASK, "threshold": 1.01}, "FIELD_INVALID", "threshold"),
    ("negative threshold", {**TASK, "threshold": -0.1}, "FIELD_INVALID", "threshold"),
    ("threshold as a text", {**TASK, "threshold": "0.5"}, "FIELD_INVALID", "threshold"),
    ("no wall time", {**TASK, "budget": {"max_wall_s": 0}}, "FIELD_INVALID", "budget.max_wall_s"),
    ("too much wall time", {**TASK, "budget": {"max_wall_s": 7201}}, "FIELD_INVALID", "budget.max_wall_s"),
    ("retention unknown", {**TASK, "retention": "forever"}, "FIELD_INVALID", "retention"),
    ("window too long", {**TASK, "retention": {"mode": "zero", "window_s": 2_592_001}}, "FIELD_INVALID", "retention"),
    ("project unknown", {**TASK, "project_id": "prj_x"}, "FIELD_INVALID", "project_id"),
    ("streaming as a text", {**TASK, "streaming": "yes"}, "FIELD_INVALID", "streaming"),
    ("rubric unknown", {**TASK, "rubric": "poetry"}, "FIELD_INVALID", "rubric"),
    ("rubric of another agent", {**TASK, "rubric": "coding"}, "FIELD_INVALID", "rubric"),
    ("rubric of nobody's agent", {**TASK, "agent": "coding", "rubric": "inquiry"}, "FIELD_INVALID", "rubric"),
    ("rubric of another than the default agent", {**INPUT, "rubric": "content"}, "FIELD_INVALID", "rubric"),
    (
        "51 references",
        {**INPUT, "attachment_refs": [f"file_{n}" for n in range(51)]},
        "FIELD_INVALID",
        "attachment_refs",
    ),
    ("reference twice", {**INPUT, "attachment_refs": ["file_1", "file_1"]}, "FIELD_INVALID", "attachment_refs"),
    ("label too long", {**TASK, "subject_id": "x" * 256}, "FIELD_INVALID", "subject_id"),
]


@pytest.mark.parametrize(("body", "reason", "field"), [one[1:] for one in REFUSED], ids=[one[0] for one in REFUSED])
def test_a_bad_order_names_the_field_and_what_would_be_right(
    body: Json, reason: str, field: str, scripted: Caller
) -> None:
    answer = scripted.post("/v1/runs", body, headers=ONCE)
    assert refusal(answer) == (400, reason)
    named = answer.json()["error"]["details"]["field"]
    assert named == field or named.startswith(f"{field}."), named
    assert answer.json()["error"]["message"].startswith(field)


def test_an_agent_that_does_not_exist_is_not_found(scripted: Caller) -> None:
    assert refusal(scripted.post("/v1/runs", {**TASK, "agent": "agt_" + "0" * 26})) == (404, "NOT_FOUND")


def test_a_refused_order_leaves_nothing_behind_and_its_idempotency_key_free(scripted: Caller) -> None:
    assert refusal(scripted.post("/v1/runs", {**TASK, "prio": 1}, headers=ONCE))[0] == 400
    assert scripted.get("/v1/runs").json()["pagination"]["total"] == 0
    assert scripted.post("/v1/runs", TASK, headers=ONCE).status_code == 201


def test_files_may_be_called_attachment_refs(live: Caller) -> None:
    file_id = upload(live)
    order = {"input": {"user_query": "What is the default threshold of a run?"}, "attachment_refs": [file_id]}
    made = live.post("/v1/runs", order, headers=ONCE)
    assert made.status_code == 201
    assert live.run(made.json()["id"], wait=30)["status"] == "completed"


def test_a_file_named_twice_is_refused(live: Caller) -> None:
    file_id = upload(live)
    answer = live.post("/v1/runs", {"agent": "research", "task": "x", "files": [file_id, file_id]})
    assert refusal(answer) == (400, "FIELD_INVALID")


def test_the_workspaces_settings_are_the_defaults(http: Any, registry: Registry) -> None:
    strict = Caller(http, registry.tenant(threshold=0.99).test)
    assert strict.finished()["status"] == "escalated"
    assert strict.finished(threshold=0.5)["status"] == "completed"
