"""The written report: sections of cited sentences, where each passage stands, and what could not be answered.

Each sentence stands on a line of its own, so that it can be read back without guessing; a reader sees paragraphs.
``†`` marks a sentence that rests on a single document, ``‡`` one that is doubtful.
"""

from collections.abc import Iterator, Mapping, Sequence

from futurone_server.pipelines.inquiry.draft import Claim, Draft
from futurone_server.pipelines.research.answers import Quote
from futurone_server.pipelines.research.deliverable import Citation, Source
from futurone_server.pipelines.research.escaping import at_line_start, seen, shortened, shortened_title, without_unseen

WRITTEN = (
    "Written with a language model (engine: model; {models}). Each sentence names the passages it rests on. † rests"
    " on a single document. ‡ is doubtful; what is doubtful about it stands below its section."
)
COUNTS = "Questions answered: {answered} of {questions}. Sentences: {claims}. Documents read: {read} of {documents}."
UNANSWERED = "The sources do not hold the answer."
DOUBTFUL = "Doubtful, sentence {number}: {reason}"
LEFT_OUT = "Left out:"
SINGLE, DOUBT = "†", "‡"
ALL_ANSWERED = "Every question was answered."
EXCERPT_CHARS_MAX = 280
TITLE_CHARS_MAX = 140


def compose(
    title: str, questions: Sequence[str], drafts: Sequence[Draft], sources: Sequence[Source]
) -> tuple[str, tuple[Citation, ...]]:
    """The Markdown and its citations, numbered through the report in the order in which they are first cited."""
    cited: dict[tuple[str, int, int], Citation] = {}
    sections = [
        "\n\n".join(_section(number, question, draft, cited))
        for number, (question, draft) in enumerate(zip(questions, drafts, strict=True), 1)
    ]
    citations = tuple(cited.values())
    counts = COUNTS.format(
        answered=sum(draft.is_answered for draft in drafts),
        questions=len(drafts),
        claims=sum(len(draft.claims) for draft in drafts),
        read=sum(not source.unread for source in sources),
        documents=len(sources),
    )
    models = ", ".join(dict.fromkeys(draft.model for draft in drafts if draft.model)) or "none was needed"
    parts = [
        f"# {seen(shortened_title(title, TITLE_CHARS_MAX))}",
        f"*{WRITTEN.format(models=seen(models))}*\n{counts}",
        *sections,
        "## What could not be answered",
        "\n".join(_open(questions, drafts)) or ALL_ANSWERED,
        "## Sources",
        "\n".join(map(_source, citations)) or "No source is cited.",
        "## Documents",
        "\n".join(map(_document, sources)) or "No document was read.",
    ]
    return "\n\n".join(parts) + "\n", citations


def section_alone(number: int, question: str, draft: Draft) -> str:
    """One section as it is shown while the report is made; its citations count from 1."""
    return "\n\n".join(_section(number, question, draft, {})) + "\n"


def _section(number: int, question: str, draft: Draft, cited: dict[tuple[str, int, int], Citation]) -> Iterator[str]:
    yield f"## {number}. {seen(question)}"
    if not draft.is_answered:
        yield f"*{UNANSWERED}* {seen(draft.missing)}".rstrip()
        return
    for paragraph in draft.paragraphs:
        yield "\n".join(_line(claim, draft, cited) for claim in paragraph)
    doubts = [
        f"- {DOUBTFUL.format(number=at, reason=seen(claim.doubt))}"
        for at, claim in enumerate(draft.claims, 1)
        if claim.doubt
    ]
    doubts += [f"- {LEFT_OUT} {seen(reason)}" for reason in draft.left_out]
    if doubts:
        yield "\n".join(doubts)


def _line(claim: Claim, draft: Draft, cited: dict[tuple[str, int, int], Citation]) -> str:
    passages = draft.cited_by(claim)
    numbers = [_number(passage, draft.question_id, cited) for passage in passages]
    marks = "".join(f"[{number}]" for number in dict.fromkeys(numbers))
    single = SINGLE if len({passage.sha256 for passage in passages}) == 1 else ""
    doubt = DOUBT if claim.doubt else ""
    return f"{at_line_start(without_unseen(claim.text))} {marks}{single}{doubt}".rstrip()


def _number(passage: Quote, question_id: str, cited: dict[tuple[str, int, int], Citation]) -> int:
    place = (passage.sha256, passage.start, passage.end)
    if place not in cited:
        cited[place] = Citation(number=len(cited) + 1, question_id=question_id, quote=passage)
    return cited[place].number


def _open(questions: Sequence[str], drafts: Sequence[Draft]) -> Iterator[str]:
    for number, (question, draft) in enumerate(zip(questions, drafts, strict=True), 1):
        if not draft.is_answered:
            yield f"- Question {number}: {seen(question)} {seen(draft.missing)}".rstrip()


def _source(citation: Citation) -> str:
    quote = citation.quote
    where = f", section *{seen(shortened(' › '.join(quote.path), 200))}*" if quote.path else ""
    flat = " ".join(quote.text.split())
    excerpt = flat if len(flat) <= EXCERPT_CHARS_MAX else f"{flat[:EXCERPT_CHARS_MAX]}…"
    return (
        f"{citation.number}. **{seen(shortened(quote.document, 160))}**{where}, characters {quote.start}–{quote.end},"
        f" SHA-256 `{quote.sha256[:16]}`: “{seen(excerpt)}”"
    )


def _document(source: Source) -> str:
    name = seen(shortened(source.name, 160))
    if source.unread:
        return f"- **{name}**, not read: {seen(source.unread)}"
    notes = f" Note: {seen('; '.join(source.notes))}." if source.notes else ""
    return f"- **{name}**, {seen(source.media_type)}, {source.size_bytes} bytes, SHA-256 `{source.sha256}`{notes}"


def told(verdicts: Mapping[int, str]) -> list[str]:
    """Doubts as a writer is told them."""
    return [f"Sentence {number}: {reason}" for number, reason in verdicts.items()]
