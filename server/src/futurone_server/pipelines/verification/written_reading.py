"""A written report read back from its Markdown: cited sentences, one a line, sources, documents, and whatever else."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from futurone_server.pipelines.verification.reading import (
    ReadDocument,
    ReadSource,
    active_in,
    blocks_of,
    document_in,
    shown,
    sources_in,
)

if TYPE_CHECKING:
    from markdown_it.token import Token

_SECTION = re.compile(r"(\d{1,4})\. ")
_LINE = re.compile(r"(?P<text>.*?) ?(?P<marks>(?:\[\d{1,6}\])+)(?P<single>†?)(?P<doubt>‡?)\Z")
_UNANSWERED = "The sources do not hold the answer."
_LEFT_OUT = "Left out: "
_DOUBTFUL = re.compile(r"Doubtful, sentence (\d{1,4}): ")
_OPENING = "Written with a language model (engine: model; "
_COUNTS = re.compile(r"Questions answered: (\d+) of (\d+)\. Sentences: (\d+)\. Documents read: \d+ of \d+\.")
_ENTRY = re.compile(r"Question (\d{1,4}): ")
_EXCERPT = re.compile(r": “(.*)”\Z", re.DOTALL)
_LISTS = ("What could not be answered", "Sources", "Documents")
_PLAIN = frozenset(
    {"Every question was answered.", "No source is cited.", "No document was read.", "No document was given."}
)


@dataclass(frozen=True, kw_only=True)
class WrittenClaim:
    """A sentence as a reader sees it, with the numbers it cites and its marks."""

    text: str
    cited: tuple[int, ...]
    is_single: bool
    is_doubtful: bool


@dataclass(kw_only=True)
class WrittenSection:
    """What stands under one question."""

    number: int
    title: str
    claims: list[WrittenClaim] = field(default_factory=list)
    doubts: list[int] = field(default_factory=list)
    is_declared_unanswered: bool = False


@dataclass(kw_only=True)
class WrittenReport:
    """A whole report. ``excerpts`` is what the list of sources quotes; ``counts`` what it says of itself."""

    sections: list[WrittenSection] = field(default_factory=list)
    sources: list[ReadSource] = field(default_factory=list)
    excerpts: dict[int, str] = field(default_factory=dict)
    documents: list[ReadDocument] = field(default_factory=list)
    open_questions: list[int] = field(default_factory=list)
    counts: tuple[int, int, int] | None = None
    is_declared: bool = False
    strays: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    active: list[str] = field(default_factory=list)


def read_written(markdown: str) -> WrittenReport:
    """Read a written report's Markdown. Never fails: what does not fit its shape is a stray."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 - loaded with the first report, not at the start

    tokens = MarkdownIt("commonmark", {"html": True}).parse(markdown)
    report = WrittenReport(active=list(active_in(tokens)))
    heading = ""
    for block in blocks_of(tokens):
        if block[0].type == "heading_open":
            heading = shown(block[1])
            section = _SECTION.match(heading) if block[0].tag == "h2" else None
            if section:
                title = heading[section.end() :]
                report.sections.append(WrittenSection(number=int(section[1]), title=title))
        elif heading in _LISTS:
            _read_list(heading, block, report)
        elif report.sections:
            report.strays.extend(_read_section(report.sections[-1], block))
        else:
            _read_opening(block, report)
    return report


def _read_opening(block: "Sequence[Token]", report: WrittenReport) -> None:
    for line in _lines(block):
        counts = _COUNTS.fullmatch(line)
        if counts:
            report.counts = (int(counts[1]), int(counts[2]), int(counts[3]))
        elif line.startswith(_OPENING):
            report.is_declared = True
        else:
            report.strays.append(line[:200])


def _read_section(section: WrittenSection, block: "Sequence[Token]") -> Iterator[str]:
    if block[0].type == "bullet_list_open":
        for line in _lines(block):
            doubt = _DOUBTFUL.match(line)
            if doubt is not None:
                section.doubts.append(int(doubt[1]))
            elif not line.startswith(_LEFT_OUT):
                yield line[:200]
        return
    if block[0].type != "paragraph_open":
        yield " ".join(_lines(block))[:200]
        return
    for line in _lines(block):
        if line.startswith(_UNANSWERED):
            section.is_declared_unanswered = True
            continue
        found = _LINE.match(line)
        numbers = re.findall(r"\d+", found["marks"]) if found else []
        section.claims.append(
            WrittenClaim(
                text=found["text"] if found else line,
                cited=tuple(int(number) for number in numbers),
                is_single=bool(found and found["single"]),
                is_doubtful=bool(found and found["doubt"]),
            )
        )


def _read_list(heading: str, block: "Sequence[Token]", report: WrittenReport) -> None:
    if heading == "Sources" and block[0].type == "ordered_list_open":
        read = list(sources_in(block, report.broken))
        report.sources.extend(read)
        for source, line in zip(read, _lines(block), strict=False):
            excerpt = _EXCERPT.search(line)
            if excerpt:
                report.excerpts[source.number] = excerpt[1]
        return
    for item in (token for token in block if token.type == "inline"):
        document = document_in(item) if heading == "Documents" else None
        text = shown(item)
        entry = _ENTRY.match(text) if heading == _LISTS[0] else None
        if document:
            report.documents.append(document)
        elif entry:
            report.open_questions.append(int(entry[1]))
        elif text not in _PLAIN and not (heading == "Documents" and ", not read: " in text):
            report.strays.append(text[:200])


def _lines(block: "Sequence[Token]") -> Iterator[str]:
    """The lines of a block as a reader sees them."""
    for token in block:
        text = shown(token)
        if text:
            yield from text.split("\n")
