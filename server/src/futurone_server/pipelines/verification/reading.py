"""A report read back from its Markdown, as a reader sees it: claims, citations, sources, and whatever else there is."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from futurone_server.pipelines.research.escaping import without_unseen

if TYPE_CHECKING:
    from markdown_it.token import Token

_SECTION = re.compile(r"(\d{1,4})\. ")
_MARK = re.compile(r"\[(\d{1,6})\](?: |\Z)")
_PLACE = re.compile(r", characters (\d{1,12})–(\d{1,12}), SHA-256 \Z")
_DOCUMENT = re.compile(r", ([a-z]+/[a-z0-9.+-]+), (\d{1,15}) bytes, SHA-256 \Z")
_UNANSWERED = (
    "The sources do not hold the answer.",
    "No answer was found; the sources may hold one.",
    "There is nothing to read.",
)
_REASON = (
    r"(?: (?:The sources never mention “[^”]{1,200}”(?:, “[^”]{1,200}”){0,40}\.|"
    r"No passage covers enough of what is asked\.|"
    r"No source was found that can be read\.|The question holds no words that could be looked up\.|"
    r"(?:The question is|There are sources) in [A-Z][a-z]{2,20}(?:, [A-Z][a-z]{2,20}){0,20}; "
    r"without a language model only English is looked up well\.))?"
    r"(?: A search service is configured; using it needs a model \(FUTURONE_MODELS\)\.)?"
)
_UNDER_QUESTIONS = (
    *(rf"{re.escape(told)}{_REASON}" for told in _UNANSWERED),
    r"Words of the question that do not stand near these quotes: .{1,4000}\.",
)
_COUNTS = r"Questions answered: (\d+) of (\d+)\. Quotes: (\d+)\. Documents read: \d+ of \d+\."
_OPENING = (
    r"Made without a language model \(engine: [a-z]{1,40}\)\. What stands in quotation marks or code blocks is quoted "
    r"exactly from the sources; nothing is paraphrased and nothing is concluded\.(?: Made on .{1,60}\.)?",
    _COUNTS,
)
_ENTRY = r"Question (\d{1,4}): (.{1,3000})"
_UNDER_LISTS = {
    "What could not be answered": (
        _ENTRY,
        r"\d+ further questions were beyond the limit and were not looked into\.",
        r"Every question was answered with quotes\.",
        r"The task asks nothing that could be looked up\.",
    ),
    "Sources": (r"No source is cited\.",),
    "Documents": (r"No document was given\.", r".{1,400}, not read: .{1,400}"),
}
_LITERAL = frozenset({"fence", "code_block", "html_block"})
_ACTIVE = frozenset({"link_open", "image", "html_inline", "html_block"})


@dataclass(frozen=True, kw_only=True)
class ReadClaim:
    """A quote as it is shown, with the number of its citation, if it has one."""

    text: str
    number: int | None


@dataclass(kw_only=True)
class ReadSection:
    """What stands under one question."""

    number: int
    title: str
    claims: list[ReadClaim] = field(default_factory=list)
    is_declared_unanswered: bool = False
    strays: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class ReadSource:
    """A cited place, from the list of sources."""

    number: int
    name: str
    path: str
    start: int
    end: int
    digest: str


@dataclass(frozen=True, kw_only=True)
class ReadDocument:
    """A document, from the list of documents."""

    name: str
    media_type: str
    sha256: str


@dataclass(kw_only=True)
class ReadReport:
    """A whole report.

    ``strays`` are words outside the questions' sections that are none of a report's own; ``active`` is what is more
    than text: links, images, raw markup. ``unanswered`` are the entries of that list, ``open_questions`` those of them
    that name a question; ``counts`` is questions answered, questions and quotes as the report counts them itself.
    """

    sections: list[ReadSection] = field(default_factory=list)
    sources: list[ReadSource] = field(default_factory=list)
    documents: list[ReadDocument] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    open_questions: dict[int, str] = field(default_factory=dict)
    counts: tuple[int, int, int] | None = None
    strays: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    active: list[str] = field(default_factory=list)

    @property
    def claims(self) -> list[ReadClaim]:
        """All claims in order."""
        return [claim for section in self.sections for claim in section.claims]


def read_report(markdown: str) -> ReadReport:
    """Read a report's Markdown. Never fails: what does not fit the shape of a report is kept as stray or broken."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 - loaded with the first report, not at the start

    tokens = MarkdownIt("commonmark", {"html": True}).parse(markdown)
    report = ReadReport(active=list(active_in(tokens)))
    heading = ""
    for block in blocks_of(tokens):
        if block[0].type == "heading_open":
            heading = shown(block[1])
            section = _SECTION.match(heading) if block[0].tag == "h2" else None
            if section:
                report.sections.append(ReadSection(number=int(section.group(1)), title=heading[section.end() :]))
        elif heading in _UNDER_LISTS:
            _read_list(heading, block, report)
        elif report.sections:
            _read_block(report.sections[-1], block)
        else:
            _read_opening(block, report)
    return report


def is_entry_of(entry: str, title: str) -> bool:
    """Whether an entry of the unanswered is a question's title, with or without one of the known reasons."""
    return entry.startswith(title) and re.fullmatch(_REASON, entry[len(title) :]) is not None


def one_spaced(text: str) -> str:
    """A text as a reader sees it, with each run of white space as one space: all the freedom that a quote has."""
    return " ".join(without_unseen(text).split())


def blocks_of(tokens: "Sequence[Token]") -> "Iterator[Sequence[Token]]":
    """The tokens of each outermost block."""
    start = depth = 0
    for at, token in enumerate(tokens):
        depth += token.nesting
        if depth == 0:
            yield tokens[start : at + 1]
            start = at + 1


def _read_list(heading: str, block: "Sequence[Token]", report: ReadReport) -> None:
    """Read one of the lists at the end; what is no entry of it is a stray."""
    if heading == "Sources" and block[0].type == "ordered_list_open":
        report.sources.extend(sources_in(block, report.broken))
        return
    for item in (token for token in block if token.type == "inline"):
        document = document_in(item) if heading == "Documents" else None
        text = shown(item)
        if document:
            report.documents.append(document)
        elif not _is_frame(text, _UNDER_LISTS[heading]):
            report.strays.append(text[:200])
        elif heading == "What could not be answered":
            report.unanswered.append(text)
            entry = re.fullmatch(_ENTRY, text)
            if entry:
                report.open_questions[int(entry.group(1))] = entry.group(2)
    report.strays.extend(shown(token)[:200] for token in block if token.type in _LITERAL)


def _read_opening(block: "Sequence[Token]", report: ReadReport) -> None:
    for token in block:
        text = shown(token)
        counts = re.fullmatch(_COUNTS, text)
        if counts:
            report.counts = (int(counts.group(1)), int(counts.group(2)), int(counts.group(3)))
        if token.type in _LITERAL or (token.type == "inline" and not _is_frame(text, _OPENING)):
            report.strays.append(text[:200])


def _is_frame(text: str, frames: Sequence[str]) -> bool:
    return any(re.fullmatch(frame, text) for frame in frames)


def _read_block(section: ReadSection, block: "Sequence[Token]") -> None:
    if block[0].type == "blockquote_open":
        claim = _claim(block)
        if claim:
            section.claims.append(claim)
            return
    elif block[0].type == "paragraph_open":
        text = shown(block[1])
        if _is_frame(text, _UNDER_QUESTIONS):
            section.is_declared_unanswered |= text.startswith(_UNANSWERED)
            return
    section.strays.append(" ".join(shown(token) for token in block)[:200].strip())


def _claim(block: "Sequence[Token]") -> ReadClaim | None:
    """A quotation in one block, then its citation in another; anything else is no claim."""
    inner = [part for part in blocks_of(block[1:-1]) if part]
    if not 1 <= len(inner) <= 2:
        return None
    told = inner[0]
    if told[0].type == "fence":
        text = told[0].content
    elif told[0].type == "paragraph_open":
        said = shown(told[1])
        if not (said.startswith("“") and said.endswith("”")):
            return None
        text = said[1:-1]
    else:
        return None
    mark = _MARK.match(shown(inner[1][1])) if len(inner) == 2 and inner[1][0].type == "paragraph_open" else None
    return ReadClaim(text=text, number=int(mark.group(1)) if mark else None)


def sources_in(block: "Sequence[Token]", broken: list[str]) -> Iterator[ReadSource]:
    """The numbered places of a list of sources; what names no place is said in ``broken``."""
    items = [token for token in block if token.type == "inline"]
    for number, item in enumerate(items, int(block[0].attrGet("start") or 1)):
        children = item.children or []
        place = _PLACE.search(_before_code(children))
        if place is None:
            broken.append(f"source {number} names no place")
            continue
        yield ReadSource(
            number=number,
            name=_inside(children, "strong"),
            path=_inside(children, "em"),
            start=int(place.group(1)),
            end=int(place.group(2)),
            digest=_code(children),
        )


def document_in(item: "Token") -> ReadDocument | None:
    """A document that an entry of the list of documents names."""
    children = item.children or []
    kind = _DOCUMENT.search(_before_code(children))
    if kind is None:
        return None
    return ReadDocument(name=_inside(children, "strong"), media_type=kind.group(1), sha256=_code(children))


def _before_code(children: "Sequence[Token]") -> str:
    """The plain text between the emphasised names and the digest."""
    text, depth = "", 0
    for child in children:
        depth += child.nesting
        if child.type == "code_inline":
            return text
        text = "" if depth else text + child.content
    return ""


def _inside(children: "Sequence[Token]", kind: str) -> str:
    text, is_inside = "", False
    for child in children:
        if child.type == f"{kind}_close":
            return text
        text += child.content if is_inside else ""
        is_inside = is_inside or child.type == f"{kind}_open"
    return ""


def _code(children: "Sequence[Token]") -> str:
    return next((child.content for child in children if child.type == "code_inline"), "")


def shown(token: "Token") -> str:
    """What a reader sees of an inline or literal token."""
    if token.children is None:
        return token.content if token.type in _LITERAL else ""
    return "".join("\n" if child.type in {"softbreak", "hardbreak"} else child.content for child in token.children)


def active_in(tokens: "Sequence[Token]") -> Iterator[str]:
    """What is more than text: links, images, raw markup."""
    for token in tokens:
        if token.type in _ACTIVE:
            yield token.type
        yield from (child.type for child in token.children or () if child.type in _ACTIVE)
