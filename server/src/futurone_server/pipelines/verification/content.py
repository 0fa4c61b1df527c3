"""The verification of content work: a lint report, a source brief or a written text, judged by a second look."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from futurone_server.pipelines.content.assignment import Aim, Assignment
from futurone_server.pipelines.content.checks.judged import Judged
from futurone_server.pipelines.content.checks.judging import judge_brief, judge_lint
from futurone_server.pipelines.content.checks.text import judge_text
from futurone_server.pipelines.verification.claims import Reader, claim_weights, judge_claim
from futurone_server.pipelines.verification.outcome import outcome
from futurone_server.pipelines.verification.rubric import GRADE_MAX, BadRubricError, Dimension, Gate, Rubric
from futurone_server.pipelines.verification.verdict import Check, CheckKind, SectionConfidence, Verification
from futurone_server.tools.documents import Document

_GRADE_PASSED = 2
_TOLD_MAX = 3


class Made(StrEnum):
    """What was made."""

    LINT = "lint report"
    BRIEF = "source brief"
    TEXT = "text"


_FITS = {Aim.LINT: Made.LINT, Aim.BRIEF: Made.BRIEF, Aim.WRITE: Made.TEXT}
_JUDGES = {Made.LINT: judge_lint, Made.BRIEF: judge_brief}

_NEEDS = {
    "sources_unchanged": "Run the task again: a file changed while the run was working.",
    "places_hold": "Compare what is quoted with its source; one quote is not there.",
    "citations_resolve": "Correct the citation that leads nowhere.",
    "claims_cited": "Cite or remove the sentences that carry a number or a name without a source.",
    "numbers_recomputed": "Count again: a number of the report does not come out the same.",
    "constraints_accounted": "Look at the constraints of the task that are not kept, and mend the text or drop them.",
    "grounding": "Cite more of the text, or cut what the sources do not hold.",
    "coverage": "Give sources that cover the open points, or leave those out.",
    "has_text": "Put text into the draft that is empty, or leave it out.",
    "constraints": "Give sources that hold what has to be mentioned, or drop the constraint.",
    "usefulness": "Give sources that are nearer to the subject.",
}
"""What would resolve the doubt behind a failing check."""

_MODEL_NEEDS = ("Configure a model on the server (FUTURONE_MODELS), then run the task again.",)


def verify_content(
    made: Made,
    markdown: str,
    assignment: Assignment,
    originals: Mapping[str, bytes],
    documents: Mapping[str, Document],
    *,
    rubric: Rubric,
    threshold: float | None = None,
) -> Verification:
    """Judge a deliverable against the files, fetched and parsed again, by their digests.

    Never raises on a bad deliverable: what is wrong is in the checks. Raises BadRubricError.
    """
    judged = _judge(made, markdown, assignment, originals, documents, rubric)
    wrongs = {**judged.wrongs, "as_asked": _as_asked(made, assignment)}
    gates = tuple(_check(gate, wrongs[gate.name]) for gate in rubric.gates if gate.name in wrongs)
    _check_known(rubric, wrongs, judged)
    grades = tuple(_grade(dimension, *judged.scores[dimension.name]) for dimension in rubric.dimensions)
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
        checks=(*gates, *grades),
        sections=sections,
        confidence=confidence,
        threshold=bound,
        passed=all_hold and confidence >= bound,
    )


def content_outcome(verdict: Verification, made: Made, *, has_model: bool) -> dict[str, Any]:
    """What the step ``verify`` of a content run gives."""
    parts = len(verdict.sections)
    sure = sum(section.confidence >= verdict.threshold for section in verdict.sections)
    noun = {Made.LINT: "drafts", Made.BRIEF: "points", Made.TEXT: "sections"}[made]
    summary = f"A {made.value}; {sure} of {parts} {noun} reach the threshold;"
    failing = [check.name for check in verdict.checks if not check.passed]
    needs = [_NEEDS[name] for name in failing if name in _NEEDS]
    needs += _of_sections(verdict, noun)
    if "as_asked" in failing and not has_model:
        return outcome(
            verdict,
            summary=summary,
            needs=(*_MODEL_NEEDS, f"Or take the {made.value} that was made, and write from it."),
            reason="MODEL_REQUIRED",
            message=f"Writing the text needs a language model, and none is configured. A {made.value} was made.",
        )
    return outcome(verdict, summary=summary, needs=needs)


def _of_sections(verdict: Verification, noun: str) -> list[str]:
    doubtful = [section.number for section in verdict.sections if section.confidence < verdict.threshold]
    told = ", ".join(map(str, doubtful))
    return [f"Look at the {noun} that are below the threshold: {told}."] if doubtful else []


def _judge(
    made: Made,
    markdown: str,
    assignment: Assignment,
    originals: Mapping[str, bytes],
    documents: Mapping[str, Document],
    rubric: Rubric,
) -> Judged:
    if made is not Made.TEXT:
        return _JUDGES[made](markdown, assignment, originals, documents, rubric.confidence)
    weights, reader = claim_weights(), Reader()

    def likely(sentence: str, passages: Sequence[str]) -> float:
        return judge_claim(sentence, passages, weights, reader=reader).probability

    return judge_text(markdown, assignment, originals, documents, rubric.confidence, likely=likely)


def _as_asked(made: Made, assignment: Assignment) -> tuple[str, ...]:
    wanted = _FITS[assignment.aim]
    return () if made is wanted else (f"The task asks for a {wanted.value}, and this is a {made.value}.",)


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


def _check_known(rubric: Rubric, wrongs: Mapping[str, object], judged: Judged) -> None:
    unknown = set(wrongs) - {gate.name for gate in rubric.gates}
    missing = {dimension.name for dimension in rubric.dimensions} - set(judged.scores)
    if unknown or missing:
        raise BadRubricError(f"The rubric {rubric.id} does not fit: {', '.join(sorted(unknown | missing))}.")
