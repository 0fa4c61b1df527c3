"""A written text put together: sections, the quotes they cite, and where each stands, in Markdown."""

from collections.abc import Iterator, Mapping, Sequence

from futurone_server.pipelines.content.source_brief import BANK, SOURCES, cited, documents, quoted
from futurone_server.pipelines.content.writing import MARK, Section, word_count
from futurone_server.pipelines.research.answers import Quote
from futurone_server.pipelines.research.deliverable import Source
from futurone_server.pipelines.research.escaping import at_line_start, inline

MADE = (
    "Written with a language model (engine: model). Numbers in brackets lead to quotes from the sources at the end, "
    "which stand there word for word."
)
COUNTS = "Words: {words}. Sections: {sections}. Quotes cited: {quotes}."
NOTHING_CITED = "The text cites no source."


def compose(
    title: str,
    sections: Sequence[tuple[Section, str]],
    quotes: Mapping[int, Quote],
    sources: Sequence[Source],
) -> tuple[str, int]:
    """The Markdown and how many quotes it cites. Citations are numbered anew, in the order of the text."""
    numbers: dict[int, int] = {}
    for _, text in sections:
        for mark in MARK.findall(text):
            if int(mark) in quotes:
                numbers.setdefault(int(mark), len(numbers) + 1)
    told = [(section, _renumbered(text, numbers)) for section, text in sections]
    used = [quotes[number] for number in numbers]
    words = sum(word_count(text) for _, text in told)
    parts = [
        f"# {inline(title)}",
        f"*{MADE}* {COUNTS.format(words=words, sections=len(told), quotes=len(used))}",
        *(part for section, text in told for part in section_parts(section.heading, text)),
        f"## {BANK}",
        *([quoted(number, quote) for number, quote in enumerate(used, 1)] or [NOTHING_CITED]),
        f"## {SOURCES}",
        cited(used),
        "## Documents",
        documents(sources),
    ]
    return "\n\n".join(parts) + "\n", len(used)


def section_parts(heading: str, text: str) -> Iterator[str]:
    """A section as inert Markdown: paragraphs and items, every character as it is written."""
    yield f"## {inline(heading)}"
    for block in text.split("\n\n"):
        lines = block.split("\n")
        if all(line.startswith("- ") for line in lines):
            yield "\n".join(f"- {at_line_start(line[2:])}" for line in lines)
        else:
            yield at_line_start(" ".join(lines))


def _renumbered(text: str, numbers: Mapping[int, int]) -> str:
    return MARK.sub(lambda mark: f"[{numbers[int(mark[1])]}]" if int(mark[1]) in numbers else mark[0], text)
