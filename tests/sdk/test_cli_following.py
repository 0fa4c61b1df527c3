"""A followed run is told to a person step by step: in words, each thing once, nothing that only machines read."""

from pathlib import Path
from typing import Any

import pytest

from sdk.commands import EVERY_EVENT, RUN_ID, Command, play
from sdk.standin import Answer, StandIn, as_json

CHECKS = [
    {"name": "quotes_verbatim", "passed": True, "score": 1.0, "reason": "Letter for letter."},
    {"name": "claims_cited", "passed": False, "score": 0.5, "reason": "2 are not."},
    {"name": "completeness", "passed": True, "score": 0.8333, "reason": "5 of 6."},
]
VERIFYING: list[tuple[str, dict[str, Any]]] = [
    ("plan", {"steps": [{"id": "v", "label": "Check", "kind": "verify"}], "revision": 1}),
    ("step_start", {"step": "v"}),
    ("finding", {"severity": "pass", "step": "v", "title": "quotes verbatim", "detail": "Letter for letter."}),
    ("finding", {"severity": "critical", "step": "v", "title": "claims cited", "detail": "2 are not."}),
    ("finding", {"severity": "pass", "step": "v", "title": "completeness", "detail": "5 of 6."}),
    ("step_done", {"step": "v", "took": "0.1s", "outcome": "succeeded"}),
]


def test_a_followed_run_is_told_step_by_step(command: Command, server: StandIn) -> None:
    play(server, "completed", *EVERY_EVENT)
    server.on("GET", f"/v1/runs/{RUN_ID}/verification", as_json({"data": {"checks": CHECKS}}))
    told = command("run", "research", "Why?", "--follow").out
    assert told.splitlines() == [
        f"Run {RUN_ID}",
        "· Reading",
        "Plan",
        "  s1  Find",
        "▸ s1 Find",
        "    │ one",
        "    web.search x → n 3 (0.8s)",
        "  ! Old source [p. 3]",
        "      2019",
        "    │ # Hi",
        "    a gave way to b (down)",
        "· answered: approve",
        "    │ two",
        "✓ s1 in 6.1s",
        f"✓ completed · confidence 0.94 (threshold 0.85) · 6 of 6 steps · {RUN_ID}",
        "  ✓ quotes verbatim",
        "  ✗ claims cited 0.5: 2 are not.",
        "  ✓ completeness 0.833: 5 of 6.",
    ]


def test_checks_that_were_seen_while_following_are_not_told_again_unless_they_cost_confidence(
    command: Command, server: StandIn
) -> None:
    play(server, "completed", *VERIFYING)
    server.on("GET", f"/v1/runs/{RUN_ID}/verification", as_json({"data": {"checks": CHECKS}}))
    told = command("run", "research", "Why?", "--follow").out
    assert told.splitlines()[3:] == [
        "▸ v Check",
        "  ✓ quotes verbatim",
        "  ✗ claims cited",
        "  ✓ completeness",
        "✓ v in 0.1s",
        f"✓ completed · confidence 0.94 (threshold 0.85) · 6 of 6 steps · {RUN_ID}",
        "  ✗ claims cited 0.5: 2 are not.",
        "  ✓ completeness 0.833: 5 of 6.",
    ]


def test_a_report_whose_sections_were_told_is_named_and_not_told_again(command: Command, server: StandIn) -> None:
    section = {"id": "report", "type": "section", "section": 1, "label": "Why?", "content": "## 1. Why?\n\nSo. \n"}
    report = {
        "id": "art_1",
        "type": "report",
        "label": "Why and how",
        "content": "# Why and how\n\n## 1. Why?\n\nSo.\n",
    }
    play(server, "completed", ("artifact", section | {"final": False}), ("artifact", report | {"final": False}))
    told = command("run", "research", "Why?", "--follow").out
    assert told.splitlines()[1:5] == [
        "    │ ## 1. Why?",
        "    │",
        "    │ So.",
        "■ Why and how (not verified yet)",
    ]
    assert told.count("So.") == 1


def test_a_report_without_sections_is_told_in_full(command: Command, server: StandIn) -> None:
    report = {"id": "art_1", "type": "report", "label": "Why", "content": "# Why\n\nSo.\n", "final": True}
    play(server, "completed", ("artifact", report))
    told = command("run", "research", "Why?", "--follow").out
    assert told.splitlines()[1:5] == ["■ Why", "    │ # Why", "    │", "    │ So."]


TOOLS: list[tuple[dict[str, Any], Any, str]] = [
    (
        {"file": "file_1rv8ktktx2", "name": "notes.md"},
        {"name": "notes.md", "media_type": "text/markdown", "sha256": "ab" * 32, "size_bytes": 6722, "notes": []},
        "reader notes.md → text/markdown, 6722 bytes (0.1s)",
    ),
    (
        {"question": "Find"},
        {"question_id": "s1", "quotes": [{"text": "x"}, {"text": "y"}], "strength": 0.93821, "abstained": False},
        "reader → 2 quotes, strength 0.94 (0.1s)",
    ),
    ({"deep": {"er": [1]}, "on": True}, {"quotes": [], "rows": [1]}, "reader on → 1 row (0.1s)"),
    ({}, "plain words", "reader → plain words (0.1s)"),
    ({}, None, "reader (0.1s)"),
    ({"question": "Which " * 30 + "one?"}, {"found": "it."}, "reader → it (0.1s)"),
    ({"q": "long " * 100}, {"text": "very " * 100}, ""),
]


@pytest.mark.parametrize(("args", "result", "expected"), TOOLS, ids=str)
def test_a_tools_work_is_one_short_line_in_words_and_never_json(
    command: Command, server: StandIn, args: dict[str, Any], result: Any, expected: str
) -> None:
    call = {"id": "c1", "step": "s1", "tool": "reader", "args": args}
    answer = {"call": "c1", "step": "s1", "latency": "0.1s", "result": result, "ok": True}
    steps = [{"id": "s1", "label": args.get("question", "Find")}]
    play(server, "completed", ("plan", {"steps": steps}), ("tool_call", call), ("tool_result", answer))
    line = command("run", "research", "Why?", "--follow").out.splitlines()[3]
    assert line.startswith("    reader")
    assert line.strip() == expected or not expected
    assert len(line) < 200
    assert not set('{}[]"') & set(line)


def test_a_tool_that_fails_says_so(command: Command, server: StandIn) -> None:
    call = {"id": "c1", "step": "s1", "tool": "web.search", "args": {"q": "x"}}
    answer = {"call": "c1", "step": "s1", "latency": "9s", "result": {"reason_code": "TIMED_OUT"}, "ok": False}
    play(server, "completed", ("tool_call", call), ("tool_result", answer))
    assert "    web.search x failed: TIMED_OUT (9s)\n" in command("run", "research", "Why?", "--follow").out


def test_a_completed_runs_deliverable_is_one_command_away_unless_it_was_saved(
    command: Command, server: StandIn, tmp_path: Path
) -> None:
    play(server, "completed", artifacts=[{"id": "art_1", "label": "Report"}])
    server.on("GET", f"/v1/runs/{RUN_ID}/artifacts", as_json({"data": [{"id": "art_1", "label": "Report"}]}))
    text = Answer(body=b"# Report", headers={"content-type": "text/markdown"})
    server.on("GET", f"/v1/runs/{RUN_ID}/artifacts/art_1", text)
    hint = f"futurone runs artifacts {RUN_ID} --out out"
    assert hint in command("run", "research", "Why?").out
    assert hint not in command("run", "research", "Why?", "--out", str(tmp_path)).out


def test_a_retried_step_takes_back_what_it_had_begun_to_say(command: Command, server: StandIn) -> None:
    drafts: list[tuple[str, dict[str, Any]]] = [
        ("delta", {"step": "s1", "text": "wrong"}),
        ("delta", {"step": "s1", "reset": True}),
    ]
    play(server, "completed", *drafts, ("delta", {"step": "s1", "text": "right\n"}), ("step_done", {"step": "s1"}))
    told = command("run", "research", "Why?", "--follow").out
    assert "wrong" not in told
    assert "│ right" in told


def test_a_shown_command_can_be_pasted_also_where_the_shell_does_not_find_the_name(
    command: Command, server: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(server, "failed")
    monkeypatch.setattr("sys.argv", ["/a house/.venv/bin/futurone", "runs"])
    monkeypatch.setenv("PATH", "/nowhere")
    assert f"Run it again: '/a house/.venv/bin/futurone' runs rerun {RUN_ID}" in command("runs", "get", RUN_ID).out
    monkeypatch.setattr("sys.argv", ["/usr/lib/python3/site-packages/pytest", "runs"])
    assert f"Run it again: futurone runs rerun {RUN_ID}" in command("runs", "get", RUN_ID).out


def test_why_a_run_failed_is_told_once(command: Command, server: StandIn) -> None:
    error = {"reason_code": "LIMIT_EXCEEDED", "message": "60 s are over", "step": "s2"}
    play(server, "failed", ("error", error), error=error)
    told = command("run", "research", "Why?", "--follow").out
    assert told.count("60 s are over") == 1


def test_what_a_run_asks_is_told_once(command: Command, server: StandIn) -> None:
    play(server, "awaiting_input")
    told = command("run", "research", "Why?", "--follow").out
    assert told.count("Publish it?") == 1
    assert f"futurone runs signal {RUN_ID} approve" in told


def test_a_run_that_escalated_without_a_deliverable_offers_none(command: Command, server: StandIn) -> None:
    play(server, "escalated")
    told = command("run", "research", "Why?").out
    assert "NO_SOURCES" in told
    assert "futurone runs artifacts" not in told


def test_a_step_that_will_be_tried_again_says_how_long_it_took_and_not_when(command: Command, server: StandIn) -> None:
    failing: list[tuple[str, dict[str, Any]]] = [
        ("plan", {"steps": [{"id": "s1", "label": "Find", "kind": "x"}], "revision": 1}),
        ("step_done", {"step": "s1", "took": "0.0s", "outcome": "retry_step"}),
        ("step_done", {"step": "s1", "took": "2.1s", "outcome": "fail_run"}),
    ]
    play(server, "completed", *failing)
    told = command("run", "research", "Why?", "--follow").out
    assert "✗ s1 Find: failed after 0.0s; it will be tried again\n" in told
    assert "✗ s1 Find: failed after 2.1s\n" in told
