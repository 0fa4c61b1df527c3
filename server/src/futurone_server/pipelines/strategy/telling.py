"""The words around computed tables: what a model is asked, and what is wrong with what it wrote."""

from collections.abc import Iterator, Sequence

from futurone_server.pipelines.content.source_brief import quoted
from futurone_server.pipelines.content.writing import MARK, cleaned, names_in
from futurone_server.pipelines.content.written import section_parts
from futurone_server.pipelines.prompting import outside, paragraphs
from futurone_server.pipelines.research.answers import Quote
from futurone_server.tools.documents import Block, BlockKind
from futurone_server.tools.retrieval import numbers, pieces

HEADINGS = ("What the numbers say", "What could change the answer", "What to do next")
"""The sections that a model writes, in their order."""

QUOTES = "Quotes"
WORDS_MAX = 260
_WRONGS_MAX = 10


def telling_prompt(
    task: str, heading: str, tables: str, quotes: Sequence[tuple[str, str]], *, again: Sequence[str] = ()
) -> str:
    """What a model is asked for one section; ``again`` is its first version and then what is wrong with it."""
    return paragraphs(
        (
            outside("task", task),
            outside("section", f"heading: {heading}\nat most {WORDS_MAX} words"),
            outside("tables", tables),
            *(outside("source", text, number=number, name=name) for number, (text, name) in enumerate(quotes, 1)),
            outside("draft", again[0]) if again else "",
            outside("wrong", "\n".join(f"- {one}" for one in again[1:])) if again else "",
        )
    )


def telling_wrongs(text: str, task: str, tables: str, quotes: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """What does not hold: numbers and names that are in no table, quote or task; citations that lead nowhere."""
    found = list(_wrongs(text, task, tables, quotes))
    if not text.strip():
        found.append("The section is empty.")
    if len(text.split()) > WORDS_MAX * 1.15:
        found.append(f"The section has more than {WORDS_MAX} words.")
    return tuple(dict.fromkeys(found))[:_WRONGS_MAX]


def sentences_of(text: str) -> Iterator[str]:
    """The sentences of plain lines."""
    for line in text.split("\n"):
        bare = line.removeprefix("- ")
        for start, end in pieces(bare, Block(kind=BlockKind.PROSE, start=0, end=len(bare))):
            yield bare[start:end]


def section_of(heading: str, text: str) -> str:
    """A section as inert Markdown."""
    return "\n\n".join(section_parts(heading, text))


def quotes_of(quotes: Sequence[tuple[str, str]]) -> list[str]:
    """The quotes as parts of the report; none where there is none."""
    if not quotes:
        return []
    return [f"## {QUOTES}", *(_quoted(number, text, name) for number, (text, name) in enumerate(quotes, 1))]


def as_quote(quote: Quote) -> tuple[str, str]:
    """A quote of the bank as text and source."""
    return " ".join(quote.text.split()), quote.document


def plain(answer: object) -> str:
    """A model's text as plain lines."""
    return cleaned(str(answer))


def _quoted(number: int, text: str, name: str) -> str:
    made = Quote(document=name, sha256="", media_type="", path=(), start=0, end=0, text=text, score=0.0)
    return quoted(number, made)


def _wrongs(text: str, task: str, tables: str, quotes: Sequence[tuple[str, str]]) -> Iterator[str]:
    for sentence in sentences_of(text):
        cited = [int(number) for number in MARK.findall(sentence)]
        unknown = [number for number in cited if not 1 <= number <= len(quotes)]
        if unknown:
            yield f"There is no source [{unknown[0]}]."
            continue
        bare = MARK.sub(" ", sentence)
        held = " ".join((task, tables, *(quotes[number - 1][0] for number in cited)))
        stray = sorted(numbers(bare) - numbers(held))
        if stray:
            yield f"“{bare[:80]}”: the number {stray[0]} is in no table, in no source it cites, and not in the task."
        names = [name for name in names_in(bare) if name.casefold() not in held.casefold()]
        if names:
            yield f"“{bare[:80]}”: {names[0]} is in no table, in no source it cites, and not in the task."
