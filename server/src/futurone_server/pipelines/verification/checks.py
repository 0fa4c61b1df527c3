"""The hard checks of a research report: each gate is one function over the case, and names the first thing wrong."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from futurone_server.pipelines.research.brief import Brief
from futurone_server.pipelines.research.deliverable import Citation
from futurone_server.pipelines.verification.reading import ReadClaim, ReadReport, ReadSource, is_entry_of, one_spaced
from futurone_server.pipelines.verification.rubric import BadRubricError, Gate
from futurone_server.pipelines.verification.verdict import Check, CheckKind
from futurone_server.tools.documents import Document, UnreadableDocument, parse, sniff
from futurone_server.tools.retrieval import numbers

_SHOWN_CHARS_MAX = 120


@dataclass(frozen=True, kw_only=True)
class Case:
    """All that is known to the verifier: the report as read back, the original bytes, and those bytes read again."""

    report: ReadReport
    brief: Brief
    citations: Sequence[Citation]
    originals: Mapping[str, bytes]
    documents: Mapping[str, Document]

    def place(self, claim: ReadClaim) -> tuple[ReadSource, Document] | None:
        """The listed place a claim cites and the document it is in; None if either is not there."""
        source = next((source for source in self.report.sources if source.number == claim.number), None)
        found = [document for digest, document in self.documents.items() if source and _names(source, digest)]
        return (source, found[0]) if source and len(found) == 1 else None


def open_case(report: ReadReport, brief: Brief, citations: Sequence[Citation], originals: Mapping[str, bytes]) -> Case:
    """Read the original bytes again, as the kind of file the report says they are."""
    # Of two files with the same bytes the first is the one that was read and quoted.
    listed = {document.sha256: document for document in reversed(report.documents)}
    documents = {}
    for digest, data in originals.items():
        known = listed.get(digest)
        try:
            media_type = known.media_type if known else sniff("", data)
            documents[digest] = parse(known.name if known else "", media_type, data)
        except UnreadableDocument:
            continue
    return Case(report=report, brief=brief, citations=citations, originals=originals, documents=documents)


def check_gates(gates: Sequence[Gate], case: Case) -> tuple[Check, ...]:
    """Every gate of a rubric. Raises BadRubricError for a gate nobody can check."""
    return tuple(_check(gate, case) for gate in gates)


def _check(gate: Gate, case: Case) -> Check:
    wrongs = GATES.get(gate.name)
    if wrongs is None:
        raise BadRubricError(f"There is no check for the gate {gate.name}.")
    found = list(wrongs(case))
    reason = gate.description if not found else _told(found)
    return Check(name=gate.name, kind=CheckKind.GATE, passed=not found, score=float(not found), reason=reason)


def _told(found: Sequence[str]) -> str:
    more = f" ({len(found)} in all)" if len(found) > 1 else ""
    return f"{found[0]}{more}"


def _sources_unchanged(case: Case) -> Iterator[str]:
    for digest, data in case.originals.items():
        if hashlib.sha256(data).hexdigest() != digest:
            yield f"A source is not what its digest {digest[:16]} says."
    for document in case.report.documents:
        if document.sha256 not in case.originals:
            yield f"The report lists {_short(document.name)}, which is not among the sources."


def _citations_resolve(case: Case) -> Iterator[str]:
    yield from (f"In the list of sources, {broken}." for broken in case.report.broken)
    numbers_listed = [source.number for source in case.report.sources]
    if numbers_listed != list(range(1, len(numbers_listed) + 1)):
        yield "The list of sources is not numbered from 1 on."
    cited = {claim.number for claim in case.report.claims}
    for source in case.report.sources:
        found = [digest for digest in case.documents if _names(source, digest)]
        if len(found) != 1:
            yield f"Source {source.number} leads to no document that was given."
        elif not 0 <= source.start < source.end <= len(case.documents[found[0]].text):
            yield f"Source {source.number} leads outside {_short(source.name)}."
        if source.name not in {listed.name for listed in case.report.documents if _names(source, listed.sha256)}:
            yield f"Source {source.number} has another name in the list of documents."
        if source.number not in cited:
            yield f"Source {source.number} is listed and never cited."
    for claim in case.report.claims:
        if claim.number is not None and claim.number not in numbers_listed:
            yield f"Citation [{claim.number}] leads nowhere."
    yield from _agreement(case)


def _agreement(case: Case) -> Iterator[str]:
    """Where the report and the citations that came with it differ."""
    for source, citation in zip_longest(case.report.sources, case.citations):
        if source is None or citation is None:
            yield "The report and its citations differ in number."
            return
        quote = citation.quote
        same_place = (source.number, source.start, source.end) == (citation.number, quote.start, quote.end)
        if not same_place or not _names(source, quote.sha256):
            yield f"Source {source.number} of the report is not the citation that came with it."


def _quotes_verbatim(case: Case) -> Iterator[str]:
    for claim in case.report.claims:
        found = case.place(claim)
        if found is None:
            yield f"“{_short(claim.text)}” cannot be looked up."
            continue
        source, document = found
        if one_spaced(claim.text) != one_spaced(document.text[source.start : source.end]):
            yield f"“{_short(claim.text)}” does not stand at characters {source.start}–{source.end}."


def _claims_cited(case: Case) -> Iterator[str]:
    for section in case.report.sections:
        for claim in section.claims:
            if claim.number is None:
                yield f"“{_short(claim.text)}” has no citation."
    for stray in (*case.report.strays, *(stray for section in case.report.sections for stray in section.strays)):
        yield f"“{_short(stray)}” is neither a quote nor a word of the report's own."


def _numbers_in_source(case: Case) -> Iterator[str]:
    for claim in case.report.claims:
        found = case.place(claim)
        known = numbers(found[1].text[found[0].start : found[0].end]) if found else frozenset()
        for number in sorted(numbers(claim.text) - known):
            yield f"The number {number} of “{_short(claim.text)}” is not in its source."


def _questions_accounted(case: Case) -> Iterator[str]:
    if not case.brief.questions:
        yield "The task asks nothing that could be looked up."
    for at, (question, section) in enumerate(zip_longest(case.brief.questions, case.report.sections), 1):
        if question is None or section is None:
            yield f"The report has {len(case.report.sections)} sections for {len(case.brief.questions)} questions."
            return
        if section.number != at or one_spaced(section.title) != one_spaced(question.text):
            yield f"Section {at} is not about question {at}."
        if not section.claims and not section.is_declared_unanswered:
            yield f"Question {at} is neither answered nor declared unanswered."
        if section.claims and section.is_declared_unanswered:
            yield f"Question {at} is answered and declared unanswered."
    yield from _miscounted(case)


def _miscounted(case: Case) -> Iterator[str]:
    """Where the report's own words about its questions do not fit its sections."""
    open_questions = {section.number: section.title for section in case.report.sections if not section.claims}
    listed = case.report.open_questions
    if listed.keys() != open_questions.keys() or not all(
        is_entry_of(listed[number], title) for number, title in open_questions.items()
    ):
        yield "The list of what could not be answered does not fit the sections."
    answered = len(case.report.sections) - len(open_questions)
    if case.report.counts != (answered, len(case.report.sections), len(case.report.claims)):
        yield "The report counts its questions or quotes wrongly."
    left_out = case.brief.questions_left_out
    if left_out and not any(entry.startswith(f"{left_out} further questions") for entry in case.report.unanswered):
        yield f"{left_out} questions were left out, and the report does not say so."


def _report_inert(case: Case) -> Iterator[str]:
    for kind in sorted(set(case.report.active)):
        yield f"The report holds {kind.replace('_', ' ')}."


GATES: Mapping[str, Callable[[Case], Iterator[str]]] = {
    "sources_unchanged": _sources_unchanged,
    "citations_resolve": _citations_resolve,
    "quotes_verbatim": _quotes_verbatim,
    "claims_cited": _claims_cited,
    "numbers_in_source": _numbers_in_source,
    "questions_accounted": _questions_accounted,
    "report_inert": _report_inert,
}


def _names(source: ReadSource, digest: str) -> bool:
    return len(source.digest) >= 8 and digest.startswith(source.digest)


def _short(text: str) -> str:
    flat = one_spaced(text)
    return flat if len(flat) <= _SHOWN_CHARS_MAX else f"{flat[:_SHOWN_CHARS_MAX]}…"
