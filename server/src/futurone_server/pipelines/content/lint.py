"""A draft looked through: every finding, its measures, and the task's constraints held against it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from futurone_server.pipelines.content.claims import check_claims
from futurone_server.pipelines.content.constraints import Constraint
from futurone_server.pipelines.content.finding import Finding, Severity
from futurone_server.pipelines.content.keeping import ENGLISH_ONLY, Kept, check_constraints
from futurone_server.pipelines.content.kinds import called_one
from futurone_server.pipelines.content.leftovers import check_leftovers
from futurone_server.pipelines.content.manuscript import Manuscript
from futurone_server.pipelines.content.readability import Measures, measure
from futurone_server.pipelines.content.spelling import check_spelling, misspellings
from futurone_server.pipelines.content.structure import anchors, check_structure
from futurone_server.pipelines.content.style import check_length, check_style
from futurone_server.pipelines.content.terms import check_terms
from futurone_server.tools.documents import Document

FINDINGS_MAX = 300
"""Findings of one draft that are listed, the gravest first; how many more there are is said."""

_ORDER = {severity: number for number, severity in enumerate(Severity)}


@dataclass(frozen=True, kw_only=True)
class Lint:
    """What was found in one draft. ``unchecked`` says in words what was not looked at, and why."""

    name: str
    media_type: str
    sha256: str
    size_bytes: int
    findings: tuple[Finding, ...]
    left_out: int
    measures: Measures
    kept: tuple[Kept, ...]
    unchecked: tuple[str, ...]
    language: str
    is_english: bool
    """Whether the rules for English were used."""

    def count(self, severity: Severity) -> int:
        """How many of the listed findings are of a severity."""
        return sum(finding.severity is severity for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are sealed between steps."""
        return {
            "name": self.name,
            "media_type": self.media_type,
            "sha256": self.sha256,
            "size_bytes": self.size_bytes,
            "findings": [finding.to_json() for finding in self.findings],
            "left_out": self.left_out,
            "measures": self.measures.to_json(),
            "kept": [kept.to_json() for kept in self.kept],
            "unchecked": list(self.unchecked),
            "language": self.language,
            "is_english": self.is_english,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The lint that ``to_json`` wrote."""
        told = {
            **value,
            "findings": tuple(Finding.from_json(one) for one in value["findings"]),
            "measures": Measures.from_json(value["measures"]),
            "kept": tuple(Kept.from_json(one) for one in value["kept"]),
            "unchecked": tuple(value["unchecked"]),
        }
        return cls(**told)


def lint(document: Document, constraints: Sequence[Constraint], beside: Sequence[Document] = ()) -> Lint:
    """Look a draft through; ``beside`` are the other files given, which its links may lead to. Changes nothing."""
    manuscript = Manuscript(document)
    found = sorted(_findings(manuscript, beside), key=lambda one: (_ORDER[one.severity], one.start, one.rule.value))
    measures = measure(manuscript)
    return Lint(
        name=document.name,
        media_type=document.media_type,
        sha256=document.sha256,
        size_bytes=document.size_bytes,
        findings=tuple(found[:FINDINGS_MAX]),
        left_out=max(0, len(found) - FINDINGS_MAX),
        measures=measures,
        kept=check_constraints(constraints, manuscript, measures),
        unchecked=tuple(_unchecked(manuscript)),
        language=manuscript.language,
        is_english=manuscript.is_english,
    )


def _findings(manuscript: Manuscript, beside: Sequence[Document]) -> Iterator[Finding]:
    yield from check_leftovers(manuscript)
    yield from check_length(manuscript)
    yield from check_structure(manuscript, {other.name: anchors(Manuscript(other)) for other in beside})
    if manuscript.is_english:
        yield from check_spelling(manuscript)
        yield from check_style(manuscript)
        yield from check_terms(manuscript)
        yield from check_claims(manuscript)


def _unchecked(manuscript: Manuscript) -> Iterator[str]:
    document = manuscript.document
    if not manuscript.is_english:
        told = f"the draft is in {manuscript.language}" if manuscript.language else "the draft's language is not known"
        yield (
            "Spelling, repeated words, passives, hedging, fillers, terms, claims and numbers without a source, and how"
            f" hard it is to read: {ENGLISH_ONLY}, and {told}."
        )
    yield "Whether what the draft says is true: nothing here knows that."
    yield "Grammar beyond the rules above, and whether the text reads well: that takes a reader or a language model."
    yield "Addresses on the web: no page was opened."
    if not misspellings():
        yield "Spelling: the list of misspellings is not installed on this server."
    elif manuscript.is_english:
        yield "Words that are not in the list of known misspellings (English): they were taken as right."
    if document.media_type != "text/markdown":
        kind = called_one(document.media_type)
        yield f"Headings and links: they are looked at in Markdown alone, and this is {kind}."
    yield from document.notes
