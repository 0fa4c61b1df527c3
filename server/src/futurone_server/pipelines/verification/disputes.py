"""What comes of sentences of a written report that contradict one another: less confidence, and a check."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from futurone_server.pipelines.inquiry.draft import Draft
from futurone_server.pipelines.verification.agreement import Disagreement, Statement, disagreements, told
from futurone_server.pipelines.verification.claims import ClaimVerdict
from futurone_server.pipelines.verification.rubric import GRADE_MAX, Dimension
from futurone_server.pipelines.verification.verdict import Check, CheckKind
from futurone_server.pipelines.verification.written_case import Judgement, WrittenCase

AGREEMENT = "sources_agree"
"""The check of the rubric that this module answers."""


@dataclass(frozen=True, kw_only=True)
class Capped:
    """A judgement whose disputed sentences are held for less likely."""

    verdicts: Sequence[ClaimVerdict]
    answers: int | None


def disputes_in(draft: Draft) -> dict[int, str]:
    """The sentences of a draft that another one contradicts, by their number from 1, and what is told of each."""
    return told(_found(draft))


def disputed(case: WrittenCase) -> tuple[tuple[Disagreement, ...], ...]:
    """The contradictions within each section of a report, as a reader finds them."""
    return tuple(_found(case.draft_of(section, "")) for section in case.sections)


def capped(judgement: Judgement, found: Sequence[Disagreement], most: float) -> Judgement:
    """The judgement with each disputed sentence at most as likely as ``most``."""
    reasons = told(found)
    verdicts = [
        replace(verdict, probability=min(verdict.probability, most), reason=reasons[number])
        if number in reasons
        else verdict
        for number, verdict in enumerate(judgement.verdicts, 1)
    ]
    return Capped(verdicts=verdicts, answers=judgement.answers)


def check_agreement(dimension: Dimension, disputes: Sequence[Sequence[Disagreement]]) -> Check:
    """The check that no two sentences of an answer contradict one another; it names the first two that do."""
    found = [(number, one) for number, section in enumerate(disputes, 1) for one in section]
    grade = 0 if found else GRADE_MAX
    reason = dimension.anchors[grade]
    if found:
        number, one = found[0]
        more = f" ({len(found)} pairs in all)" if len(found) > 1 else ""
        reason += (
            f" Question {number}: sentence {one.first} says “{one.one}”, sentence {one.second} “{one.other}”{more}."
        )
    return Check(
        name=dimension.name,
        kind=CheckKind.DIMENSION,
        passed=not found,
        score=float(not found),
        reason=reason,
        grade=grade,
    )


def _found(draft: Draft) -> tuple[Disagreement, ...]:
    return disagreements(
        [
            Statement(text=claim.text, sources=frozenset(passage.sha256 for passage in draft.cited_by(claim)))
            for claim in draft.claims
        ]
    )
