"""Keyless research measured: answers found, first quotes right, abstentions kept, time, calibration of the verdict."""

import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from benches.quality.corpus import Asked, Part
from benches.quality.figure import Figure, Place
from futurone_server.kit.calibration import Label, auroc, brier, ece
from futurone_server.pipelines.research.answers import STRENGTH_MIN, Answer, Quote, answer
from futurone_server.pipelines.research.brief import Question
from futurone_server.pipelines.research.deliverable import Meta, Source
from futurone_server.pipelines.research.query import query
from futurone_server.pipelines.research.questions import brief
from futurone_server.pipelines.research.report import compose
from futurone_server.pipelines.verification.checks import Case
from futurone_server.pipelines.verification.confidence import Features, measure, probability
from futurone_server.pipelines.verification.reading import read_report
from futurone_server.pipelines.verification.rubric import research_rubric

ANSWERED_MIN = 0.75
ABSTAINED_MIN = 0.95
ANSWERABLE_MIN = 20
OUTSIDE_MIN = 20
"""With fewer questions than these the floors say nothing, and are called unmeasured."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One question, what came back, and whether that was right."""

    asked: Asked
    question: Question
    answer: Answer
    is_right: bool
    is_first_right: bool = False
    took_ms: float


def trials(part: Part, strength_min: float = STRENGTH_MIN) -> list[Trial]:
    """Every question of a part, asked of all its documents."""
    index = part.index
    done = []
    for asked in part.asked:
        question = brief(asked.text).questions[0]
        began = time.perf_counter()
        given = answer(question, index, strength_min=strength_min)
        took_ms = (time.perf_counter() - began) * 1000
        hits = [_is_hit(asked, quote) for quote in given.quotes]
        done.append(
            Trial(
                asked=asked,
                question=question,
                answer=given,
                is_right=any(hits) if asked.kind == "answerable" else given.abstained,
                is_first_right=hits[:1] == [True],
                took_ms=took_ms,
            )
        )
    return done


def _is_hit(asked: Asked, quote: Quote) -> bool:
    if asked.place is None:
        return asked.is_answered_by(quote.text)
    place = asked.place
    return quote.sha256 == place.sha256 and quote.start < place.end and place.start < quote.end


def evidence(done: Sequence[Trial], part: Part) -> Iterator[tuple[list[Features], bool]]:
    """What the verifier measures on a report of each trial that was answered, and whether that was right."""
    held = {document.sha256: document for document in part.documents}
    sources = tuple(map(Source.of, part.documents))
    for trial in done:
        if trial.answer.abstained:
            continue
        asked = replace(brief(trial.question.text), questions=(trial.question,), words_max=None)
        report = compose(asked, (trial.answer,), sources, Meta())
        read = read_report(report.markdown)
        case = Case(report=read, brief=asked, citations=report.citations, originals={}, documents=held)
        terms = query(trial.question, part.index)
        found = [measure(trial.question, terms, claim, case, part.index) for claim in read.claims]
        yield [one for one in found if one], trial.is_right and trial.asked.kind == "answerable"


def confidences(done: Sequence[Trial], part: Part) -> list[Label]:
    """The verdict's confidence in each answer that was given, and whether it was right."""
    weights = research_rubric().weights
    return [(max(probability(one, weights) for one in found), right) for found, right in evidence(done, part) if found]


def figures(part: Part, done: Sequence[Trial]) -> Iterator[Figure]:
    """The figures of one part."""
    place = Place(area="research, keyless", part=part.name)
    by_kind = {kind: [one for one in done if one.asked.kind == kind] for kind in ("answerable", "outside", "traps")}
    answerable, outside, traps = by_kind.values()
    yield place.words("documents, characters", _corpus_told(part))
    yield place.share(
        "answered within four quotes",
        sum(one.is_right for one in answerable),
        len(answerable),
        floor=ANSWERED_MIN,
        of_min=ANSWERABLE_MIN,
    )
    yield place.share("first quote right", sum(one.is_first_right for one in answerable), len(answerable))
    yield place.share(
        "abstained, out of domain",
        sum(one.is_right for one in outside),
        len(outside),
        floor=ABSTAINED_MIN,
        of_min=OUTSIDE_MIN,
    )
    if traps:
        yield place.share("abstained, near-domain traps", sum(one.is_right for one in traps), len(traps))
    if not done:
        return
    yield place.number("time a question, median", statistics.median(one.took_ms for one in done), unit="ms", digits=0)
    yield place.number("time a question, longest", max(one.took_ms for one in done), unit="ms", digits=0)
    labels = confidences(done, part)
    if labels:
        yield place.words("answers with a verdict", f"{len(labels)}, {sum(right for _, right in labels)} right")
        yield place.number("calibration error (ECE) of the verdict", ece(labels))
        yield place.number("Brier score of the verdict", brier(labels))
        yield place.number("ranking (AUROC) of the verdict", auroc(labels))


def _corpus_told(part: Part) -> str:
    characters = sum(len(document.text) for document in part.documents)
    absent = f"; {len(part.absent)} documents are not here, {part.skipped} questions left out" if part.absent else ""
    return f"{len(part.originals)}, {characters:,}{absent}"


def misses(done: Sequence[Trial]) -> Iterator[str]:
    """What was wrong in words, for whoever works on the engine."""
    for trial in done:
        if trial.is_right:
            continue
        given = trial.answer
        yield f"[{trial.asked.kind}] {trial.question.text} ({trial.question.wanted}) {given.strength} {given.reason}"
        for quote in given.quotes:
            where = " › ".join(quote.path[-2:])[:60]
            yield f"    {quote.score} {quote.document} {where} | {' '.join(quote.text.split())[:160]}"
