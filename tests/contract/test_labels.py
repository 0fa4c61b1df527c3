"""What a key or a run may be called."""

import pytest

from house import Caller, Json, refusal

TASK: Json = {"agent": "research", "task": "[test:complete]"}


def error_of(caller: Caller, path: str, body: Json) -> Json:
    answer = caller.post(path, body)
    assert refusal(answer)[0] == 400, answer.text
    return answer.json()["error"]


ODD_LABELS = [
    "a\nb",
    "a\rb",
    "a\tb",
    "\x1b[31mred",
    "a\x7f",
    "a\x85b",
    "a\u2028b",
    "a\u202eb",
    "\u2066x",
    " ",
    "\u3000",
]


@pytest.mark.parametrize("text", ODD_LABELS, ids=ascii)
def test_a_label_is_one_line_that_can_be_shown(text: str, live: Caller, scripted: Caller) -> None:
    error = error_of(live, "/v1/api-keys", {"name": text})
    assert error["details"] == {"field": "name"}
    assert error["message"].startswith("name: must ")
    for field in ("workspace_id", "subject_id"):
        assert error_of(scripted, "/v1/runs", {**TASK, field: text})["details"] == {"field": field}


@pytest.mark.parametrize("text", ["CI", "Überprüfung № 5", "ключ", "مفتاح", "👩‍👩‍👧 family", "a b", "5"])
def test_a_label_may_have_any_words(text: str, live: Caller) -> None:
    made = live.post("/v1/api-keys", {"name": text})
    assert made.status_code == 201
    assert made.json()["data"]["name"] == text
