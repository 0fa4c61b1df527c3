"""What a refusal of a body says: every member that is wrong, as the caller wrote it, and what would be right."""

import pytest

from house import Caller, Json, refusal

TASK: Json = {"agent": "research", "task": "[test:complete]"}
INTERNALS = (
    "literal[",
    "function-",
    "Body",
    "tagged",
    "union",
    "constrained",
    "[key]",
    ".bool",
    ".str",
    ".int",
    ".float",
)


def error_of(caller: Caller, path: str, body: Json) -> Json:
    answer = caller.post(path, body, headers={"Idempotency-Key": "k"})
    assert refusal(answer)[0] == 400, answer.text
    assert not any(word in answer.text for word in INTERNALS), answer.text
    return answer.json()["error"]


@pytest.mark.parametrize(
    ("part", "field", "right"),
    [
        ({"metadata": {"a": {}}}, "metadata.a", "must be true or false, a number, or a text"),
        ({"metadata": {"a": None}}, "metadata.a", "must be true or false, a number, or a text"),
        ({"metadata": {"bool": []}}, "metadata.bool", "must be true or false, a number, or a text"),
        ({"metadata": {"a": "x" * 513}}, "metadata.a", "must have at most 512 characters"),
        ({"metadata": {"": 1}}, "metadata.", "names must have 1 to 64 characters"),
        ({"metadata": {str(n): n for n in range(17)}}, "metadata", "must have at most 16 pairs"),
        ({"metadata": 5}, "metadata", "must be an object"),
        ({"retention": "forever"}, "retention", "must be zero or keep, or an object"),
        ({"retention": 5}, "retention", "must be zero or keep, or an object"),
        ({"retention": {}}, "retention.mode", "is required"),
        ({"retention": {"mode": "x"}}, "retention.mode", "must be zero or keep"),
        ({"retention": {"mode": "keep", "days": 1}}, "retention.days", "there is no such field here"),
        ({"retention": {"mode": "keep", "window_s": -1}}, "retention.window_s", "must be at least 0"),
        ({"budget": {"max_cost_usd": "5"}}, "budget.max_cost_usd", "must be a number"),
        ({"budget": {"max_cost_usd": 0}}, "budget.max_cost_usd", "must be greater than 0"),
        ({"budget": {"max_tokens": 1.5}}, "budget.max_tokens", "must be a whole number"),
        ({"budget": {"max_minutes": 1}}, "budget.max_minutes", "there is no such field here"),
        ({"budget": []}, "budget", "must be an object"),
        ({"files": ["a", "b", 3]}, "files.2", "must be a text"),
        ({"files": "a"}, "files", "must be a list"),
        ({"files": [""]}, "files.0", "must have at least 1 character"),
        ({"threshold": 2}, "threshold", "must be at most 1"),
        ({"streaming": "yes"}, "streaming", "must be true or false"),
        (
            {"webhook_url": "http://x"},
            "webhook_url",
            "must be an https address, unless the operator allows its host and port in FUTURONE_EGRESS_ALLOW",
        ),
        ({"subject_id": "x" * 256}, "subject_id", "must have at most 255 characters"),
        ({"prio": 1}, "prio", "there is no such field here"),
        ({"RetentionBody": 1}, "RetentionBody", "there is no such field here"),
    ],
    ids=lambda one: str(one)[:40],
)
def test_a_member_is_named_as_it_was_written_with_what_would_be_right(
    part: Json, field: str, right: str, scripted: Caller
) -> None:
    answer = scripted.post("/v1/runs", {**TASK, **part}, headers={"Idempotency-Key": "k"})
    assert refusal(answer)[0] == 400
    assert answer.json()["error"]["details"] == {"field": field}
    assert answer.json()["error"]["message"] == f"{field}: {right}"


def test_every_member_that_is_wrong_is_named_once(scripted: Caller) -> None:
    wrong = {"metadata": {"a": {}, "b": "fine", "c": []}, "threshold": "x", "retention": {"mode": "x"}, "prio": 1}
    error = error_of(scripted, "/v1/runs", {**TASK, **wrong})
    named = [one["field"] for one in error["details"]["fields"]]
    assert sorted(named) == ["metadata.a", "metadata.c", "prio", "retention.mode", "threshold"]
    assert error["details"]["field"] == named[0]
    told = {one["field"]: (one["reason_code"], one["message"]) for one in error["details"]["fields"]}
    assert told["prio"] == ("UNKNOWN_FIELD", "prio: there is no such field here")
    assert told["threshold"] == ("FIELD_INVALID", "threshold: must be a number")


def test_a_body_that_is_no_object_is_told_so(scripted: Caller) -> None:
    bodies: list[Json] = [[], 5, "x", [{}]]
    for body in bodies:
        error = error_of(scripted, "/v1/runs", body)
        assert (error["details"], error["message"]) == ({"field": "body"}, "body: must be an object")


def test_a_word_out_of_a_list_is_shown_the_list(live: Caller) -> None:
    error = error_of(live, "/v1/api-keys", {"name": "x", "capabilities": ["runs:read", "runs:fly"]})
    assert error["details"] == {"field": "capabilities.1"}
    assert "runs:cancel" in error["message"]
    error = error_of(live, "/v1/api-keys", {"name": "x", "expires_at": "yesterday"})
    assert error["message"].startswith("expires_at: must be a time such as 2026-06-09T14:22:31Z")


def test_what_is_wrong_outside_of_members_is_named_too(scripted: Caller) -> None:
    run = scripted.finished()["id"]
    json_type, form_type = {"Content-Type": "application/json"}, {"Content-Type": "multipart/form-data; boundary=b"}
    asked: list[tuple[str, str, Json, str]] = [
        ("POST", "/v1/runs", {"content": b"{", "headers": json_type}, "body"),
        ("POST", f"/v1/runs/{run}/cancel", {"content": b"\xff", "headers": json_type}, "body"),
        ("POST", f"/v1/runs/{run}/cancel", {"content": b"{}", "headers": {"Content-Type": "x"}}, "Content-Type"),
        ("POST", "/v1/vault/files", {"content": b"", "headers": form_type}, "body"),
        ("POST", "/v1/vault/files", {"content": b"x", "headers": {"Content-Type": ";"}}, "Content-Type"),
        ("POST", "/v1/vault/files", {"content": b"x", "headers": {"Content-Type": "x; a=1; a=1"}}, "Content-Type"),
        ("GET", f"/v1/runs/{run}/events?after=x", {}, "after"),
        ("GET", f"/v1/runs/{run}/events?after=x", {"headers": {"Accept": "application/json"}}, "after"),
        ("GET", f"/v1/runs/{run}/events?after=1", {"headers": {"Last-Event-ID": "x"}}, "Last-Event-ID"),
    ]
    for method, path, options, field in asked:
        answer = scripted.ask(method, path, **options)
        assert refusal(answer)[0] == 400, (path, options)
        assert answer.json()["error"]["details"] == {"field": field}, (path, options)


def test_the_ends_of_the_range_of_whole_numbers_are_taken_and_what_lies_beyond_is_not(scripted: Caller) -> None:
    ends = {"least": -(2**63), "most": 2**63 - 1}
    assert scripted.create(metadata=ends)["metadata"] == ends
    for beyond in (-(2**63) - 1, 2**63):
        answer = scripted.post("/v1/runs", {**TASK, "metadata": {"n": beyond}})
        assert refusal(answer) == (400, "MALFORMED_JSON")
