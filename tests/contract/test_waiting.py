"""Waiting for a run, and answering one that waits for a person. Section 2.3 of the contract."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from house import Caller, Json, refusal

APPROVE: Json = {"action": "approve"}
CITY: Json = {"action": "submit_input", "payload": {"city": "Lisbon", "guests": 12}}


def signal(caller: Caller, run: Json, body: Json) -> Any:
    return caller.post(f"/v1/runs/{run['id']}/signal", body)


def at_the_form(caller: Caller) -> Json:
    """A run that waits for its form."""
    run = caller.finished("[test:input]")
    assert signal(caller, run, {**APPROVE, "input_id": run["awaiting"]["input_id"]}).status_code == 200
    return caller.run(run["id"], wait=30)


def test_the_answer_is_held_until_the_run_has_ended(scripted: Caller) -> None:
    run = scripted.create("[test:steps 3 sleep 0.2]")
    assert scripted.run(run["id"])["completed_at"] is None
    assert scripted.run(run["id"], wait=30)["status"] == "completed"


def test_the_answer_is_held_until_the_run_waits_for_a_person(scripted: Caller) -> None:
    assert scripted.run(scripted.create("[test:input]")["id"], wait=30)["status"] == "awaiting_input"


def test_a_run_that_goes_on_is_answered_when_the_time_is_over(scripted: Caller) -> None:
    run = scripted.create("[test:slow]")
    assert scripted.run(run["id"], wait=1)["status"] in ("queued", "planning", "running")
    scripted.post(f"/v1/runs/{run['id']}/cancel")


def test_a_run_that_is_deleted_while_somebody_waits_for_it_is_not_found(scripted: Caller) -> None:
    run = scripted.create("[test:slow]")
    answers: list[Any] = []
    waiter = threading.Thread(target=lambda: answers.append(scripted.get(f"/v1/runs/{run['id']}", params={"wait": 30})))
    waiter.start()
    assert scripted.ask("DELETE", f"/v1/runs/{run['id']}").status_code == 204
    waiter.join(timeout=20)
    assert [refusal(one) for one in answers] == [(404, "NOT_FOUND")]


@pytest.mark.parametrize("wait", ["61", "-1", "x", "1.5", "", "9" * 30])
def test_a_wait_is_a_number_of_seconds_up_to_sixty(wait: str, scripted: Caller) -> None:
    run = scripted.create()
    answer = scripted.get(f"/v1/runs/{run['id']}?wait={wait}")
    assert refusal(answer) == (400, "FIELD_INVALID")
    assert answer.json()["error"]["details"]["field"] == "wait"


def test_a_run_says_what_it_waits_for(scripted: Caller) -> None:
    run = scripted.finished("[test:input]")
    awaiting = run["awaiting"]
    assert (awaiting["kind"], awaiting["prompt"], awaiting["fields"]) == ("approval", "May the test go on?", [])
    assert awaiting["input_id"].startswith("inp_")
    assert awaiting["expires_at"] == run["why"]["next_wake_at"] > run["created_at"]
    assert run["why"]["waiting_for"] == "a person's answer"
    form = at_the_form(scripted)["awaiting"]
    assert form["kind"] == "form"
    assert [field["name"] for field in form["fields"]] == ["city", "guests"]
    assert form["input_id"] != awaiting["input_id"]


def test_a_run_goes_on_with_its_answers_and_the_events_tell(scripted: Caller) -> None:
    run = at_the_form(scripted)
    assert signal(scripted, run, CITY).status_code == 200
    done = scripted.run(run["id"], wait=30)
    assert (done["status"], done["awaiting"], done["steps_completed"]) == ("completed", None, 4)
    told = [(one["type"], one["payload"]["value"]) for one in scripted.events(run["id"])]
    asked = [value for kind, value in told if kind == "run.awaiting_input"]
    answered = [value for kind, value in told if kind == "run.input_received"]
    assert [one["reason_code"] for one in asked] == ["AWAITING_APPROVAL", "AWAITING_FORM"]
    assert [one["input_kind"] for one in asked] == ["approval", "form"]
    assert [one["action"] for one in answered] == ["approve", "submit_input"]
    assert [one["input_id"] for one in asked] == [one["input_id"] for one in answered]
    assert "Lisbon" not in str(told)


def test_a_rejection_fails_the_run(scripted: Caller) -> None:
    run = scripted.finished("[test:input]")
    reject = {"action": "reject", "payload": {"reason": "Out of scope"}}
    answer = signal(scripted, run, reject)
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["error"]["reason_code"]) == ("failed", "INPUT_REJECTED")
    last = scripted.events(run["id"])[-1]
    assert (last["type"], last["payload"]["value"]["reason_code"]) == ("run.worker.failed", "INPUT_REJECTED")
    assert "Out of scope" not in str(scripted.events(run["id"]))
    assert answer.json()["usage"]["billed"] is False


def test_a_form_can_be_rejected_too(scripted: Caller) -> None:
    assert signal(scripted, at_the_form(scripted), {"action": "reject"}).json()["status"] == "failed"


BAD_ANSWERS: list[tuple[Json, str, str]] = [
    ({"action": "submit_input"}, "FIELD_MISSING", "payload"),
    ({"action": "submit_input", "payload": {}}, "FIELD_MISSING", "payload.city"),
    ({"action": "submit_input", "payload": {"city": ""}}, "FIELD_MISSING", "payload.city"),
    ({"action": "submit_input", "payload": {"city": " \t"}}, "FIELD_MISSING", "payload.city"),
    ({"action": "submit_input", "payload": {"city": 5}}, "FIELD_INVALID", "payload.city"),
    ({"action": "submit_input", "payload": {"city": "x", "guests": "12"}}, "FIELD_INVALID", "payload.guests"),
    ({"action": "submit_input", "payload": {"city": "x", "guests": 0}}, "FIELD_INVALID", "payload.guests"),
    ({"action": "submit_input", "payload": {"city": "x", "guests": 101}}, "FIELD_INVALID", "payload.guests"),
    ({"action": "submit_input", "payload": {"city": "x", "guests": True}}, "FIELD_INVALID", "payload.guests"),
    ({"action": "submit_input", "payload": []}, "FIELD_INVALID", "payload"),
    ({"action": "approve"}, "FIELD_INVALID", "action"),
    ({"action": "fly"}, "FIELD_INVALID", "action"),
    ({}, "FIELD_MISSING", "action"),
    ({**CITY, "color": "red"}, "UNKNOWN_FIELD", "color"),
    ({"action": "reject", "payload": {"why": "x"}}, "UNKNOWN_FIELD", "payload.why"),
    ({"action": "reject", "payload": {"reason": 5}}, "FIELD_INVALID", "payload.reason"),
]


def test_a_bad_answer_names_the_field_and_does_not_consume_the_wait(scripted: Caller) -> None:
    run = at_the_form(scripted)
    for body, reason, field in BAD_ANSWERS:
        answer = signal(scripted, run, body)
        assert refusal(answer) == (400, reason), body
        assert answer.json()["error"]["details"].get("field") == field, body
    assert scripted.run(run["id"]) == run
    assert signal(scripted, run, CITY).status_code == 200


def test_a_field_that_a_form_does_not_have_is_named_like_the_others(scripted: Caller) -> None:
    answer = signal(scripted, at_the_form(scripted), {**CITY, "payload": {"city": "x", "hotel": "y"}})
    assert refusal(answer) == (400, "UNKNOWN_FIELD")
    assert answer.json()["error"]["details"]["field"] == "payload.hotel"


def test_an_approval_with_conditions_is_none(scripted: Caller) -> None:
    run = scripted.finished("[test:input]")
    answer = signal(scripted, run, {"action": "approve", "payload": {"approved": False}})
    assert refusal(answer) == (400, "UNKNOWN_FIELD")
    assert answer.json()["error"]["details"]["field"] == "payload.approved"
    assert scripted.run(run["id"])["awaiting"] == run["awaiting"]
    assert signal(scripted, run, {"action": "approve", "payload": {}}).status_code == 200


def test_an_approval_takes_no_form(scripted: Caller) -> None:
    run = scripted.finished("[test:input]")
    assert refusal(signal(scripted, run, CITY)) == (400, "FIELD_INVALID")
    assert scripted.run(run["id"])["awaiting"] == run["awaiting"]


def test_the_same_answer_again_is_fine_and_another_one_a_conflict(scripted: Caller) -> None:
    run = at_the_form(scripted)
    named = {**CITY, "input_id": run["awaiting"]["input_id"]}
    assert signal(scripted, run, named).status_code == 200
    scripted.run(run["id"], wait=30)
    assert signal(scripted, run, named).status_code == 200
    assert signal(scripted, run, CITY).status_code == 200
    for other in ({**named, "payload": {"city": "Porto"}}, {"action": "reject"}, APPROVE):
        assert refusal(signal(scripted, run, other))[0] == 409
    assert scripted.run(run["id"])["status"] == "completed"


def test_an_answer_sent_again_after_the_next_question_was_asked_is_fine_when_it_names_its_wait(
    scripted: Caller,
) -> None:
    first = scripted.finished("[test:input]")
    named = {**APPROVE, "input_id": first["awaiting"]["input_id"]}
    assert signal(scripted, first, named).status_code == 200
    second = scripted.run(first["id"], wait=30)
    assert second["awaiting"]["kind"] == "form"
    assert signal(scripted, first, named).status_code == 200
    assert scripted.run(first["id"])["awaiting"] == second["awaiting"]


def test_another_answer_to_an_earlier_wait_is_told_that_it_is_over_and_which_one_is_open(scripted: Caller) -> None:
    first = scripted.finished("[test:input]")
    named = {**APPROVE, "input_id": first["awaiting"]["input_id"]}
    assert signal(scripted, first, named).status_code == 200
    second = scripted.run(first["id"], wait=30)
    for body in ({**CITY, "input_id": named["input_id"]}, {"action": "reject", "input_id": named["input_id"]}):
        answer = signal(scripted, first, body)
        assert refusal(answer) == (409, "RUN_NOT_WAITING")
        error = answer.json()["error"]
        current = second["awaiting"]["input_id"]
        assert error["details"] == {"field": "input_id", "status": "awaiting_input", "awaiting": current}
        assert "is over" in error["message"]
        assert current in error["message"]
    assert scripted.run(first["id"])["awaiting"] == second["awaiting"]


def test_an_answer_to_a_wait_that_is_over_says_so_also_when_the_run_waits_for_nothing(scripted: Caller) -> None:
    run = at_the_form(scripted)
    named = {**CITY, "input_id": run["awaiting"]["input_id"]}
    assert signal(scripted, run, named).status_code == 200
    scripted.run(run["id"], wait=30)
    answer = signal(scripted, run, {**named, "payload": {"city": "Porto"}})
    assert refusal(answer) == (409, "RUN_ALREADY_TERMINAL")


def test_of_many_answers_at_once_one_wins(scripted: Caller) -> None:
    run = at_the_form(scripted)
    bodies = [{"action": "submit_input", "payload": {"city": f"City {number}"}} for number in range(12)]
    with ThreadPoolExecutor(max_workers=12) as pool:
        answers = list(pool.map(lambda body: signal(scripted, run, body), bodies))
    assert sorted(one.status_code for one in answers) == [200] + [409] * 11
    done = scripted.run(run["id"], wait=30)
    assert done["status"] == "completed"
    received = [one for one in scripted.events(run["id"]) if one["type"] == "run.input_received"]
    assert len(received) == 2


@pytest.mark.parametrize("task", ["[test:complete]", "[test:fail]", "[test:escalate]"])
def test_a_run_that_has_ended_takes_no_answer(task: str, scripted: Caller) -> None:
    assert refusal(signal(scripted, scripted.finished(task), APPROVE)) == (409, "RUN_ALREADY_TERMINAL")


def test_a_run_that_is_working_takes_no_answer(scripted: Caller) -> None:
    run = scripted.create("[test:slow]")
    assert refusal(signal(scripted, run, APPROVE)) == (409, "RUN_NOT_WAITING")
    scripted.post(f"/v1/runs/{run['id']}/cancel")


def test_an_answer_to_a_wait_that_never_was_is_not_found(scripted: Caller) -> None:
    run = scripted.finished("[test:input]")
    for input_id in ("inp_" + "0" * 26, at_the_form(scripted)["awaiting"]["input_id"], "x"):
        assert refusal(signal(scripted, run, {**APPROVE, "input_id": input_id})) == (404, "NOT_FOUND")


def test_resuming_a_run_that_is_not_stalled_changes_nothing(scripted: Caller) -> None:
    for task in ("[test:input]", "[test:complete]"):
        run = scripted.finished(task)
        answer = scripted.post(f"/v1/runs/{run['id']}/resume")
        assert (answer.status_code, answer.json()) == (200, run)


def test_every_run_that_has_not_ended_says_why(scripted: Caller) -> None:
    tasks = ("[test:slow]", "[test:input]", "[test:steps 2 sleep 0.3]")
    for run in [scripted.create(task) for task in tasks]:
        shown = scripted.run(run["id"])
        while shown["completed_at"] is None:
            assert shown["why"]["waiting_for"]
            assert shown["why"]["since"]
            if shown["status"] == "awaiting_input" or shown["steps_completed"]:
                scripted.post(f"/v1/runs/{run['id']}/cancel")
            shown = scripted.run(run["id"])
        assert shown["why"] is None
