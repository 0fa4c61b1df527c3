"""The cited report: quotes with numbered citations and neutral words around them, in Markdown and HTML.

The words around the quotes are the ones written here and no others; ``pipelines.verification`` reads the report back
by the same shape and refuses any other sentence.
"""

from collections.abc import Iterator, Mapping, Sequence

from futurone_server.pipelines.deliverables.page import page
from futurone_server.pipelines.research.answers import Answer, Quote
from futurone_server.pipelines.research.brief import Brief, Question
from futurone_server.pipelines.research.deliverable import Citation, Meta, Report, ReportSection, Source
from futurone_server.pipelines.research.escaping import (
    at_line_start,
    fenced,
    seen,
    shortened,
    shortened_title,
    without_unseen,
)
from futurone_server.pipelines.research.shortening import fit_words

TITLE_CHARS_MAX = 140
NAME_CHARS_MAX = 120
PATH_CHARS_MAX = 200
DIGEST_PREFIX_CHARS = 16

MADE_WITHOUT_MODEL = (
    "Made without a language model (engine: {engine}). What stands in quotation marks or code blocks is quoted exactly "
    "from the sources; nothing is paraphrased and nothing is concluded."
)
UNANSWERED = "The sources do not hold the answer."
NOTHING_TO_READ = "There is nothing to read."
NOT_FOUND = "No answer was found; the sources may hold one."
"""What is said instead where the sources could not be looked through as they should be."""

MISSING = "Words of the question that do not stand near these quotes:"
ALL_ANSWERED = "Every question was answered with quotes."
NOTHING_ASKED = "The task asks nothing that could be looked up."


def compose(brief: Brief, answers: Sequence[Answer], sources: Sequence[Source], meta: Meta) -> Report:
    """The whole report. ``answers`` belong to the brief's questions by id; a question without one counts as unanswered.

    Quotes are numbered through the report. Where the brief bounds the words, the weakest quotes are left out first.
    """
    by_id = {answer.question_id: answer for answer in fit_words(brief, answers)}
    sections = tuple(_sections(brief.questions, by_id))
    citations = tuple(citation for section in sections for citation in section.citations)
    title = shortened_title(meta.title or brief.goal or "Research report", TITLE_CHARS_MAX)
    parts = [
        f"# {seen(title)}",
        *_opening(sections, sources, meta),
        *(section.markdown.rstrip("\n") for section in sections),
        "## What could not be answered",
        _unanswered(brief, by_id),
        "## Sources",
        "\n".join(_cited(citation) for citation in citations) or "No source is cited.",
        "## Documents",
        "\n".join(_document(source) for source in sources) or "No document was given.",
    ]
    markdown = "\n\n".join(parts) + "\n"
    return Report(title=title, markdown=markdown, html=page(title, markdown), sections=sections, citations=citations)


def section(question: Question, answer: Answer, number: int, *, first: int = 1) -> ReportSection:
    """The section of question ``number`` alone; its citations count from ``first``."""
    citations = tuple(
        Citation(number=at, question_id=question.id, quote=quote) for at, quote in enumerate(answer.quotes, first)
    )
    parts = [f"## {number}. {seen(question.text)}"]
    if answer.abstained or not citations:
        lead = NOT_FOUND if answer.is_limited else NOTHING_TO_READ if answer.is_bare else UNANSWERED
        parts.append(f"*{lead}* {at_line_start(without_unseen(answer.reason))}".rstrip())
    else:
        parts.extend(_claim(citation) for citation in citations)
    if citations and answer.missing:
        parts.append(f"*{MISSING}* {seen(', '.join(answer.missing))}.")
    return ReportSection(
        question_id=question.id,
        title=question.text,
        markdown="\n\n".join(parts) + "\n",
        citations=citations,
        is_answered=bool(citations),
    )


def _sections(questions: Sequence[Question], answers: Mapping[str, Answer]) -> Iterator[ReportSection]:
    first = 1
    for number, question in enumerate(questions, 1):
        made = section(question, answers.get(question.id) or _no_answer(question), number, first=first)
        first += len(made.citations)
        yield made


def _no_answer(question: Question) -> Answer:
    return Answer(question_id=question.id, quotes=(), strength=0.0, abstained=True, reason_code="NOT_LOOKED_INTO")


def _opening(sections: Sequence[ReportSection], sources: Sequence[Source], meta: Meta) -> Iterator[str]:
    made_on = f" Made on {seen(meta.made_on)}." if meta.made_on else ""
    yield f"*{MADE_WITHOUT_MODEL.format(engine=seen(meta.engine))}*{made_on}"
    answered = sum(made.is_answered for made in sections)
    quotes = sum(len(made.citations) for made in sections)
    read = sum(1 for source in sources if not source.unread)
    yield (
        f"Questions answered: {answered} of {len(sections)}. Quotes: {quotes}."
        f" Documents read: {read} of {len(sources)}."
    )


def _claim(citation: Citation) -> str:
    quote = citation.quote
    told = fenced(without_unseen(quote.text)) if quote.is_code else [f"“{seen(quote.text)}”"]
    lines = [*told, "", f"[{citation.number}] {_place(quote)}"]
    return "\n".join(f"> {line}".rstrip() for line in lines)


def _place(quote: Quote) -> str:
    where = f", {_path(quote)}" if quote.path else ""
    return f"*{seen(shortened(quote.document, NAME_CHARS_MAX))}*{where}"


def _path(quote: Quote) -> str:
    return seen(shortened(" › ".join(quote.path), PATH_CHARS_MAX))


def _cited(citation: Citation) -> str:
    quote = citation.quote
    name = seen(shortened(quote.document, NAME_CHARS_MAX))
    where = f", section *{_path(quote)}*" if quote.path else ""
    digest = quote.sha256[:DIGEST_PREFIX_CHARS]
    return f"{citation.number}. **{name}**{where}, characters {quote.start}–{quote.end}, SHA-256 `{digest}`"


def _document(source: Source) -> str:
    name = seen(shortened(source.name, NAME_CHARS_MAX))
    if source.unread:
        return f"- **{name}**, not read: {seen(source.unread)}"
    notes = f" Note: {seen('; '.join(source.notes))}." if source.notes else ""
    return f"- **{name}**, {seen(source.media_type)}, {source.size_bytes} bytes, SHA-256 `{source.sha256}`{notes}"


def _unanswered(brief: Brief, answers: Mapping[str, Answer]) -> str:
    lines = []
    for number, question in enumerate(brief.questions, 1):
        answer = answers.get(question.id)
        if answer is None or not answer.quotes:
            lines.append(f"- Question {number}: {seen(question.text)} {seen(answer.reason if answer else '')}".rstrip())
    if brief.questions_left_out:
        lines.append(f"- {brief.questions_left_out} further questions were beyond the limit and were not looked into.")
    if not brief.questions:
        lines.append(NOTHING_ASKED)
    return "\n".join(lines) or ALL_ANSWERED
