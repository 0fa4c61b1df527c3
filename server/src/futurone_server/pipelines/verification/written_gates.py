"""The hard checks of a written report: each gate is one function over the case, and names the first thing wrong."""

import hashlib
from collections.abc import Callable, Iterator, Mapping

from futurone_server.pipelines.verification.reading import one_spaced
from futurone_server.pipelines.verification.rubric import BadRubricError, Gate
from futurone_server.pipelines.verification.verdict import Check, CheckKind
from futurone_server.pipelines.verification.written_case import WrittenCase

_EXCERPT_CHARS_MIN = 1
_SHOWN_CHARS_MAX = 120


def check_gate(gate: Gate, case: WrittenCase) -> Check:
    """One gate of a rubric. Raises BadRubricError for a gate that nobody can check."""
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


def _short(text: str) -> str:
    flat = one_spaced(text)
    return flat if len(flat) <= _SHOWN_CHARS_MAX else f"{flat[:_SHOWN_CHARS_MAX]}…"
