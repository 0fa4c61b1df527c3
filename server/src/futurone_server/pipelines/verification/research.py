"""The verification of a research report: gates, grades and confidence in one verdict."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from futurone_server.pipelines.research.answers import SEARCH_NEEDS_MODEL
from futurone_server.pipelines.research.brief import Brief
from futurone_server.pipelines.research.deliverable import Citation
from futurone_server.pipelines.verification.checks import Case, check_gates, open_case
from futurone_server.pipelines.verification.confidence import judge_sections, overall
from futurone_server.pipelines.verification.constraints import keeping
from futurone_server.pipelines.verification.outcome import outcome
from futurone_server.pipelines.verification.reading import read_report
from futurone_server.pipelines.verification.rubric import GRADE_MAX, BadRubricError, Dimension, Rubric
from futurone_server.pipelines.verification.verdict import Check, CheckKind, SectionConfidence, Verification

GATE_FAILED_CONFIDENCE = 0.0
"""What a report is worth when a gate fails: less than any threshold."""

_GRADE_PASSED = 2

_OPEN = "Question {}: give a document that covers it, or leave it out."
_WEAK = "Question {}: read the quotes; they may not answer it."
_LIMITED = (
    "No answer was found. A question or a source is in another language than English, and without a language model only"
    " English is looked up well: the sources may still hold the answer."
)
_COVERING = ("Give documents that cover the questions, and run the task again.",)
_CONFIGURE = ("Or configure a model on the server (FUTURONE_MODELS): with it the web is searched as well.",)
_OTHER_LANGUAGE = (
    "Configure a model on the server (FUTURONE_MODELS): it reads other languages than English; then run it again.",
    "Or ask in English, of documents in English.",
)
_NEEDS = {
    "sources_unchanged": "Run the task again: a source changed while the run was working.",
    "quotes_verbatim": "Compare the quotes with their sources; one is not verbatim.",
    "claims_cited": "Remove or cite the claim without a citation.",
    "relevance": "Read the quotes: they may be about the subject without answering the question.",
    "completeness": "Give documents that cover the unanswered questions.",
}
"""What would resolve the doubt behind a failing check."""


def verify_research(
    markdown: str,
    citations: Sequence[Citation],
    sources: Mapping[str, bytes],
    brief: Brief,
    rubric: Rubric,
    *,
    threshold: float | None = None,
) -> Verification:
    """Check a finished report against the original bytes of its sources (by SHA-256).

    Nothing the report's maker concluded is taken over: claims and citations are read out of the Markdown, the originals
    are read again. Never raises on a bad report: what is wrong is in the checks. Raises BadRubricError.
    """
    case = open_case(read_report(markdown), brief, citations, sources)
    gates = check_gates(rubric.gates, case)
    sections = judge_sections(case, rubric.weights)
    grades = tuple(_grade(dimension, case, sections, markdown) for dimension in rubric.dimensions)
    all_hold = all(check.passed for check in gates)
    confidence = round(overall(sections), 4) if all_hold else GATE_FAILED_CONFIDENCE
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


def research_outcome(verdict: Verification, *, is_limited: bool = False, could_search: bool = False) -> dict[str, Any]:
    """What the step ``verify`` of a research run gives.

    ``is_limited``: a question was not answered whose words, or whose sources, are in another language than English.
    ``could_search``: the web could have been searched, were there a model.
    """
    sections = verdict.sections
    answered = [section for section in sections if section.is_answered]
    summary = f"{len(answered)} of {len(sections)} questions answered;"
    searching = (SEARCH_NEEDS_MODEL,) if could_search and len(answered) < len(sections) else ()
    if not answered:
        told = _LIMITED if is_limited else "The sources do not hold the answer to any of the questions."
        return outcome(
            verdict,
            summary=summary,
            reason="NO_EVIDENCE",
            message=" ".join((told, *searching)),
            needs=(*(_OTHER_LANGUAGE if is_limited else _COVERING), *(_CONFIGURE if searching else ())),
        )
    failing = [check.name for check in verdict.checks if not check.passed]
    needs = [_NEEDS.get(name, f"Look at the check {name} in the verification.") for name in failing]
    needs += [_OPEN.format(section.number) for section in sections if not section.is_answered]
    needs += [_WEAK.format(section.number) for section in answered if section.confidence < verdict.threshold]
    needs += (*(_OTHER_LANGUAGE if is_limited else ()), *searching)
    return outcome(verdict, summary=summary, needs=needs)


def _grade(dimension: Dimension, case: Case, sections: Sequence[SectionConfidence], markdown: str) -> Check:
    score, reason = _score(dimension.name, case, sections, markdown)
    grade = round(score * GRADE_MAX)
    return Check(
        name=dimension.name,
        kind=CheckKind.DIMENSION,
        passed=grade >= _GRADE_PASSED,
        score=round(score, 4),
        reason=f"{dimension.anchors[grade]} {reason}".strip(),
        grade=grade,
    )


def _score(name: str, case: Case, sections: Sequence[SectionConfidence], markdown: str) -> tuple[float, str]:
    answered = [section for section in sections if section.is_answered]
    if name == "relevance":
        score = sum(section.confidence for section in answered) / len(answered) if answered else 0.0
        over = "the one answered question" if len(answered) == 1 else f"the {len(answered)} answered questions"
        return score, f"Mean over {over}."
    if name == "completeness":
        return len(answered) / len(sections) if sections else 0.0, f"{len(answered)} of {len(sections)} questions."
    if name == "traceability":
        return _traceability(case)
    if name == "constraints":
        return keeping(case.brief, case.report, markdown)
    raise BadRubricError(f"There is no way to grade {name}.")


def _traceability(case: Case) -> tuple[float, str]:
    scores = list(_traced(case))
    found = sum(score == 1.0 for score in scores)
    score = sum(scores) / len(scores) if scores else 0.0
    return score, f"{found} of {len(scores)} claims name document, section and place."


def _traced(case: Case) -> Iterator[float]:
    for claim in case.report.claims:
        place = case.place(claim)
        yield 0.0 if place is None else 1.0 if place[0].path else 0.75
