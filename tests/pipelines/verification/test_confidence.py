"""The confidence follows the evidence, counts what was not answered, and says that it is not calibrated."""

import json
from dataclasses import replace

import pytest

from futurone_server.pipelines.verification.confidence import Features, probability
from futurone_server.pipelines.verification.research import verify_research
from futurone_server.pipelines.verification.rubric import BadRubricError, Gate, research_rubric
from futurone_server.pipelines.verification.verdict import Check, CheckKind, Verification
from pipelines.research.library import originals
from pipelines.research.making import research

WEIGHTS = research_rubric().weights
FULL = Features(coverage=1.0, direct=1.0, fit=1.0, lacks_negation=False)


def _verdict(task: str, threshold: float | None = None) -> Verification:
    asked, report = research(task)
    return verify_research(
        report.markdown, report.citations, originals(), asked, research_rubric(), threshold=threshold
    )


def _check(verdict: Verification, name: str) -> Check:
    return next(check for check in verdict.checks if check.name == name)


def test_more_evidence_is_never_less_likely_and_never_certain() -> None:
    last = 0.0
    for share in range(11):
        one = probability(replace(FULL, coverage=share / 10, direct=share / 10), WEIGHTS)
        assert one > last
        last = one
    assert 0.85 < last < 0.99


def test_the_wrong_kind_of_thing_and_a_missing_negation_cost() -> None:
    full = probability(FULL, WEIGHTS)
    assert probability(replace(FULL, fit=0.8), WEIGHTS) < full
    assert probability(replace(FULL, lacks_negation=True), WEIGHTS) == pytest.approx(full * WEIGHTS.negation_factor)


def test_what_is_fully_covered_reaches_the_threshold() -> None:
    verdict = _verdict("How long is a version kept by default?")
    assert verdict.threshold == 0.85
    assert verdict.passed
    assert verdict.calibrated is False


def test_an_unanswered_question_counts_nothing() -> None:
    alone = _verdict("What is the default port?")
    half = _verdict("What is the default port? What is the capital of Australia?")
    assert [section.is_answered for section in half.sections] == [True, False]
    assert half.confidence == pytest.approx(alone.confidence / 2, abs=1e-3)
    assert not half.passed


def test_a_report_that_answers_nothing_is_worth_nothing() -> None:
    verdict = _verdict("What is the capital of Australia?")
    assert verdict.confidence == 0.0
    assert verdict.failed_gates == ()
    assert not verdict.passed


def test_the_threshold_decides_and_can_be_the_caller_s() -> None:
    task = "What does exit status 7 mean? What may a viewer not do?"
    confidence = _verdict(task).confidence
    assert _verdict(task, threshold=confidence).passed
    assert not _verdict(task, threshold=confidence + 0.0001).passed


def test_each_claim_and_section_has_a_score_of_its_own_with_a_reason() -> None:
    for section in _verdict("What is the default port? How do I restore a folder?").sections:
        assert section.confidence == max(section.claims)
        assert "The best quote covers" in section.reason


@pytest.mark.parametrize(
    ("task", "score", "words"),
    [
        ("What is the default port? Cite every claim.", 1.0, "All that could be checked."),
        ("What is the default port? Answer in German.", 0.0, "Not kept: Answer in German."),
        ("What is the default port? At most 20 words.", 0.0, "Not kept: At most 20 words."),
        ("What is the default port? At most 900 words.", 1.0, "All that could be checked."),
        ("What is the default port? Be concise.", 1.0, "Not checked: Be concise."),
        ("What is the default port? Cite every claim. Answer in French.", 0.5, "About half."),
    ],
)
def test_constraints_are_kept_broken_or_said_to_be_unchecked(task: str, score: float, words: str) -> None:
    check = _check(_verdict(task), "constraints")
    assert check.score == score
    assert words in check.reason


def test_dimensions_are_graded_by_their_anchors() -> None:
    verdict = _verdict("What is the default port? What is the capital of Australia?")
    completeness = _check(verdict, "completeness")
    assert (completeness.kind, completeness.grade, completeness.score) == (CheckKind.DIMENSION, 2, 0.5)
    assert completeness.reason.startswith("About half.")
    assert _check(verdict, "traceability").grade == 4


def test_a_gate_nobody_can_check_is_refused() -> None:
    asked, report = research("What is the default port?")
    rubric = research_rubric()
    odd = replace(rubric, gates=(*rubric.gates, Gate(name="moon_phase", description="Full.")))
    with pytest.raises(BadRubricError, match="moon_phase"):
        verify_research(report.markdown, report.citations, originals(), asked, odd)


def test_a_verdict_is_the_same_every_time_and_survives_being_sealed() -> None:
    verdict = _verdict("What is the default port? What is the capital of Australia?")
    assert verdict == _verdict("What is the default port? What is the capital of Australia?")
    assert Verification.from_json(json.loads(json.dumps(verdict.to_json()))) == verdict
