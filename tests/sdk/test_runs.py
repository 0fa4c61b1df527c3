"""Runs are created, listed, awaited, answered and read with the words of the contract."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest

from futurone import ConflictError, FuturOne, RunStatus, TimedOut
from futurone._run_calls import get
from futurone._settings import read_settings
from futurone._wire import arguments
from sdk.conftest import InstantClock
from sdk.standin import Answer, Seen, StandIn, as_json, refusal

FULL = {
    "id": "fo_run_7c2d91",
    "object": "run",
    "mode": "live",
    "agent": "research",
    "status": "escalated",
    "confidence": 0.61,
    "threshold": 0.85,
    "steps_completed": 6,
    "steps_total": 6,
    "artifacts": [{"id": "art_1", "type": "report", "label": "Report", "media_type": "text/markdown", "bytes": 18211}],
    "awaiting": None,
    "error": None,
    "escalation": {"reason_code": "NO_EVIDENCE", "checks": [{"name": "quotes"}], "needs": ["a source"]},
    "why": None,
    "usage": {"input_tokens": 9412, "cost_usd": "0.0312", "priced": True, "billed": True},
    "origin": {"kind": "api", "parent_run_id": None, "attempt": 1},
    "content": {"state": "available", "erases_at": "2026-06-10T14:26:08Z"},
    "last_event_id": 47,
    "created_at": "2026-06-09T14:22:31Z",
    "completed_at": "2026-06-09T14:26:08Z",
    "metadata": {"ticket": "RES-1042", "n": 3, "urgent": True},
    "request_id": "req_1",
    "added_next_year": {"x": [1]},
}


MOMENT = "2026-06-09T14:22:31.042Z"


def run_as(status: str, **members: Any) -> Answer:
    return as_json({"id": "r", "object": "run", "status": status, **members})


def test_a_run_is_read_with_the_contracts_names_and_what_is_new_is_kept(client: FuturOne, server: StandIn) -> None:
    server.on("GET", "/v1/runs/r", as_json(FULL))
    run = client.runs.get("r")
    assert (run.confidence, run.artifacts[0].label, run.usage and run.usage.cost_usd) == (0.61, "Report", "0.0312")
    assert run.created_at == datetime(2026, 6, 9, 14, 22, 31, tzinfo=UTC)
    assert run.metadata == {"ticket": "RES-1042", "n": 3, "urgent": True}
    assert run.escalation is not None
    assert run.escalation.needs == ["a source"]
    assert run.model_dump(mode="json", exclude_unset=True) == FULL


@pytest.mark.parametrize("status", [*RunStatus, "levitating"])
def test_every_state_known_or_not_says_whether_it_is_the_end(client: FuturOne, server: StandIn, status: str) -> None:
    server.on("GET", "/v1/runs/r", run_as(status))
    run = client.runs.get("r")
    assert run.is_terminal is (status in {"completed", "escalated", "failed", "cancelled"})
    assert run.is_waiting is (status == "awaiting_input")


def test_a_task_and_everything_beside_it_is_sent_as_given_and_nothing_else(client: FuturOne, server: StandIn) -> None:
    server.on("POST", "/v1/runs", as_json(FULL, status=201))
    order: dict[str, Any] = {
        "agent": "research",
        "task": "Größe of the market, \ud800 too",
        "connections": ["conn_1"],
        "webhook_url": "https://example.com/hook",
        "metadata": {"ticket": "RES-1042"},
        "files": ["file_1"],
        "threshold": 0.9,
        "budget": {"max_cost_usd": "1.50", "max_wall_s": 60},
        "retention": "keep",
        "workspace_id": "theirs",
        "sensitivity_tags": ["pii"],
    }
    client.runs.create(**order, project_id=None, rubric=None)
    assert server.seen[0].json() == order
    assert server.seen[0].headers["content-type"] == "application/json"


def test_an_input_may_stand_in_for_a_task(client: FuturOne, server: StandIn) -> None:
    server.on("POST", "/v1/runs", as_json(FULL | {"replayed": True}))
    run = client.runs.create(input={"user_query": "Why?", "depth": 2})
    assert server.seen[0].json() == {"input": {"user_query": "Why?", "depth": 2}}
    assert run.replayed


@pytest.mark.parametrize("run_id", ["", ".", ".."])
def test_an_id_that_would_change_the_path_is_refused(client: FuturOne, server: StandIn, run_id: str) -> None:
    with pytest.raises(ValueError, match="not an id"):
        client.runs.delete(run_id)
    assert server.seen == []


def test_an_id_of_any_characters_stays_one_segment_of_the_path(client: FuturOne, server: StandIn) -> None:
    server.on("GET", "/v1/runs/a%2Fb%3Fc%20d", run_as("queued"))
    assert client.runs.get("a/b?c d").status == "queued"


def test_a_list_fetches_its_pages_as_it_is_read_and_keeps_its_filters(client: FuturOne, server: StandIn) -> None:
    def page(request: Seen) -> Answer:
        start = int(request.query.get("cursor", ["0"])[0])
        runs = [{"id": f"r{number}", "status": "queued"} for number in range(start, start + 2)]
        pagination = {"hasMore": start < 4, "next_cursor": str(start + 2), "total": 6, "limit": 2}
        return as_json({"data": runs, "pagination": pagination})

    server.on("GET", "/v1/runs", page)
    since = datetime(2026, 1, 1, tzinfo=UTC)
    runs = client.runs.list(
        status=["completed", "failed"], created_after=since, metadata={"ticket": "a b"}, page_size=2, agent=None
    )
    assert [run.id for run in runs] == ["r0", "r1", "r2", "r3", "r4", "r5"]
    asked = {
        "status": ["completed", "failed"],
        "created_after": ["2026-01-01T00:00:00Z"],
        "metadata[ticket]": ["a b"],
        "limit": ["2"],
    }
    assert [each.query for each in server.seen] == [asked, asked | {"cursor": ["2"]}, asked | {"cursor": ["4"]}]
    first = runs.page()
    assert (first.pagination.total, first.next_cursor, [run.id for run in first.data]) == (6, "2", ["r0", "r1"])
    assert [len(page.data) for page in runs.pages()] == [2, 2, 2]


def test_a_limit_is_not_silently_taken_for_something_else(client: FuturOne, server: StandIn) -> None:
    words_of_the_wire: Any = {"limit": 5}
    with pytest.raises(TypeError, match="page_size"):
        list(client.runs.list(**words_of_the_wire))
    assert server.seen == []


def test_waiting_asks_the_server_to_hold_its_answer_until_the_end(client: FuturOne, server: StandIn) -> None:
    server.on("GET", "/v1/runs/r", run_as("running"), run_as("stalled"), run_as("awaiting_input"), run_as("completed"))
    assert client.runs.wait("r").status == "completed"
    assert [each.query for each in server.seen] == [{"wait": ["30"]}] * 4


def test_waiting_for_input_is_enough_when_asked(client: FuturOne, server: StandIn) -> None:
    server.on("GET", "/v1/runs/r", run_as("running"), run_as("awaiting_input"))
    assert client.runs.wait("r", or_waiting=True).is_waiting


def test_a_server_that_does_not_hold_is_asked_ever_more_rarely(
    client: FuturOne, server: StandIn, clock: InstantClock
) -> None:
    server.on("GET", "/v1/runs/r", *[run_as("running")] * 12, run_as("failed"))
    assert client.runs.wait("r").status == "failed"
    assert clock.pauses == sorted(clock.pauses)
    assert clock.pauses[0] == pytest.approx(0.6)
    assert clock.pauses[-1] == pytest.approx(7.5)


def test_a_server_that_holds_is_asked_again_at_once(client: FuturOne, server: StandIn, clock: InstantClock) -> None:
    def held(_request: Seen) -> Answer:
        clock.now_s += 30
        return run_as("running" if clock.now_s < 100 else "completed")

    server.on("GET", "/v1/runs/r", held)
    assert client.runs.wait("r").status == "completed"
    assert clock.pauses == []


def test_waiting_ends_when_time_is_up_and_never_asks_for_longer(
    client: FuturOne, server: StandIn, clock: InstantClock
) -> None:
    server.on("GET", "/v1/runs/r", run_as("running"))
    with pytest.raises(TimedOut, match="still running after 5 s"):
        client.runs.wait("r", timeout=5)
    assert clock.now_s == pytest.approx(5)
    assert all(int(each.query.get("wait", ["0"])[0]) <= 5 for each in server.seen)


def test_an_answer_the_server_was_asked_to_hold_is_awaited_longer() -> None:
    settings = read_settings("k", None, timeout_s=60, max_retries=0, silence_timeout_s=45)
    assert arguments(settings, get("r").request)["timeout"].read == 60
    assert arguments(settings, get("r", wait_s=30).request)["timeout"].read == 90


def test_signals_carry_action_payload_and_input(client: FuturOne, server: StandIn) -> None:
    server.on("POST", "/v1/runs/r/signal", run_as("running"))
    client.runs.approve("r", input_id="inp_1")
    client.runs.reject("r", reason="too costly")
    client.runs.submit_input("r", {"amount": 3})
    client.runs.signal("r", "reject")
    assert [each.json() for each in server.seen] == [
        {"action": "approve", "input_id": "inp_1"},
        {"action": "reject", "payload": {"reason": "too costly"}},
        {"action": "submit_input", "payload": {"amount": 3}},
        {"action": "reject"},
    ]


def test_an_empty_form_is_sent_as_an_empty_form(client: FuturOne, server: StandIn) -> None:
    server.on("POST", "/v1/runs/r/signal", run_as("running"))
    client.runs.submit_input("r", {})
    assert server.seen[0].json() == {"action": "submit_input", "payload": {}}


def test_a_signal_nobody_waits_for_is_a_conflict(client: FuturOne, server: StandIn) -> None:
    server.on("POST", "/v1/runs/r/signal", refusal(409, "conflict", "RUN_NOT_WAITING"))
    with pytest.raises(ConflictError) as caught:
        client.runs.approve("r")
    assert caught.value.reason_code == "RUN_NOT_WAITING"


def test_deliverables_are_listed_and_read_in_the_format_asked_for(client: FuturOne, server: StandIn) -> None:
    server.on("GET", "/v1/runs/r/artifacts", as_json({"data": FULL["artifacts"]}))
    report = Answer(body="# Größe".encode(), headers={"content-type": "text/markdown; charset=utf-8"})
    server.on("GET", "/v1/runs/r/artifacts/art_1", report)
    (artifact,) = client.runs.artifacts("r")
    content = client.runs.artifact("r", artifact.id, format="md")
    assert (content.text, bytes(content), content.media_type) == ("# Größe", "# Größe".encode(), "text/markdown")
    assert server.seen[1].query == {"format": ["md"]}


def test_a_deliverable_says_where_it_comes_from(client: FuturOne, server: StandIn) -> None:
    source = {"name": "a.md", "sha256": "ab" * 32, "media_type": "text/markdown"}
    provenance = {"engine": "model", "models": ["x:y"], "sources": [source], "rubric": {"id": "inquiry", "version": 1}}
    artifacts = [{"id": "art_1", "provenance": provenance}, {"id": "art_2"}]
    server.on("GET", "/v1/runs/r/artifacts", as_json({"data": artifacts}))
    told, untold = client.runs.artifacts("r")
    assert told.provenance is not None
    assert (told.provenance.engine, told.provenance.models) == ("model", ["x:y"])
    assert [(one.name, one.sha256) for one in told.provenance.sources or ()] == [("a.md", "ab" * 32)]
    assert told.provenance.rubric is not None
    assert (told.provenance.rubric.id, told.provenance.rubric.version) == ("inquiry", 1)
    assert untold.provenance is None, "an older server says nothing of it"


def test_plan_and_verification_are_read(client: FuturOne, server: StandIn) -> None:
    steps = [{"id": "s1", "label": "Find", "depends_on": [], "state": "completed", "timings": {"took_ms": 5}}]
    server.on("GET", "/v1/runs/r/plan", as_json({"data": {"goal": "know", "steps": steps, "revision": 1}}))
    checks = [{"id": "quotes", "result": "passed", "score": 1.0}]
    verification = {"rubric": {"id": "research", "version": 2}, "checks": checks, "calibrated": False}
    server.on("GET", "/v1/runs/r/verification", as_json({"data": verification}))
    assert client.runs.plan("r").steps[0].label == "Find"
    assert client.runs.verification("r").checks == checks
    server.on("GET", "/v1/runs/r/verification", as_json(verification))
    assert client.runs.verification("r").checks == checks


def test_the_log_is_read_page_after_page_up_to_now(client: FuturOne, server: StandIn) -> None:
    def page(request: Seen) -> Answer:
        after = int(request.query["after"][0])
        entries = [{"seq": after + n, "type": "step.progress", "timestamp": MOMENT} for n in (1, 2)]
        return as_json({"data": entries, "pagination": {"hasMore": after < 4, "next_cursor": "opaque"}})

    server.on("GET", "/v1/runs/r/events", page)
    log = list(client.runs.event_log("r"))
    assert [entry.seq for entry in log] == [1, 2, 3, 4, 5, 6]
    assert log[0].model_dump(mode="json", exclude_unset=True)["timestamp"] == MOMENT
    assert {each.headers["accept"] for each in server.seen} == {"application/json"}


def test_deleting_answers_nothing(client: FuturOne, server: StandIn) -> None:
    server.on("DELETE", "/v1/runs/r", Answer(status=204))
    client.runs.delete("r")
    assert parse_qs("") == dict(server.seen[0].query)
