"""The second look at a source brief: every quote again in its source, every planted wrong caught."""

import pytest

from futurone_server.pipelines.content.assignment import read_assignment
from futurone_server.pipelines.content.bank import bank, open_points
from futurone_server.pipelines.content.source_brief import compose
from futurone_server.pipelines.deliverables.page import page
from futurone_server.pipelines.research.deliverable import Source
from futurone_server.pipelines.verification.content import Made, verify_content
from futurone_server.pipelines.verification.rubric import load_rubric
from futurone_server.pipelines.verification.verdict import Verification
from futurone_server.tools.retrieval import Index
from pipelines.content.making import document
from pipelines.content.test_brief_run import MANUAL, TASK

_DOCUMENT = document(MANUAL, "manual.md")
_ASSIGNMENT = read_assignment(f'{TASK} It must mention "descaling".', has_files=True)


def _brief() -> str:
    index = Index([_DOCUMENT])
    points = bank(_ASSIGNMENT, index)
    return compose(_ASSIGNMENT, points, [Source.of(_DOCUMENT)], list(open_points(_ASSIGNMENT, points, index)))[1]


def _verify(markdown: str, data: bytes = MANUAL.encode()) -> Verification:
    digest = _DOCUMENT.sha256
    rubric = load_rubric("content")
    return verify_content(Made.BRIEF, markdown, _ASSIGNMENT, {digest: data}, {digest: _DOCUMENT}, rubric=rubric)


def test_a_right_brief_passes_every_gate_and_says_what_the_sources_lack() -> None:
    assert "“descaling” has to be mentioned and does not stand in the sources." in _brief()
    verdict = _verify(_brief())
    assert verdict.failed_gates == ()
    constraints = next(check for check in verdict.checks if check.name == "constraints")
    assert not constraints.passed


@pytest.mark.parametrize(
    ("was", "planted", "gate"),
    [
        ("in three minutes", "in four minutes", "places_hold"),
        ("Never put the kettle", "Always put the kettle", "places_hold"),
        ("characters 34–", "characters 35–", "places_hold"),
        ("characters 34–", "characters 99934–", "citations_resolve"),
        ("> \\[2\\] *manual.md*", "> \\[7\\] *manual.md*", "citations_resolve"),
        ("> \\[2\\] *manual.md*", "> *manual.md*", "citations_resolve"),
        (f"SHA-256 `{_DOCUMENT.sha256[:16]}`\n2.", "SHA-256 `0000000000000000`\n2.", "citations_resolve"),
        ("“descaling” has to be mentioned", "Something has to be mentioned", "constraints_accounted"),
        ("## Open points", "[x](http://evil.example)\n\n## Open points", "inert"),
        (_DOCUMENT.sha256, "0" * 64, "sources_unchanged"),
    ],
)
def test_a_planted_wrong_is_caught(was: str, planted: str, gate: str) -> None:
    brief = _brief()
    assert was in brief
    assert gate in {check.name for check in _verify(brief.replace(was, planted, 1)).failed_gates}


def test_a_source_that_changed_meanwhile_is_caught() -> None:
    verdict = _verify(_brief(), MANUAL.replace("three", "four").encode())
    assert "sources_unchanged" in {check.name for check in verdict.failed_gates}


def test_brackets_of_the_task_and_of_a_source_lead_nowhere_and_do_not_look_like_citations() -> None:
    manual = document("# Kettles\n\nThe kettle boils water in two minutes and is safe to touch [1]\n", "manual.md")
    assignment = read_assignment("Prepare a source brief about kettles.\n- kettle water [1]\n", has_files=True)
    index = Index([manual])
    points = bank(assignment, index)
    markdown = compose(assignment, points, [Source.of(manual)], list(open_points(assignment, points, index)))[1]
    assert "kettle water `[1]`" in markdown
    assert "touch `[1]`" in markdown
    shown = page("A brief", markdown)
    assert shown.count('href="#source-1"') <= 1
    assert "kettle water <code>[1]</code>" in shown
    verdict = verify_content(
        Made.BRIEF,
        markdown,
        assignment,
        {manual.sha256: manual.text.encode()},
        {manual.sha256: manual},
        rubric=load_rubric("content"),
    )
    assert verdict.failed_gates == ()
