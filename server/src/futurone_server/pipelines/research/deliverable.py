"""What research hands over: the report, its sections, its citations and its sources."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from futurone_server.pipelines.languages import ENGLISH, NAMES, language_of
from futurone_server.pipelines.research.answers import Quote
from futurone_server.pipelines.research.escaping import without_unseen
from futurone_server.tools.documents import Document


@dataclass(frozen=True, kw_only=True)
class Source:
    """A document that was given. ``unread`` says why it could not be read, empty if it was."""

    name: str
    media_type: str
    sha256: str
    size_bytes: int
    notes: tuple[str, ...] = ()
    unread: str = ""

    @classmethod
    def of(cls, document: Document) -> Self:
        """The source that a document is."""
        return cls(
            name=document.name,
            media_type=document.media_type,
            sha256=document.sha256,
            size_bytes=document.size_bytes,
            notes=(*document.notes, *_noted(document.text)),
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are sealed between steps."""
        return {
            "name": self.name,
            "media_type": self.media_type,
            "sha256": self.sha256,
            "size_bytes": self.size_bytes,
            "notes": list(self.notes),
            "unread": self.unread,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The source that ``to_json`` wrote."""
        return cls(**{**value, "notes": tuple(value["notes"])})


def _noted(text: str) -> Iterator[str]:
    """What a reader of quotes should know of a text: its language, and that some of it does not show."""
    language = language_of(text)
    if language not in ("", ENGLISH):
        yield f"it is in {NAMES[language]}"
    hidden = len(text) - len(without_unseen(text))
    if hidden:
        yield f"{hidden} invisible characters in it are left out where it is quoted"


@dataclass(frozen=True, kw_only=True)
class Citation:
    """A numbered claim of the report and the place in a source it is quoted from."""

    number: int
    question_id: str
    quote: Quote

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are sealed between steps."""
        return {"number": self.number, "question_id": self.question_id, "quote": self.quote.to_json()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The citation that ``to_json`` wrote."""
        quote = Quote.from_json(value["quote"])
        return cls(number=value["number"], question_id=value["question_id"], quote=quote)


@dataclass(frozen=True, kw_only=True)
class ReportSection:
    """The part of a report that belongs to one question, as Markdown that stands alone."""

    question_id: str
    title: str
    markdown: str
    citations: tuple[Citation, ...]
    is_answered: bool

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are sealed between steps."""
        return {
            "question_id": self.question_id,
            "title": self.title,
            "markdown": self.markdown,
            "citations": [citation.to_json() for citation in self.citations],
            "is_answered": self.is_answered,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The section that ``to_json`` wrote."""
        citations = tuple(Citation.from_json(citation) for citation in value["citations"])
        return cls(**{**value, "citations": citations})


@dataclass(frozen=True, kw_only=True)
class Meta:
    """What the report says about itself. ``made_on`` is a date in words of the caller's; empty leaves it out."""

    title: str = ""
    engine: str = "deterministic"
    made_on: str = ""


@dataclass(frozen=True, kw_only=True)
class Report:
    """A finished report in both forms, with its parts."""

    title: str
    markdown: str
    html: str
    sections: tuple[ReportSection, ...]
    citations: tuple[Citation, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are sealed between steps."""
        return {
            "title": self.title,
            "markdown": self.markdown,
            "html": self.html,
            "sections": [section.to_json() for section in self.sections],
            "citations": [citation.to_json() for citation in self.citations],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The report that ``to_json`` wrote."""
        return cls(
            title=value["title"],
            markdown=value["markdown"],
            html=value["html"],
            sections=tuple(ReportSection.from_json(section) for section in value["sections"]),
            citations=tuple(Citation.from_json(citation) for citation in value["citations"]),
        )
