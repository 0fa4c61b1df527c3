"""Receipts over HTTP: none before the erasure, a signed one after it, whatever brought the erasure about."""

import base64
from typing import Any

import pytest

from faults.tools.servers import until
from futurone_server.kit import json
from futurone_server.kit.signing import is_signed
from house import Caller, refusal

NEVER = "fo_run_" + "0" * 26


def receipt(caller: Caller, run_id: str) -> Any:
    """The statement of a run's receipt, once its signature has been found to hold."""
    answer = caller.get(f"/v1/runs/{run_id}/receipt")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    key = caller.get("/v1/receipts/key").json()["data"]
    assert (body["algorithm"], body["public_key"]) == (key["algorithm"], key["public_key"])
    public, signature = base64.b64decode(key["public_key"]), base64.b64decode(body["signature"])
    assert is_signed(public, json.canonical(body["receipt"]), signature)
    changed = {**body["receipt"], "erased_at": "2020-01-01T00:00:00Z"}
    assert not is_signed(public, json.canonical(changed), signature)
    return body["receipt"]


def test_before_the_erasure_there_is_none_and_it_is_said_when_there_will_be(scripted: Caller) -> None:
    going = scripted.create("[test:input]")
    answer = scripted.get(f"/v1/runs/{going['id']}/receipt")
    assert refusal(answer) == (409, "CONTENT_NOT_ERASED")
    assert answer.json()["error"]["details"]["erases_at"] is None
    ended = scripted.finished()
    answer = scripted.get(f"/v1/runs/{ended['id']}/receipt")
    assert refusal(answer) == (409, "CONTENT_NOT_ERASED")
    assert answer.json()["error"]["details"]["erases_at"] == ended["content"]["erases_at"]
    kept = scripted.finished(retention="keep")
    answer = scripted.get(f"/v1/runs/{kept['id']}/receipt")
    assert answer.json()["error"]["details"]["erases_at"] is None
    assert refusal(scripted.get(f"/v1/runs/{NEVER}/receipt")) == (404, "NOT_FOUND")


def test_the_receipt_of_an_acknowledged_run_says_what_was_destroyed_and_when(scripted: Caller) -> None:
    run = scripted.finished()
    events = [event for event in scripted.events(run["id"]) if event["payload"].get("value") is not None]
    assert scripted.post(f"/v1/runs/{run['id']}/ack").status_code == 200
    told = receipt(scripted, run["id"])
    erased = scripted.run(run["id"])["content"]["erased_at"]
    assert (told["run_id"], told["cause"], told["erased_at"]) == (run["id"], "acknowledged", erased)
    assert told["destroyed"]["artifacts"] == len(run["artifacts"])
    assert 0 < told["destroyed"]["events"] <= len(events)
    assert told["destroyed"]["contents"] >= 2
    assert len(bytes.fromhex(told["key_fingerprint"])) == 16
    assert told["wrapping_key"]["state"] == "pending"
    assert told["wrapping_key"]["destroyed_by"] > erased
    assert receipt(scripted, run["id"])["id"] == told["id"], "it is the same receipt each time"


def test_what_was_to_be_kept_hangs_on_the_long_lived_key_and_the_receipt_says_so(scripted: Caller) -> None:
    run = scripted.finished(retention="keep")
    assert scripted.post(f"/v1/runs/{run['id']}/ack").status_code == 200
    wrapping = receipt(scripted, run["id"])["wrapping_key"]
    assert (wrapping["kind"], wrapping["state"]) == ("long_lived", "kept")


def test_with_a_window_of_nothing_the_content_goes_with_the_commit_that_ends_the_run(scripted: Caller) -> None:
    run = scripted.finished(retention={"mode": "zero", "window_s": 0})
    assert run["content"]["state"] == "erased", "in the first answer that says the run has ended"
    assert run["content"]["erased_at"] == run["completed_at"]
    assert receipt(scripted, run["id"])["cause"] == "at_end"
    values = [event["payload"] for event in scripted.events(run["id"])]
    assert values[-1]["redacted"]
    for artifact in run["artifacts"]:
        answer = scripted.get(f"/v1/runs/{run['id']}/artifacts/{artifact['id']}")
        assert refusal(answer) == (410, "CONTENT_ERASED")
    assert refusal(scripted.post(f"/v1/runs/{run['id']}/rerun")) == (410, "CONTENT_ERASED")


def test_a_cancelled_run_without_a_window_keeps_nothing_either(scripted: Caller) -> None:
    run = scripted.create("[test:input]", retention={"mode": "zero", "window_s": 0})
    assert scripted.post(f"/v1/runs/{run['id']}/cancel").status_code in (200, 202)
    assert scripted.run(run["id"])["content"]["state"] == "erased"
    assert receipt(scripted, run["id"])["cause"] == "at_end"


def test_an_escalated_run_keeps_its_content_for_its_review_whatever_its_window(scripted: Caller) -> None:
    run = scripted.finished("[test:escalate]", retention={"mode": "zero", "window_s": 0})
    assert run["status"] == "escalated"
    assert run["content"]["state"] == "available"
    assert refusal(scripted.get(f"/v1/runs/{run['id']}/receipt")) == (409, "CONTENT_NOT_ERASED")


@pytest.mark.parametrize("window_s", [1])
def test_when_the_window_is_over_the_content_goes_by_itself(scripted: Caller, window_s: int) -> None:
    run = scripted.finished(retention={"mode": "zero", "window_s": window_s})
    until("the erasure", lambda: scripted.run(run["id"])["content"]["state"] == "erased", within_s=20)
    assert receipt(scripted, run["id"])["cause"] == "time_over"
