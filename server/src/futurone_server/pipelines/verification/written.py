"""The verification of a written report: gates on what must hold, then every sentence against its passages."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from futurone_server.pipelines.verification.disputes import AGREEMENT, capped, check_agreement, disputed
from futurone_server.pipelines.verification.outcome import outcome
from futurone_server.pipelines.verification.relevance import relevance
from futurone_server.pipelines.verification.rubric import GRADE_MAX, BadRubricError, Dimension, Rubric, research_rubric
from futurone_server.pipelines.verification.verdict import Check, CheckKind, SectionConfidence, Verification
from futurone_server.pipelines.verification.written_case import Judgement, WrittenCase
from futurone_server.pipelines.verification.written_gates import check_gate
from futurone_server.pipelines.verification.written_reading import WrittenSection
from futurone_server.tools.retrieval import Index

_GRADE_PASSED = 2
_FIT_OF_GRADE = (0.0, 0.5, 1.0, 1.0, 1.0)
"""What a judge's grade for an answer, 0 to 4, takes off the confidence in it."""


def verify_written_report(
    case: WrittenCase, judged: Sequence[Judgement], rubric: Rubric, *, threshold: float | None = None
) -> Verification:
    """Gates first; then the mean over all claims of each section, and over the sections; an open question counts 0."""
    case = replace(case, judged=judged)
    disputes = disputed(case)
    judged = [capped(*pair, float(rubric.confidence["disputed"])) for pair in zip(judged, disputes, strict=True)]
    gates = tuple(check_gate(gate, case) for gate in rubric.gates)
    fits = _fits(case, judged)
    sections = tuple(map(_section, case.sections, judged, fits))
    grades = tuple(
        check_agreement(dimension, disputes)
        if dimension.name == AGREEMENT
        else _grade(dimension, case, sections, judged)
        for dimension in rubric.dimensions
    )
    all_hold = all(check.passed for check in gates)
    mean = sum(section.confidence for section in sections) / len(sections) if sections else 0.0
    most = float(rubric.confidence["disputed" if any(disputes) else "most"])
    confidence = round(min(mean, most), 4) if all_hold else 0.0
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


def written_outcome(verdict: Verification) -> dict[str, Any]:
    """What the step ``verify`` of a written report gives."""
    sections = verdict.sections
    answered = [section for section in sections if section.is_answered]
    summary = f"{len(answered)} of {len(sections)} questions answered;"
    if not answered:
        return outcome(
            verdict,
            summary=summary,
            reason="NO_EVIDENCE",
            message="The sources do not hold the answer to any of the questions.",
            needs=("Give documents that cover the questions, and run the task again.",),
        )
    needs = [_NEEDS.get(check.name, f"Look at the check {check.name}.") for check in verdict.checks if not check.passed]
    needs += [f"Question {one.number}: give a document that covers it." for one in sections if not one.is_answered]
    needs += [
        f"Question {one.number}: read sentences {', '.join(_doubtful(one))} against their passages."
        for one in answered
        if _doubtful(one)
    ]
    return outcome(verdict, summary=summary, needs=needs)


_NEEDS = {
    "sources_unchanged": "Run the task again: a source changed while the run was working.",
    "numbers_in_source": "Correct the number that its passages do not hold.",
    "claims_cited": "Cite or remove the sentence without a citation.",
    "support": "Read the doubtful sentences against their passages.",
    "sources_agree": "Decide which of the contradicting sources is right, or leave the other out and run it again.",
    "completeness": "Give documents that cover the unanswered questions.",
    "relevance": "Read the answers: they may be true and not answer what is asked.",
}
"""What would resolve the doubt behind a failing check."""


def _doubtful(section: SectionConfidence) -> list[str]:
    return [str(number) for number, likely in enumerate(section.claims, 1) if likely < 0.5]


def _fits(case: WrittenCase, judged: Sequence[Judgement]) -> list[float]:
    """How far each answer is taken to fit its question: as a judge graded it, else by the words it covers."""
    index: Index | None = None
    found = []
    for section, judgement in zip(case.sections, judged, strict=True):
        if judgement.answers is not None or not section.claims:
            found.append(_FIT_OF_GRADE[judgement.answers or 0] if section.claims else 0.0)
            continue
        index = index or Index([one.document for one in case.originals.values() if one.document is not None])
        draft = case.draft_of(section, "")
        texts = [claim.text for claim in section.claims]
        found.append(relevance(section.title, texts, draft.passages, index, research_rubric().weights))
    return found


def _section(section: WrittenSection, judgement: Judgement, fit: float) -> SectionConfidence:
    likely = tuple(round(verdict.probability, 4) for verdict in judgement.verdicts)
    weak = [(number, one) for number, one in enumerate(judgement.verdicts, 1) if one.probability < 0.5]
    reason = f"{len(likely) - len(weak)} of {len(likely)} sentences are held by their passages."
    if weak:
        reason += f" Sentence {weak[0][0]}: {weak[0][1].reason}"
    if judgement.answers is None and likely:
        reason += f" No judge said whether they answer the question; by its words that is likely to {fit:.0%}."
    mean = sum(likely) / len(likely) if likely else 0.0
    return SectionConfidence(
        number=section.number,
        question=section.title,
        is_answered=bool(likely),
        confidence=round(mean * fit, 4),
        claims=likely,
        reason=reason if likely else "No sentence: unanswered questions count 0.",
    )


def _grade(
    dimension: Dimension, case: WrittenCase, sections: Sequence[SectionConfidence], judged: Sequence[Judgement]
) -> Check:
    score, told = _score(dimension.name, case, sections, judged)
    grade = round(score * GRADE_MAX)
    return Check(
        name=dimension.name,
        kind=CheckKind.DIMENSION,
        passed=grade >= _GRADE_PASSED,
        score=round(score, 4),
        reason=f"{dimension.anchors[grade]} {told}".strip(),
        grade=grade,
    )


def _score(
    name: str, case: WrittenCase, sections: Sequence[SectionConfidence], judged: Sequence[Judgement]
) -> tuple[float, str]:
    answered = [section for section in sections if section.is_answered]
    likely = [one for section in answered for one in section.claims]
    if name == "support":
        return sum(likely) / len(likely) if likely else 0.0, f"Mean over {len(likely)} sentences."
    if name == "completeness":
        return len(answered) / len(sections) if sections else 0.0, f"{len(answered)} of {len(sections)} questions."
    if name == "relevance":
        grades = [one.answers for one in judged if one.answers is not None and one.verdicts]
        if not grades:
            return (0.5 if answered else 0.0), "No judge said whether the answers fit their questions."
        return sum(grades) / (GRADE_MAX * len(grades)), f"As a judge sees it; answers graded: {len(grades)}."
    if name == "independence":
        claims = [claim for section in case.sections for claim in section.claims if claim.cited]
        shared = sum(not claim.is_single for claim in claims)
        return 0.5 + 0.5 * shared / len(claims) if claims else 0.0, f"{shared} of {len(claims)} rest on several."
    raise BadRubricError(f"There is no way to grade {name}.")
