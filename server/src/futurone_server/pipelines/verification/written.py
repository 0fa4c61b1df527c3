"""The verification of a written report: gates on what must hold, then every sentence against its passages."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self

from futurone_server.pipelines.inquiry.draft import Claim, Draft
from futurone_server.pipelines.research.answers import Quote
from futurone_server.pipelines.research.deliverable import Citation
from futurone_server.pipelines.verification.claims import ClaimVerdict
from futurone_server.pipelines.verification.outcome import outcome
from futurone_server.pipelines.verification.reading import ReadSource, one_spaced
from futurone_server.pipelines.verification.rubric import GRADE_MAX, BadRubricError, Dimension, Gate, Rubric
from futurone_server.pipelines.verification.verdict import Check, CheckKind, SectionConfidence, Verification
from futurone_server.pipelines.verification.written_reading import WrittenReport, WrittenSection, read_written
from futurone_server.tools.documents import Document, UnreadableDocument, parse
from futurone_server.tools.web import Snapshot, document_of

_GRADE_PASSED = 2
_EXCERPT_CHARS_MIN = 1
_SHOWN_CHARS_MAX = 120


class Judgement(Protocol):
    """What came of judging one section."""

    @property
    def verdicts(self) -> Sequence[ClaimVerdict]:
        """A verdict for each claim."""

    @property
    def answers(self) -> int | None:
        """How well the claims answer their question, 0 to 4, where a judge said so."""


@dataclass(frozen=True, kw_only=True)
class Original:
    """The bytes of a source and what they hold, read again; None where they can no longer be read."""

    data: bytes
    document: Document | None

    @classmethod
    def of_file(cls, name: str, media_type: str, data: bytes) -> Self:
        """A file that was given."""
        try:
            return cls(data=data, document=parse(name, media_type, data))
        except UnreadableDocument:
            return cls(data=data, document=None)

    @classmethod
    def of_page(cls, snapshot: Snapshot) -> Self:
        """A page that was fetched, as it was then."""
        try:
            return cls(data=snapshot.data, document=document_of(snapshot))
        except UnreadableDocument:
            return cls(data=snapshot.data, document=None)


@dataclass(frozen=True, kw_only=True)
class WrittenCase:
    """All that is known to the verifier: the report as read back, the questions, the originals, read again."""

    report: WrittenReport
    questions: Sequence[str]
    citations: Sequence[Citation]
    originals: Mapping[str, Original]
    judged: Sequence[Judgement] = ()

    @property
    def sections(self) -> Sequence[WrittenSection]:
        """The sections in their order."""
        return self.report.sections

    def passage(self, number: int) -> Quote | None:
        """The passage that a number of the report leads to, out of the original; None if it leads nowhere."""
        source = next((one for one in self.report.sources if one.number == number), None)
        document = self._document(source) if source else None
        if source is None or document is None or not 0 <= source.start < source.end <= len(document.text):
            return None
        return Quote(
            document=document.name,
            sha256=document.sha256,
            media_type=document.media_type,
            path=(),
            start=source.start,
            end=source.end,
            text=document.text[source.start : source.end],
            score=1.0,
        )

    def _document(self, source: ReadSource) -> Document | None:
        found = [
            original.document
            for digest, original in self.originals.items()
            if len(source.digest) >= 8 and digest.startswith(source.digest)
        ]
        return found[0] if len(found) == 1 else None

    def draft_of(self, section: WrittenSection, family: str) -> Draft:
        """A section as claims over passages, both as a reader finds them; ``family`` is whose work it is."""
        numbers_cited = sorted({number for claim in section.claims for number in claim.cited})
        found = {number: self.passage(number) for number in numbers_cited}
        known = [(number, passage) for number, passage in found.items() if passage is not None]
        places = {number: at for at, (number, _) in enumerate(known, 1)}
        claims = tuple(
            Claim(text=claim.text, cited=tuple(places[number] for number in claim.cited if number in places))
            for claim in section.claims
        )
        return Draft(
            question_id=f"s{section.number}",
            paragraphs=(claims,) if claims else (),
            passages=tuple(passage for _, passage in known),
            family=family,
        )


def open_written(
    markdown: str,
    questions: Sequence[str],
    citations: Sequence[Citation],
    originals: Mapping[str, Original],
) -> WrittenCase:
    """Read the report back, beside its originals by their SHA-256."""
    return WrittenCase(
        report=read_written(markdown),
        questions=questions,
        citations=citations,
        originals=originals,
    )


def verify_written_report(
    case: WrittenCase, judged: Sequence[Judgement], rubric: Rubric, *, threshold: float | None = None
) -> Verification:
    """Gates first; then the mean over all claims of each section, and over the sections; an open question counts 0."""
    case = replace(case, judged=judged)
    gates = tuple(_gate(gate, case) for gate in rubric.gates)
    sections = tuple(_section(section, judgement) for section, judgement in zip(case.sections, judged, strict=True))
    grades = tuple(_grade(dimension, case, sections, judged) for dimension in rubric.dimensions)
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
    "completeness": "Give documents that cover the unanswered questions.",
    "relevance": "Read the answers: they may be true and not answer what is asked.",
}
"""What would resolve the doubt behind a failing check."""


def _doubtful(section: SectionConfidence) -> list[str]:
    return [str(number) for number, likely in enumerate(section.claims, 1) if likely < 0.5]


def _section(section: WrittenSection, judgement: Judgement) -> SectionConfidence:
    likely = tuple(round(verdict.probability, 4) for verdict in judgement.verdicts)
    weak = [(number, one) for number, one in enumerate(judgement.verdicts, 1) if one.probability < 0.5]
    reason = f"{len(likely) - len(weak)} of {len(likely)} sentences are held by their passages."
    if weak:
        reason += f" Sentence {weak[0][0]}: {weak[0][1].reason}"
    relevance = 1.0 if judgement.answers is None else (1.0, 1.0, 1.0, 0.5, 0.0)[GRADE_MAX - judgement.answers]
    mean = sum(likely) / len(likely) if likely else 0.0
    return SectionConfidence(
        number=section.number,
        question=section.title,
        is_answered=bool(likely),
        confidence=round(mean * relevance, 4),
        claims=likely,
        reason=reason if likely else "No sentence: unanswered questions count 0.",
    )


def _gate(gate: Gate, case: WrittenCase) -> Check:
    wrongs = GATES.get(gate.name)
    if wrongs is None:
        raise BadRubricError(f"There is no check for the gate {gate.name}.")
    found = list(wrongs(case))
    more = f" ({len(found)} in all)" if len(found) > 1 else ""
    reason = gate.description if not found else f"{found[0]}{more}"
    return Check(name=gate.name, kind=CheckKind.GATE, passed=not found, score=float(not found), reason=reason)


def _sources_unchanged(case: WrittenCase) -> Iterator[str]:
    for digest, original in case.originals.items():
        if hashlib.sha256(original.data).hexdigest() != digest:
            yield f"A source is not what its digest {digest[:16]} says."
    for document in case.report.documents:
        if document.sha256 not in case.originals:
            yield f"The report lists {_short(document.name)}, which is not among the sources."


def _citations_resolve(case: WrittenCase) -> Iterator[str]:
    report = case.report
    yield from (f"In the list of sources, {broken}." for broken in report.broken)
    if [source.number for source in report.sources] != list(range(1, len(report.sources) + 1)):
        yield "The list of sources is not numbered from 1 on."
    cited = {number for section in report.sections for claim in section.claims for number in claim.cited}
    for number in sorted(cited):
        if case.passage(number) is None:
            yield f"Citation [{number}] leads to no place in a document."
    for source in report.sources:
        if source.number not in cited:
            yield f"Source {source.number} is listed and never cited."
    places = [(source.start, source.end, source.digest) for source in report.sources]
    given = [(one.quote.start, one.quote.end, one.quote.sha256[:16]) for one in case.citations]
    if places != given:
        yield "The list of sources is not the citations that came with the report."


def _excerpts_verbatim(case: WrittenCase) -> Iterator[str]:
    for source in case.report.sources:
        passage = case.passage(source.number)
        excerpt = case.report.excerpts.get(source.number, "").removesuffix("…")
        held = one_spaced(passage.text) if passage else ""
        if len(excerpt) < _EXCERPT_CHARS_MIN or not held.startswith(one_spaced(excerpt)):
            yield f"What source {source.number} quotes does not stand at its place."


def _claims_cited(case: WrittenCase) -> Iterator[str]:
    for section in case.report.sections:
        for claim in section.claims:
            if not claim.cited:
                yield f"“{_short(claim.text)}” has no citation."
    for stray in case.report.strays:
        yield f"“{_short(stray)}” is neither a cited sentence nor a word of the report's own."


def _numbers_in_source(case: WrittenCase) -> Iterator[str]:
    for section, judgement in zip(case.sections, case.judged, strict=True):
        for claim, verdict in zip(section.claims, judgement.verdicts, strict=True):
            if "number" in verdict.failing:
                yield f"“{_short(claim.text)}”: {verdict.reason}"


def _questions_accounted(case: WrittenCase) -> Iterator[str]:
    if [one_spaced(section.title) for section in case.sections] != [one_spaced(one) for one in case.questions]:
        yield "The sections are not the questions of the plan."
    for at, section in enumerate(case.sections, 1):
        if section.number != at:
            yield f"Section {at} has another number."
        if bool(section.claims) == section.is_declared_unanswered:
            yield f"Question {at} is neither answered nor declared unanswered."
    open_questions = [section.number for section in case.sections if not section.claims]
    if case.report.open_questions != open_questions:
        yield "The list of what could not be answered does not fit the sections."
    answered = len(case.sections) - len(open_questions)
    claims = sum(len(section.claims) for section in case.sections)
    if case.report.counts != (answered, len(case.sections), claims):
        yield "The report counts its questions or sentences wrongly."


def _marks_honest(case: WrittenCase) -> Iterator[str]:
    if not case.report.is_declared:
        yield "The report does not say that a model wrote it."
    for section in case.sections:
        doubtful = [number for number, claim in enumerate(section.claims, 1) if claim.is_doubtful]
        if doubtful != section.doubts:
            yield f"Section {section.number} does not say what is doubtful about each sentence marked so."
        for claim in section.claims:
            homes = {passage.sha256 for passage in map(case.passage, claim.cited) if passage}
            if homes and claim.is_single != (len(homes) == 1):
                yield f"“{_short(claim.text)}” is not marked as its sources ask for."


def _report_inert(case: WrittenCase) -> Iterator[str]:
    for kind in sorted(set(case.report.active)):
        yield f"The report holds {kind.replace('_', ' ')}."


GATES: Mapping[str, Callable[[WrittenCase], Iterator[str]]] = {
    "sources_unchanged": _sources_unchanged,
    "citations_resolve": _citations_resolve,
    "excerpts_verbatim": _excerpts_verbatim,
    "claims_cited": _claims_cited,
    "numbers_in_source": _numbers_in_source,
    "questions_accounted": _questions_accounted,
    "marks_honest": _marks_honest,
    "report_inert": _report_inert,
}


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
        return sum(grades) / (GRADE_MAX * len(grades)), f"As a judge sees {len(grades)} answers."
    if name == "independence":
        claims = [claim for section in case.sections for claim in section.claims if claim.cited]
        shared = sum(not claim.is_single for claim in claims)
        return 0.5 + 0.5 * shared / len(claims) if claims else 0.0, f"{shared} of {len(claims)} rest on several."
    raise BadRubricError(f"There is no way to grade {name}.")


def _short(text: str) -> str:
    flat = one_spaced(text)
    return flat if len(flat) <= _SHOWN_CHARS_MAX else f"{flat[:_SHOWN_CHARS_MAX]}…"
