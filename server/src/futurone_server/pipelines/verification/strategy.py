"""The verification of strategy work: every number looked up and computed a second time, by other code."""

from collections.abc import Mapping, Sequence
from typing import Any

from futurone_server.pipelines.strategy.checks.judging import StrategyCase, judge_strategy
from futurone_server.pipelines.strategy.wanted import Wanted
from futurone_server.pipelines.verification.outcome import outcome
from futurone_server.pipelines.verification.rubric import GRADE_MAX, BadRubricError, Dimension, Gate, Rubric
from futurone_server.pipelines.verification.verdict import Check, CheckKind, SectionConfidence, Verification
from futurone_server.tools.documents import Document

_GRADE_PASSED = 2
_TOLD_MAX = 3

_NEEDS = {
    "sources_unchanged": "Run the task again: a file changed while the run was working.",
    "numbers_trace": "Compare the given numbers with their places; one is not there.",
    "numbers_complete": "Look at the numbers of the table that the matrix leaves out.",
    "matrix_recomputed": "Compute the matrix by hand: it does not come out the same twice.",
    "scenarios_recomputed": "Compute the scenarios by hand: they do not come out the same twice.",
    "words_hold": "Remove or support the sentences whose numbers stand nowhere.",
    "traceability": "Give the numbers that had to be assumed.",
    "completeness": "Give the numbers that are listed as missing in the report, and run the task again.",
    "clarity": "State the weights, and for each criterion whether higher or lower is better.",
}
"""What would resolve the doubt behind a failing check."""


def verify_strategy(
    markdown: str,
    task: str,
    wanted: Wanted,
    originals: Mapping[str, bytes],
    documents: Mapping[str, Document],
    raw: Mapping[str, str],
    *,
    rubric: Rubric,
    threshold: float | None = None,
) -> Verification:
    """Judge a report against the files, fetched and parsed again; ``raw`` is the text of each csv file by name.

    Never raises on a bad report: what is wrong is in the checks. Raises BadRubricError.
    """
    case = StrategyCase(markdown, task, originals, documents, raw)
    judged = judge_strategy(case, rubric.confidence)
    is_told = bool(case.told)
    as_asked = () if is_told or wanted is Wanted.COMPUTED else ("The task asks for words; these are computed tables.",)
    wrongs = {**judged.wrongs, "as_asked": as_asked}
    unknown = set(wrongs) - {gate.name for gate in rubric.gates}
    if unknown or {dimension.name for dimension in rubric.dimensions} != set(judged.scores):
        raise BadRubricError(f"The rubric {rubric.id} does not fit its verifier.")
    gates = tuple(_check(gate, wrongs[gate.name]) for gate in rubric.gates if gate.name in wrongs)
    sections = tuple(
        SectionConfidence(
            number=number,
            question=one.title,
            is_answered=one.is_answered,
            confidence=one.confidence,
            claims=one.claims,
            reason=one.reason,
        )
        for number, one in enumerate(judged.sections, 1)
    )
    all_hold = all(check.passed for check in gates)
    mean = sum(section.confidence for section in sections) / len(sections) if sections else 0.0
    confidence = round(mean, 4) if all_hold else 0.0
    bound = rubric.threshold if threshold is None else threshold
    return Verification(
        rubric_id=rubric.id,
        rubric_version=rubric.version,
        checks=(*gates, *(_grade(dimension, *judged.scores[dimension.name]) for dimension in rubric.dimensions)),
        sections=sections,
        confidence=confidence,
        threshold=bound,
        passed=all_hold and confidence >= bound,
    )


def strategy_outcome(verdict: Verification, *, has_model: bool) -> dict[str, Any]:
    """What the step ``verify`` of a strategy run gives."""
    sure = sum(section.confidence >= verdict.threshold for section in verdict.sections)
    summary = f"A strategy report; {sure} of {len(verdict.sections)} parts reach the threshold;"
    failing = [check.name for check in verdict.checks if not check.passed]
    needs = [_NEEDS[name] for name in failing if name in _NEEDS]
    imperfect = [check.name for check in verdict.checks if check.passed and check.score < 1]
    if not verdict.passed:
        needs += [_NEEDS[name] for name in imperfect if name in _NEEDS]
    if "as_asked" in failing and not has_model:
        return outcome(
            verdict,
            summary=summary,
            needs=(
                "Configure a model on the server (FUTURONE_MODELS), then run the task again.",
                "Or take the computed tables, and judge from them.",
            ),
            reason="MODEL_REQUIRED",
            message="Advice in words needs a language model, and none is configured. The tables were computed.",
        )
    return outcome(verdict, summary=summary, needs=needs)


def _check(gate: Gate, wrongs: Sequence[str]) -> Check:
    more = f" ({len(wrongs)} in all)" if len(wrongs) > _TOLD_MAX else ""
    reason = f"{' '.join(wrongs[:_TOLD_MAX])}{more}" if wrongs else gate.description
    return Check(name=gate.name, kind=CheckKind.GATE, passed=not wrongs, score=float(not wrongs), reason=reason)


def _grade(dimension: Dimension, score: float, reason: str) -> Check:
    grade = round(score * GRADE_MAX)
    return Check(
        name=dimension.name,
        kind=CheckKind.DIMENSION,
        passed=grade >= _GRADE_PASSED,
        score=round(score, 4),
        reason=f"{dimension.anchors[grade]} {reason}".strip(),
        grade=grade,
    )
