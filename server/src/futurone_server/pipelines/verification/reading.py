"""A report read back from its Markdown, as a reader sees it: claims, citations, sources, and whatever else there is."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

_SECTION = re.compile(r"(\d{1,4})\. ")
_MARK = re.compile(r"\[(\d{1,6})\](?: |\Z)")
_PLACE = re.compile(r", characters (\d{1,12})–(\d{1,12}), SHA-256 \Z")
_DOCUMENT = re.compile(r", ([a-z]+/[a-z0-9.+-]+), (\d{1,15}) bytes, SHA-256 \Z")
_UNANSWERED = "The sources do not hold the answer."
_FRAMES = tuple(
    re.compile(pattern)
    for pattern in (
        r"The sources do not hold the answer\.(?: .{0,2000})?\Z",
        r"Words of the question that do not stand near these quotes: .{1,4000}\.\Z",
    )
)
_ACTIVE = frozenset({"link_open", "image", "html_inline", "html_block"})
_LISTS = {"Sources", "Documents", "What could not be answered"}


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
    """A whole report. ``active`` lists what is more than text: links, images, raw markup."""

    sections: list[ReadSection] = field(default_factory=list)
    sources: list[ReadSource] = field(default_factory=list)
    documents: list[ReadDocument] = field(default_factory=list)
    unanswered: str = ""
    broken: list[str] = field(default_factory=list)
    active: list[str] = field(default_factory=list)

    @property
    def claims(self) -> list[ReadClaim]:
        """All claims in order."""
        return [claim for section in self.sections for claim in section.claims]


def read_report(markdown: str) -> ReadReport:
    """Read a report's Markdown. Never fails: what does not fit the shape of a report is kept as stray or broken."""
    tokens = MarkdownIt("commonmark", {"html": True}).parse(markdown)
    report = ReadReport(active=list(_active(tokens)))
    heading = ""
    for block in _blocks(tokens):
        if block[0].type == "heading_open":
            heading = _shown(block[1])
            section = _SECTION.match(heading) if block[0].tag == "h2" else None
            if section:
                report.sections.append(ReadSection(number=int(section.group(1)), title=heading[section.end() :]))
        elif heading == "Sources":
            report.sources.extend(_sources(block, report))
        elif heading == "Documents":
            report.documents.extend(_documents(block))
        elif heading == "What could not be answered":
            report.unanswered += " ".join(_shown(token) for token in block if token.type == "inline")
        elif report.sections and heading not in _LISTS:
            _read_block(report.sections[-1], block)
    return report


def one_spaced(text: str) -> str:
    """A text with each run of white space as one space: the one freedom a quote has."""
    return " ".join(text.split())


def _blocks(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """The tokens of each outermost block."""
    start = depth = 0
    for at, token in enumerate(tokens):
        depth += token.nesting
        if depth == 0:
            yield tokens[start : at + 1]
            start = at + 1


def _read_block(section: ReadSection, block: Sequence[Token]) -> None:
    if block[0].type == "blockquote_open":
        claim = _claim(block)
        if claim:
            section.claims.append(claim)
            return
    elif block[0].type == "paragraph_open":
        text = _shown(block[1])
        if any(frame.match(text) for frame in _FRAMES):
            section.is_declared_unanswered |= text.startswith(_UNANSWERED)
            return
    section.strays.append(" ".join(_shown(token) for token in block)[:200].strip())


def _claim(block: Sequence[Token]) -> ReadClaim | None:
    """A quotation in one block, then its citation in another; anything else is no claim."""
    inner = [part for part in _blocks(block[1:-1]) if part]
    if not 1 <= len(inner) <= 2:
        return None
    told = inner[0]
    if told[0].type == "fence":
        text = told[0].content
    elif told[0].type == "paragraph_open":
        shown = _shown(told[1])
        if not (shown.startswith("“") and shown.endswith("”")):
            return None
        text = shown[1:-1]
    else:
        return None
    mark = _MARK.match(_shown(inner[1][1])) if len(inner) == 2 and inner[1][0].type == "paragraph_open" else None
    return ReadClaim(text=text, number=int(mark.group(1)) if mark else None)


def _sources(block: Sequence[Token], report: ReadReport) -> Iterator[ReadSource]:
    if block[0].type != "ordered_list_open":
        return
    items = [token for token in block if token.type == "inline"]
    for number, item in enumerate(items, int(block[0].attrGet("start") or 1)):
        children = item.children or []
        place = _PLACE.search(_before_code(children))
        if place is None:
            report.broken.append(f"source {number} names no place")
            continue
        yield ReadSource(
            number=number,
            name=_inside(children, "strong"),
            path=_inside(children, "em"),
            start=int(place.group(1)),
            end=int(place.group(2)),
            digest=_code(children),
        )


def _documents(block: Sequence[Token]) -> Iterator[ReadDocument]:
    for item in (token for token in block if token.type == "inline"):
        children = item.children or []
        kind = _DOCUMENT.search(_before_code(children))
        if kind:
            name = _inside(children, "strong")
            yield ReadDocument(name=name, media_type=kind.group(1), sha256=_code(children))


def _before_code(children: Sequence[Token]) -> str:
    """The plain text between the emphasised names and the digest."""
    text, depth = "", 0
    for child in children:
        depth += child.nesting
        if child.type == "code_inline":
            return text
        text = "" if depth else text + child.content
    return ""


def _inside(children: Sequence[Token], kind: str) -> str:
    text, is_inside = "", False
    for child in children:
        if child.type == f"{kind}_close":
            return text
        text += child.content if is_inside else ""
        is_inside = is_inside or child.type == f"{kind}_open"
    return ""


def _code(children: Sequence[Token]) -> str:
    return next((child.content for child in children if child.type == "code_inline"), "")


def _shown(token: Token) -> str:
    """What a reader sees of an inline or literal token."""
    if token.children is None:
        return token.content if token.type in {"fence", "code_block", "html_block"} else ""
    return "".join("\n" if child.type in {"softbreak", "hardbreak"} else child.content for child in token.children)


def _active(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type in _ACTIVE:
            yield token.type
        yield from (child.type for child in token.children or () if child.type in _ACTIVE)
