"""How likely a section answers its question, from evidence that is measured again on the report and its sources.

For each quote three numbers are taken, all from 0 to 1:

* ``coverage``: the share of the question's words, weighted by how telling they are in these sources, that stand in the
  quote, in the headings above it or in the document's title;
* ``direct``: the same share in the quote and its own heading alone;
* ``fit``: whether the kind of thing asked for is there (a number for "how many", a date for "when"); it scales both.

A logistic function with the rubric's weights makes a probability of them. A question with a negation that its quote
lacks costs ``negation_factor``. A section is as likely as its best quote, an unanswered one counts 0, and a report is
the mean of its sections. The weights come from the evaluation in ``benches/quality``: they are not
calibrated on reviewed deliverables, so every verdict says ``calibrated: false``.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from futurone_server.pipelines.research.brief import Question
from futurone_server.pipelines.research.evidence import fitness, value
from futurone_server.pipelines.research.query import Query, query
from futurone_server.pipelines.verification.checks import Case
from futurone_server.pipelines.verification.reading import ReadClaim, ReadSection
from futurone_server.pipelines.verification.rubric import Weights
from futurone_server.pipelines.verification.verdict import SectionConfidence
from futurone_server.tools.retrieval import Index, stem_of

_ABOVE_VALUE = 0.85
_NEGATION = re.compile(r"\b(?:not|no|never|none|cannot|without|neither|nor)\b|n['’]t\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Features:
    """The measured evidence of one quote for one question."""

    coverage: float
    direct: float
    fit: float
    lacks_negation: bool


def measure(question: Question, asked: Query, claim: ReadClaim, case: Case, index: Index) -> Features | None:
    """The evidence of one claim; None if it cannot be looked up."""
    found = case.place(claim)
    if found is None:
        return None
    source, document = found
    titles = source.path.split(" › ")
    own = frozenset(index.lexicon.in_text(f"{claim.text} / {titles[-1]}"))
    above = frozenset(index.lexicon.in_text(f"{source.path} / {document.title} / {stem_of(document.name)}"))
    direct = [asked_word.weight * value(asked_word, own) for asked_word in asked.asked]
    around = [asked_word.weight * _ABOVE_VALUE * value(asked_word, above) for asked_word in asked.asked]
    total = asked.weight or 1.0
    return Features(
        coverage=sum(map(max, direct, around)) / total,
        direct=sum(direct) / total,
        fit=fitness(question.wanted, claim.text),
        lacks_negation=_NEGATION.search(question.text) is not None and _NEGATION.search(claim.text) is None,
    )


def probability(features: Features, weights: Weights) -> float:
    """The logistic function of one quote's evidence."""
    logit = (
        weights.intercept
        + weights.coverage * features.coverage * features.fit
        + weights.direct * features.direct * features.fit
    )
    likely = 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))
    return likely * (weights.negation_factor if features.lacks_negation else 1.0)


def judge_sections(case: Case, weights: Weights) -> tuple[SectionConfidence, ...]:
    """The confidence of every question of the brief, in its order."""
    index = Index(tuple(case.documents.values()))
    by_number = {section.number: section for section in reversed(case.report.sections)}
    return tuple(
        _judge(number, question, by_number.get(number), _Bench(case, index, weights))
        for number, question in enumerate(case.brief.questions, 1)
    )


def overall(sections: Sequence[SectionConfidence]) -> float:
    """The confidence in the whole: the mean over all questions."""
    return sum(section.confidence for section in sections) / len(sections) if sections else 0.0


@dataclass(frozen=True)
class _Bench:
    case: Case
    index: Index
    weights: Weights


def _judge(number: int, question: Question, section: ReadSection | None, bench: _Bench) -> SectionConfidence:
    asked = query(question, bench.index)
    likely: list[float] = []
    best: Features | None = None
    for claim in section.claims if section else ():
        features = measure(question, asked, claim, bench.case, bench.index)
        likely.append(probability(features, bench.weights) if features else 0.0)
        if features and likely[-1] == max(likely):
            best = features
    return SectionConfidence(
        number=number,
        question=question.text,
        is_answered=bool(likely),
        confidence=round(max(likely, default=0.0), 4),
        claims=tuple(round(one, 4) for one in likely),
        reason=_reason(best, bool(likely)),
    )


def _reason(best: Features | None, is_answered: bool) -> str:
    if not is_answered:
        return "No quote: unanswered questions count 0."
    if best is None:
        return "No quote can be looked up in its source."
    lacks = " The question holds a negation and the quote none." if best.lacks_negation else ""
    fits = "" if best.fit == 1.0 else " The kind of thing asked for is not in the quote."
    covers = f"The best quote covers {best.coverage:.0%} of the question with its headings, {best.direct:.0%} alone."
    return f"{covers}{fits}{lacks}"
