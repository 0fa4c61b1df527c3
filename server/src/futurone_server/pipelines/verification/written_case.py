"""A written report beside its sources: the report as read back, the originals as read again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from futurone_server.pipelines.inquiry.draft import Claim, Draft
from futurone_server.pipelines.research.answers import Quote
from futurone_server.pipelines.research.deliverable import Citation
from futurone_server.pipelines.verification.claims import ClaimVerdict
from futurone_server.pipelines.verification.reading import ReadSource
from futurone_server.pipelines.verification.written_reading import WrittenReport, WrittenSection, read_written
from futurone_server.tools.documents import Document, UnreadableDocument, parse
from futurone_server.tools.web import Snapshot, document_of


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
