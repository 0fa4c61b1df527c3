"""Making whole reports in tests."""

from collections.abc import Sequence

from futurone_server.pipelines.research.answers import Answer, Quote, answer
from futurone_server.pipelines.research.brief import Brief
from futurone_server.pipelines.research.deliverable import Meta, Report, Source
from futurone_server.pipelines.research.questions import brief
from futurone_server.pipelines.research.report import compose
from futurone_server.tools.documents import Document
from futurone_server.tools.retrieval import Index
from pipelines.research.library import documents, index


def research(task: str, library: Sequence[Document] | None = None) -> tuple[Brief, Report]:
    """The brief and the report of a task."""
    asked = brief(task)
    known = index() if library is None else Index(library)
    given = documents() if library is None else library
    found = [answer(question, known) for question in asked.questions]
    return asked, compose(asked, found, [Source.of(document) for document in given], Meta())


def quoting(text: str, document: Document, *, start: int | None = None, is_code: bool = False) -> tuple[Brief, Report]:
    """A report with one question whose only quote is a text at its place, the first unless said."""
    asked = brief("What does the document say?")
    start = document.text.index(text) if start is None else start
    quote = Quote(
        document=document.name,
        sha256=document.sha256,
        media_type=document.media_type,
        path=("Part",),
        start=start,
        end=start + len(text),
        text=text,
        score=1.0,
        is_code=is_code,
    )
    found = Answer(question_id="q1", quotes=(quote,), strength=1.0, abstained=False)
    return asked, compose(asked, [found], [Source.of(document)], Meta())
