"""The command exits by how a run ended and says what to do next; in JSON, standard output is data and nothing else."""

import shlex
from pathlib import Path

import pytest

from sdk.commands import ENDINGS, EVERY_EVENT, RUN_ID, WAITING, Command, play, run_as
from sdk.standin import Answer, StandIn, as_json, refusal


@pytest.mark.parametrize("status", ENDINGS)
@pytest.mark.parametrize("how", [[], ["--follow"], ["--json"], ["--follow", "--json"]])
def test_run_exits_by_the_outcome_however_it_is_watched(
    command: Command, server: StandIn, status: str, how: list[str]
) -> None:
    play(server, status, *EVERY_EVENT)
    done = command("run", "research", "Why?", *how)
    assert done.code == ENDINGS[status][0]
    assert done.err == ""
    assert server.asked("POST", "/v1/runs")[0].json() == {"agent": "research", "task": "Why?"}


@pytest.mark.parametrize("status", ["queued", "running", "stalled"])
def test_a_run_that_is_not_done_in_time_exits_with_7_and_says_why_and_how_to_go_on(
    command: Command, server: StandIn, status: str
) -> None:
    play(server, status, why={"waiting_for": "a free worker", "since": "2026-06-09T14:22:31Z"})
    done = command("run", "research", "Why?", "--timeout", "0")
    assert done.code == 7
    assert "waits for a free worker, since 2026-06-09T14:22:31Z" in done.out
    assert f"futurone runs follow {RUN_ID}" in done.out


def test_no_wait_starts_the_run_and_leaves(command: Command, server: StandIn) -> None:
    play(server, "completed")
    done = command("run", "research", "Why?", "--no-wait", "--json")
    assert (done.code, [record["status"] for record in done.records]) == (0, ["queued"])
    assert len(server.seen) == 1


def test_json_of_a_run_that_is_waited_for_is_the_run_as_created_and_as_ended(command: Command, server: StandIn) -> None:
    play(server, "completed")
    done = command("run", "research", "Why?", "--json")
    states = [(record["object"], record["id"], record["status"]) for record in done.records]
    assert states == [("run", RUN_ID, "queued"), ("run", RUN_ID, "completed")]


def test_json_of_a_followed_run_is_the_run_its_events_and_the_run_again(command: Command, server: StandIn) -> None:
    play(server, "completed", *EVERY_EVENT)
    first, *events, last = command("run", "research", "Why?", "--follow", "--json").records
    assert (first["object"], first["status"], last["status"]) == ("run", "queued", "completed")
    assert [event["id"] for event in events] == list(range(1, len(EVERY_EVENT) + 2))
    assert [(event["type"], event["data"]) for event in events[:-1]] == EVERY_EVENT


def test_an_approval_is_asked_for_with_the_exact_commands(command: Command, server: StandIn) -> None:
    play(server, "awaiting_input")
    told = command("run", "research", "Why?").out
    assert "Publish it?" in told
    assert f"  futurone runs signal {RUN_ID} approve\n" in told
    assert f"  futurone runs signal {RUN_ID} reject --reason why\n" in told


def test_the_command_that_is_shown_for_a_form_is_one_that_works(command: Command, server: StandIn) -> None:
    fields = [
        {"name": "it's $HOME", "type": "text"},
        {"name": "n", "type": "number"},
        {"name": "ok", "type": "boolean"},
    ]
    play(server, "awaiting_input", awaiting=WAITING | {"kind": "form", "fields": fields})
    server.on("POST", f"/v1/runs/{RUN_ID}/signal", as_json(run_as("running")))
    told = command("runs", "get", RUN_ID).out
    (line,) = (line for line in told.splitlines() if " signal " in line)
    assert command(*shlex.split(line)[1:]).code == 0
    (signal,) = server.asked("POST", f"/v1/runs/{RUN_ID}/signal")
    assert signal.json() == {"action": "submit_input", "payload": {"it's $HOME": "…", "n": 0, "ok": True}}


def test_a_wait_that_was_answered_long_ago_does_not_end_the_following(command: Command, server: StandIn) -> None:
    play(
        server, "completed", ("awaiting_input", WAITING), ("input_received", {"input_id": "inp_1", "action": "approve"})
    )
    done = command("runs", "follow", RUN_ID, "--json")
    assert (done.code, [record.get("type") for record in done.records[:-1]][-1]) == (0, "run_done")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("escalated", ["NO_SOURCES", "needs: a file", "rev_1", f"futurone runs artifacts {RUN_ID} --out out"]),
        ("failed", ["LIMIT_EXCEEDED: 60 s are over (step s2)", f"futurone runs rerun {RUN_ID}"]),
    ],
)
def test_a_run_that_did_not_complete_says_why_and_what_to_do(
    command: Command, server: StandIn, status: str, expected: list[str]
) -> None:
    play(server, status, artifacts=[{"id": "art_1", "label": "Report"}])
    told = command("runs", "get", RUN_ID)
    assert told.code == 0
    assert [text for text in expected if text not in told.out] == []


def test_get_exits_by_the_outcome_only_when_it_waits_for_it(command: Command, server: StandIn) -> None:
    play(server, "failed")
    assert command("runs", "get", RUN_ID).code == 0
    assert command("runs", "get", RUN_ID, "--wait", "5").code == 4


JSON_VERBS = [
    ["runs", "list", "--limit", "3"],
    ["runs", "get", RUN_ID],
    ["runs", "follow", RUN_ID],
    ["runs", "cancel", RUN_ID],
    ["runs", "signal", RUN_ID, "approve"],
    ["runs", "events", RUN_ID],
    ["runs", "artifacts", RUN_ID],
    ["runs", "rerun", RUN_ID, "--follow"],
    ["runs", "plan", RUN_ID],
    ["runs", "verification", RUN_ID],
    ["runs", "ack", RUN_ID],
    ["runs", "receipt", RUN_ID],
    ["runs", "delete", RUN_ID],
    ["vault", "ls"],
    ["vault", "rm", "file_1"],
    ["keys", "create", "ci"],
    ["keys", "list"],
    ["keys", "revoke", "key_1"],
    ["keys", "rotate", "key_1"],
    ["keys", "scope", "key_1"],
    ["keys", "scope", "key_1", "--apply"],
    ["version"],
]
HOSTILE = "\u001b[2Jred\u202egnp.exe\r\nsecond\u0085line\u2028x"


@pytest.fixture
def everything(server: StandIn) -> None:
    """A server that answers every verb with text that wants to do more than be read."""
    play(server, "completed", *EVERY_EVENT, ("status", {"text": HOSTILE}), agent=HOSTILE)
    run = as_json(run_as("completed", agent=HOSTILE, error={"reason_code": HOSTILE, "message": HOSTILE}))
    for verb in ("cancel", "signal", "rerun", "ack"):
        server.on("POST", f"/v1/runs/{RUN_ID}/{verb}", run)
    server.on("DELETE", f"/v1/runs/{RUN_ID}", Answer(status=204))
    step = {"id": HOSTILE, "label": HOSTILE, "state": HOSTILE}
    server.on("GET", f"/v1/runs/{RUN_ID}/plan", as_json({"data": {"goal": HOSTILE, "steps": [step]}}))
    check = {"name": HOSTILE, "passed": True, "score": 1.0, "reason": HOSTILE}
    server.on("GET", f"/v1/runs/{RUN_ID}/verification", as_json({"data": {"rubric": HOSTILE, "checks": [check]}}))
    told = {"erased_at": HOSTILE, "cause": HOSTILE, "destroyed": {HOSTILE: HOSTILE}, "wrapping_key": {"state": HOSTILE}}
    server.on("GET", f"/v1/runs/{RUN_ID}/receipt", as_json({"receipt": told, "signature": HOSTILE}))
    server.on("GET", "/v1/runs", as_json({"data": [run_as("completed", agent=HOSTILE)] * 5}))
    artifact = {"id": "art_1", "label": HOSTILE, "media_type": HOSTILE}
    server.on("GET", f"/v1/runs/{RUN_ID}/artifacts", as_json({"data": [artifact]}))
    file = {"id": "file_1", "name": HOSTILE, "type": HOSTILE, "size": 3}
    server.on("GET", "/v1/vault/files", as_json({"data": [file]}))
    server.on("DELETE", "/v1/vault/files/file_1", Answer(status=204))
    key = {"id": "key_1", "name": HOSTILE, "key": "fo_live_new", "key_id": "key_1", "secret": "s"}
    server.on("GET", "/v1/api-keys", as_json({"data": [key]}))
    server.on("DELETE", "/v1/api-keys/key_1", Answer(status=204))
    for path in ("/v1/api-keys", "/v1/api-keys/key_1/rotate"):
        server.on("POST", path, as_json({"data": key}))
    scope = {**key, "proposed": [HOSTILE], "since": HOSTILE, "applied": False}
    server.on("POST", "/v1/api-keys/key_1/scope", as_json({"data": scope}))
    server.on("GET", "/v1/version", as_json({"data": {"version": HOSTILE}}))


def play_log(server: StandIn) -> None:
    entry = {
        "seq": 1,
        "type": HOSTILE,
        "timestamp": "2026-06-09T14:22:31.123Z",
        "payload": {"value": {"kind": HOSTILE}},
    }
    server.on("GET", f"/v1/runs/{RUN_ID}/events", as_json({"data": [entry], "pagination": {"hasMore": False}}))


@pytest.mark.usefixtures("everything")
@pytest.mark.parametrize("verb", JSON_VERBS, ids=" ".join)
def test_json_output_of_every_verb_is_one_object_per_line(command: Command, server: StandIn, verb: list[str]) -> None:
    if verb[1:2] == ["events"]:
        play_log(server)
    done = command(*verb, "--json")
    assert done.code == 0
    assert done.records
    assert all(isinstance(record, dict) for record in done.records)
    assert done.out.isascii()


@pytest.mark.usefixtures("everything")
@pytest.mark.parametrize("verb", JSON_VERBS, ids=" ".join)
def test_nothing_a_server_sends_can_command_the_terminal(command: Command, server: StandIn, verb: list[str]) -> None:
    if verb[1:2] == ["events"]:
        play_log(server)
    done = command(*verb)
    assert done.out
    assert [char for char in done.out + done.err if char != "\n" and not char.isprintable()] == []


def test_not_even_an_id_or_a_held_deliverable_can_command_the_terminal(
    command: Command, server: StandIn, tmp_path: Path
) -> None:
    server.on("POST", "/v1/runs", as_json(run_as("queued") | {"id": HOSTILE}, status=201))
    server.on("GET", f"/v1/runs/{RUN_ID}/artifacts", as_json({"data": [{"id": "art_1", "label": HOSTILE}]}))
    server.on("GET", f"/v1/runs/{RUN_ID}/artifacts/art_1", refusal(409, "conflict", "HELD_FOR_REVIEW"))
    started = command("run", "research", "Why?", "--no-wait")
    held = command("runs", "artifacts", RUN_ID, "--out", str(tmp_path))
    assert "is not saved" in held.err
    assert [char for char in started.out + held.err if char != "\n" and not char.isprintable()] == []


def test_an_errors_text_cannot_command_the_terminal_either(command: Command, server: StandIn) -> None:
    answer = as_json({"error": {"type": "not_found", "message": HOSTILE}}, status=404)
    server.on("GET", f"/v1/runs/{RUN_ID}", answer)
    done = command("runs", "get", RUN_ID)
    assert done.err == "[2Jredgnp.exe secondlinex\n"


def test_the_checks_are_an_extra_whose_absence_does_not_hide_the_outcome(command: Command, server: StandIn) -> None:
    play(server, "completed")
    server.on("GET", f"/v1/runs/{RUN_ID}/verification", refusal(410, "gone", "CONTENT_ERASED"))
    assert command("runs", "get", RUN_ID).out.startswith("✓ completed")


def test_a_key_whose_first_answer_was_lost_is_an_error_with_the_way_out(command: Command, server: StandIn) -> None:
    server.on("POST", "/v1/api-keys", as_json({"data": {"id": "key_1", "name": "ci"}, "replayed": True}))
    done = command("keys", "create", "ci")
    assert (done.code, done.out) == (1, "")
    assert "futurone keys rotate key_1" in done.err


def test_a_new_key_stands_alone_on_standard_output(command: Command, server: StandIn) -> None:
    server.on("POST", "/v1/api-keys", as_json({"data": {"id": "key_1", "key": "fo_live_new"}}))
    done = command(
        "keys", "create", "ci", "-c", "runs:create", "-c", "runs:read", "--expires-at", "2027-01-31T00:00:00Z"
    )
    assert done.out == "fo_live_new\n"
    assert "shown this once" in done.err
    assert server.seen[0].json()["capabilities"] == ["runs:create", "runs:read"]


def test_the_log_is_printed_as_far_as_it_goes(command: Command, server: StandIn) -> None:
    play_log(server)
    assert command("runs", "events", RUN_ID, "--after", "0").out.startswith("    1  14:22:31.123  ")


def test_ack_erases_the_content_now_and_says_so(command: Command, server: StandIn) -> None:
    erased = run_as("completed", content={"state": "erased", "erased_at": "2026-06-09T15:00:00Z"})
    server.on("POST", f"/v1/runs/{RUN_ID}/ack", as_json(erased))
    done = command("runs", "ack", RUN_ID)
    assert (done.code, done.out) == (0, f"The content of {RUN_ID} is erased\n")


def test_ack_of_a_run_that_has_not_ended_says_why_not(command: Command, server: StandIn) -> None:
    server.on("POST", f"/v1/runs/{RUN_ID}/ack", refusal(409, "conflict", "RUN_NOT_TERMINAL"))
    done = command("runs", "ack", RUN_ID)
    assert (done.code, done.out) == (1, "")
    assert "refused as conflict" in done.err


def test_delete_takes_several_runs_and_names_each(command: Command, server: StandIn) -> None:
    for run_id in ("fo_run_1", "fo_run_2"):
        server.on("DELETE", f"/v1/runs/{run_id}", Answer(status=204))
    done = command("runs", "delete", "fo_run_1", "fo_run_2", "--json")
    assert done.records == [{"id": run_id, "deleted": True} for run_id in ("fo_run_1", "fo_run_2")]


def test_every_check_is_told_with_score_and_reason_when_asked_for(command: Command, server: StandIn) -> None:
    checks = [
        {"name": "quotes_verbatim", "passed": True, "score": 1.0, "reason": "Letter for letter."},
        {"name": "claims_cited", "passed": False, "score": 0.5, "reason": "2 are not."},
    ]
    found = {"rubric": {"id": "research", "version": 1}, "confidence": 0.0, "threshold": 0.85, "checks": checks}
    server.on("GET", f"/v1/runs/{RUN_ID}/verification", as_json({"data": found}))
    assert command("runs", "verification", RUN_ID).out.splitlines() == [
        "confidence 0 (threshold 0.85)",
        "  ✓ quotes verbatim 1: Letter for letter.",
        "  ✗ claims cited 0.5: 2 are not.",
    ]


def test_the_plan_is_told_with_the_state_of_each_step(command: Command, server: StandIn) -> None:
    steps = [
        {"id": "gather", "label": "Read", "state": "done"},
        {"id": "q1", "label": "Why?", "state": "running", "depends_on": ["gather"]},
    ]
    server.on("GET", f"/v1/runs/{RUN_ID}/plan", as_json({"data": {"goal": "Know why", "steps": steps}}))
    assert command("runs", "plan", RUN_ID).out.splitlines() == [
        "Know why",
        "  done     gather  Read",
        "  running  q1      Why?  (after gather)",
    ]


def test_nothing_is_offered_for_saving_that_has_been_erased(command: Command, server: StandIn) -> None:
    erased = {"state": "erased", "erased_at": "2026-06-09T15:00:00Z"}
    for status in ("completed", "escalated"):
        play(server, status, artifacts=[{"id": "art_1", "label": "Report"}], content=erased)
        told = command("runs", "get", RUN_ID).out
        assert "futurone runs artifacts" not in told
        assert "Its content was erased at 2026-06-09 15:00:00 UTC." in told
