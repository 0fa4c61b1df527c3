"""How runs end and what stays: outcomes, cancellation, erasure, deletion, reruns, deliverables. Section 2.3."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from contract.asking import QUESTION, Ids, possessions, upload
from futurone_server.features.keys import Capability
from house import EVERYTHING, Caller, Json, Registry, Tenant, refusal

OUTCOMES = [
    ("[test:complete]", "completed", 0.97, None),
    ("anything at all", "completed", 0.97, None),
    ("[test:escalate]", "escalated", 0.42, "VERIFICATION_BELOW_THRESHOLD"),
    ("[test:fail]", "failed", None, "SCRIPTED_FAILURE"),
    ("[test:nonsense]", "failed", None, "UNKNOWN_DIRECTIVE"),
]


@pytest.mark.parametrize(("task", "status", "confidence", "reason"), OUTCOMES)
def test_a_run_ends_as_its_directive_says(
    task: str, status: str, confidence: float | None, reason: str | None, scripted: Caller
) -> None:
    run = scripted.finished(task)
    assert (run["status"], run["confidence"], run["why"]) == (status, confidence, None)
    told = run["error"] or run["escalation"] or {"reason_code": None}
    assert told["reason_code"] == reason
    assert (run["error"] is not None) == (status == "failed")
    assert (run["escalation"] is not None) == (status == "escalated")
    assert run["usage"]["billed"] == (status != "failed")
    assert run["created_at"] <= run["started_at"] <= run["completed_at"]


def test_the_row_says_no_more_than_the_stream_tells(scripted: Caller) -> None:
    for task, status, _, reason in OUTCOMES:
        run = scripted.finished(task)
        events = scripted.events(run["id"])
        assert events[-1]["seq"] == run["last_event_id"]
        value = events[-1]["payload"]["value"]
        assert (value["status"], value["confidence"], value["reason_code"]) == (status, run["confidence"], reason)
        assert sum(one["type"] == "step.done" for one in events) >= run["steps_completed"]


def test_a_run_over_its_own_limit_fails_and_says_which(scripted: Caller) -> None:
    run = scripted.finished("[test:slow]", budget={"max_wall_s": 1})
    assert (run["status"], run["error"]["reason_code"]) == ("failed", "LIMIT_EXCEEDED")
    assert "max_wall_s" in run["error"]["message"]
    assert scripted.events(run["id"])[-1]["type"] == "run.limit_exceeded"


def test_a_threshold_of_the_run_decides_over_completion(scripted: Caller) -> None:
    assert scripted.finished("[test:escalate]", threshold=0.4)["status"] == "completed"
    assert scripted.finished("[test:complete]", threshold=0.98)["status"] == "escalated"


STATES: list[tuple[str, Callable[[Caller], Json]]] = [
    ("queued or planning", lambda caller: caller.create("[test:slow]")),
    ("running", lambda caller: until_running(caller, caller.create("[test:slow]"))),
    ("awaiting_input", lambda caller: caller.finished("[test:input]")),
]


def until_running(caller: Caller, run: Json) -> Json:
    while run["status"] != "running":
        run = caller.run(run["id"])
    return run


@pytest.mark.parametrize("start", [one[1] for one in STATES], ids=[one[0] for one in STATES])
def test_cancelling_ends_a_run_whatever_it_is_doing(start: Callable[[Caller], Json], scripted: Caller) -> None:
    run = start(scripted)
    first = scripted.post(f"/v1/runs/{run['id']}/cancel")
    assert (first.status_code, first.json()["status"]) == (202, "cancelled")
    again = scripted.post(f"/v1/runs/{run['id']}/cancel")
    assert (again.status_code, again.json()) == (200, first.json())
    shown = scripted.run(run["id"], wait=5)
    assert (shown["status"], shown["awaiting"], shown["why"]) == ("cancelled", None, None)
    events = scripted.events(run["id"])
    assert [one["type"] for one in events].count("run.cancelled") == 1
    assert events[-1]["type"] == "run.cancelled"
    assert events[-1]["seq"] == shown["last_event_id"]
    assert shown["usage"]["billed"] is True


@pytest.mark.parametrize("task", ["[test:complete]", "[test:escalate]", "[test:fail]"])
def test_a_run_that_has_ended_otherwise_cannot_be_cancelled(task: str, scripted: Caller) -> None:
    run = scripted.finished(task)
    answer = scripted.post(f"/v1/runs/{run['id']}/cancel")
    assert refusal(answer) == (409, "RUN_ALREADY_TERMINAL")
    assert answer.json()["error"]["details"]["status"] == run["status"]
    assert scripted.run(run["id"]) == run


def test_after_its_cancellation_a_run_says_nothing_more(scripted: Caller) -> None:
    run = until_running(scripted, scripted.create("[test:steps 100 sleep 0.02]"))
    scripted.post(f"/v1/runs/{run['id']}/cancel")
    events = scripted.events(run["id"])
    other = scripted.finished("[test:steps 2 sleep 0.1]")
    assert other["status"] == "completed"
    assert scripted.events(run["id"]) == events


def test_acknowledging_erases_the_content_and_keeps_the_facts(scripted: Caller) -> None:
    run = scripted.finished("[test:input]")
    scripted.post(f"/v1/runs/{run['id']}/signal", {"action": "reject", "payload": {"reason": "no"}})
    before = scripted.events(run["id"])
    answer = scripted.post(f"/v1/runs/{run['id']}/ack")
    assert answer.status_code == 200
    content = answer.json()["content"]
    assert (content["state"], content["erases_at"]) == ("erased", None)
    assert content["erased_at"] is not None
    after = scripted.events(run["id"])
    assert [(one["seq"], one["type"], one["timestamp"]) for one in after] == [
        (one["seq"], one["type"], one["timestamp"]) for one in before
    ]
    assert [one["payload"]["redacted"] for one in before].count(True) == 1, "but for the order itself"
    assert "Planning." not in str(after)
    assert "May the test go on?" not in str(after)
    for old, new in zip(before, after, strict=True):
        gone = old["payload"]["value"].keys() - new["payload"]["value"].keys()
        assert new["payload"]["redacted"] or not gone
        assert gone <= {"text", "goal", "prompt", "fields", "summary"}
    assert scripted.post(f"/v1/runs/{run['id']}/ack").json() == answer.json(), "acknowledging is repeatable"


def test_both_streams_keep_their_ids_when_the_content_goes(scripted: Caller) -> None:
    run = scripted.finished()
    paths = [f"/v1/runs/{run['id']}/events", f"/v1/runs/{run['id']}/events/stream"]
    before = [scripted.stream(path)[1] for path in paths]
    scripted.post(f"/v1/runs/{run['id']}/ack")
    after = [scripted.stream(path)[1] for path in paths]
    for old, new in zip(before, after, strict=True):
        assert [one[:2] for one in old] == [one[:2] for one in new]
    begun, *said = [data for _, name, data in after[0] if name in ("status", "run_done")]
    assert begun == {"text": "Work has begun."}  # no content: every run says it
    assert all(data["redacted"] is True for data in said)
    assert not any("text" in data or "summary" in data for data in said)


def test_a_run_that_has_not_ended_cannot_be_acknowledged(scripted: Caller) -> None:
    run = scripted.finished("[test:input]")
    assert refusal(scripted.post(f"/v1/runs/{run['id']}/ack")) == (409, "RUN_NOT_TERMINAL")
    assert scripted.run(run["id"]) == run


def test_content_is_erased_when_its_window_is_over(scripted: Caller) -> None:
    run = scripted.finished(retention={"mode": "zero", "window_s": 0})
    while run["content"]["state"] == "available":
        assert run["content"]["erases_at"] is not None
        run = scripted.run(run["id"])
    assert refusal(scripted.post(f"/v1/runs/{run['id']}/rerun")) == (410, "CONTENT_ERASED")


def test_content_that_is_kept_has_no_end(scripted: Caller) -> None:
    assert scripted.finished(retention="keep")["content"] == {
        "state": "available",
        "erased_at": None,
        "erases_at": None,
    }
    assert scripted.finished()["content"]["erases_at"] is not None


@pytest.mark.parametrize("task", ["[test:complete]", "[test:input]", "[test:slow]"])
def test_a_deleted_run_is_gone_with_everything_of_it(task: str, scripted: Caller) -> None:
    run = scripted.create("[test:slow]") if task == "[test:slow]" else scripted.finished(task)
    assert scripted.ask("DELETE", f"/v1/runs/{run['id']}").status_code == 204
    path = f"/v1/runs/{run['id']}"
    for method, rest in (
        ("GET", ""), ("GET", "/events"), ("GET", "/events/stream"), ("GET", "/artifacts"), ("GET", "/plan"),
        ("GET", "/verification"), ("POST", "/cancel"), ("POST", "/ack"), ("POST", "/rerun"), ("POST", "/resume"),
        ("DELETE", ""),
    ):  # fmt: skip
        assert refusal(scripted.ask(method, path + rest)) == (404, "NOT_FOUND"), rest
    assert scripted.get("/v1/runs").json()["pagination"]["total"] == 0


def test_a_rerun_is_a_new_run_of_the_same_order(scripted: Caller) -> None:
    order: dict[str, Any] = {"metadata": {"n": 1}, "workspace_id": "acme", "threshold": 0.5, "retention": "keep"}
    first = scripted.finished("[test:escalate]", **order)
    made = scripted.post(f"/v1/runs/{first['id']}/rerun")
    assert made.status_code == 201
    second = scripted.run(made.json()["id"], wait=30)
    assert second["origin"] == {"kind": "rerun", "trigger_id": None, "parent_run_id": first["id"], "attempt": 2}
    same = ("agent", "status", "confidence", "threshold", "metadata", "workspace_id", "project_id", "mode")
    assert [second[name] for name in same] == [first[name] for name in same]
    assert second["content"]["erases_at"] is None
    third = scripted.post(f"/v1/runs/{second['id']}/rerun").json()
    assert third["origin"]["attempt"] == 3


@pytest.fixture(scope="module")
def office(registry: Registry) -> Tenant:
    """A workspace where research has been done."""
    return registry.tenant()


@pytest.fixture(scope="module")
def owner(http: httpx2.Client, office: Tenant) -> Caller:
    return Caller(http, office.live)


@pytest.fixture(scope="module")
def done(owner: Caller) -> Ids:
    return possessions(owner)


def test_artifacts_are_listed_and_read(owner: Caller, done: Ids) -> None:
    listed = owner.get(f"/v1/runs/{done.run_id}/artifacts").json()["data"]
    assert listed == owner.run(done.run_id)["artifacts"]
    one = listed[0]
    assert (one["final"], one["engine"], one["media_type"]) == (True, "deterministic", "text/markdown")
    path = f"/v1/runs/{done.run_id}/artifacts/{one['id']}"
    original, markdown, page = (owner.get(path + query) for query in ("", "?format=md", "?format=html"))
    assert original.headers["content-type"] == markdown.headers["content-type"] == "text/markdown; charset=utf-8"
    assert original.text == markdown.text
    assert "0.85" in original.text
    assert len(original.content) == one["bytes"]
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for answer in (original, markdown, page):
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("wanted", ["exe", "PDF", ""])
def test_a_form_that_the_server_does_not_have_is_refused(wanted: str, owner: Caller, done: Ids) -> None:
    answer = owner.get(f"/v1/runs/{done.run_id}/artifacts/{done.artifact_id}", params={"format": wanted})
    assert refusal(answer) == (400, "FIELD_INVALID")
    assert answer.json()["error"]["details"]["field"] == "format"


def test_the_plan_shows_how_each_step_stands(owner: Caller, done: Ids, scripted: Caller) -> None:
    plan = owner.get(f"/v1/runs/{done.run_id}/plan").json()
    assert plan["goal"] == QUESTION
    assert {step["state"] for step in plan["steps"]} == {"done"}
    known: set[str] = set()
    for step in plan["steps"]:
        assert set(step["depends_on"]) <= known
        known.add(step["id"])
    waiting = scripted.get(f"/v1/runs/{scripted.finished('[test:input]')['id']}/plan").json()
    states = [step["state"] for step in waiting["steps"]]
    assert (states[0], states[2:]) == ("done", ["pending", "pending"])


def test_a_run_without_a_plan_yet_has_an_empty_one(scripted: Caller) -> None:
    failed = scripted.finished("[test:nonsense]")
    plan = scripted.get(f"/v1/runs/{failed['id']}/plan").json()
    assert (plan["steps"], plan["revision"], plan["goal"]) == ([], 0, None)


def test_the_verification_accounts_for_the_confidence(owner: Caller, done: Ids, scripted: Caller) -> None:
    run = owner.run(done.run_id)
    told = owner.get(f"/v1/runs/{done.run_id}/verification").json()
    assert (told["confidence"], told["threshold"]) == (run["confidence"], run["threshold"])
    assert told["passed"] == sum(check["passed"] for check in told["checks"])
    assert told["total"] == len(told["checks"]) > 1
    assert all(check["reason"] for check in told["checks"])
    assert told["sections"][0]["is_answered"] is True
    below = scripted.get(f"/v1/runs/{scripted.finished('[test:escalate]')['id']}/verification").json()
    assert (below["passed"], below["total"], below["redacted"]) == (0, 1, False)
    none = scripted.get(f"/v1/runs/{scripted.finished('[test:fail]')['id']}/verification").json()
    assert (none["verification"], none["checks"], none["confidence"]) == ("none", [], None)


def test_deliverables_are_gone_with_the_content_and_the_scores_stay(owner: Caller) -> None:
    ids = possessions(owner)
    before = owner.run(ids.run_id)
    owner.post(f"/v1/runs/{ids.run_id}/ack")
    path = f"/v1/runs/{ids.run_id}/artifacts/{ids.artifact_id}"
    assert refusal(owner.get(path)) == (410, "CONTENT_ERASED")
    after = owner.run(ids.run_id)
    (known,) = before["artifacts"]
    left = {**known, "label": None, "sha256": None, "provenance": {**known["provenance"], "sources": None}}
    assert after["artifacts"] == [left]
    assert after["confidence"] == before["confidence"]
    told = owner.get(f"/v1/runs/{ids.run_id}/verification").json()
    assert (told["redacted"], told["confidence"], told["sections"]) == (True, before["confidence"], [])
    assert not any(check.get("reason") for check in told["checks"])
    plan = owner.get(f"/v1/runs/{ids.run_id}/plan").json()
    assert (plan["redacted"], plan["goal"]) == (True, None)
    assert all(step["label"] is None for step in plan["steps"])
    assert len(plan["steps"]) == before["steps_total"]


def test_what_is_held_for_review_is_shown_to_reviewers_alone(
    http: httpx2.Client, registry: Registry, office: Tenant, owner: Caller
) -> None:
    run = owner.finished(QUESTION, files=[upload(owner)], threshold=1.0)
    assert run["status"] == "escalated"
    assert run["artifacts"][0]["final"] is False
    path = f"/v1/runs/{run['id']}/artifacts/{run['artifacts'][0]['id']}"
    others = Caller(http, registry.key(office, capabilities=EVERYTHING - {Capability.REVIEWS_DECIDE}))
    assert refusal(others.get(path)) == (409, "HELD_FOR_REVIEW")
    assert owner.get(path).status_code == 200
    shown = [data for _, name, data in others.stream(f"/v1/runs/{run['id']}/events")[1] if name == "artifact"]
    assert {data["final"] for data in shown} == {False}
