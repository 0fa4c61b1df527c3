"""A draft as it is looked through: its blocks, sentences and headings, and the line that each character is on."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from futurone_server.pipelines.languages import ENGLISH, NAMES, language_of
from futurone_server.tools.documents import BlockKind, Document, SectionKind
from futurone_server.tools.retrieval import pieces

_LINE_END = re.compile(r"\r\n|\r|\n")
_SETEXT = re.compile(r"[^\n]*\n\s{0,3}=+\s*(?:\n|\Z)")
_HIDDEN = re.compile(
    r"`+[^`\n]{1,400}`+"
    r"|<[^<>\n]{1,400}>"
    r"|\b(?:https?|ftp|mailto):[^\s)>\]]{1,400}"
    r"|(?<=\])\([^()\n]{0,400}\)"
    r"|\[\^?[\w.,\- ]{1,40}\](?!\()"
    r"|[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,64}"
    r"|(?<!\w)[\w.-]{1,40}(?:/[\w.-]{1,40}){1,8}"
    r"|\{[^{}\n]{1,100}\}"
)
_UNKNOWN_WORDS_MAX = 20
"""An English text of more words holds some that tell its language."""

HIDE = "\0"
"""What stands for a character that is not prose: code, addresses, targets of links, citations."""


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """One sentence: ``shown`` is as it stands, ``masked`` of the same length without what is not prose."""

    start: int
    shown: str
    masked: str
    closes: bool
    """Whether it is the last of its paragraph."""


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A paragraph or list item: where it begins, its text without what is not prose, and its sentences."""

    start: int
    masked: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, kw_only=True)
class Heading:
    """A heading with its level from 1."""

    start: int
    level: int
    title: str


class Manuscript:
    """A draft ready to be looked through. Offsets are characters of the document's text."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.text = document.text
        self._line_starts = [0, *(found.end() for found in _LINE_END.finditer(self.text))]

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.document.name

    def line(self, offset: int) -> int:
        """The line that a character is on, from 1."""
        return bisect_right(self._line_starts, offset)

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """The paragraphs and list items, in their order."""
        return tuple(self._passages())

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """All sentences of the prose."""
        return tuple(sentence for passage in self.passages for sentence in passage.sentences)

    @cached_property
    def headings(self) -> tuple[Heading, ...]:
        """The headings, in their order, each once."""
        found: dict[int, Heading] = {}
        for section in self.document.sections:
            # A section that goes on after an inner one has no heading of its own there.
            if section.kind is SectionKind.HEADING and section.start < section.body:
                level = self._level(section.start, len(section.path))
                found[section.start] = Heading(start=section.start, level=level, title=section.title)
        return tuple(found[start] for start in sorted(found))

    @cached_property
    def language(self) -> str:
        """The language of the prose by its English name; empty where too little tells it."""
        return NAMES.get(self._language, "")

    @property
    def is_english(self) -> bool:
        """Whether rules for English can be used: it is English, or so short that it may be."""
        if self._language:
            return self._language == ENGLISH
        return sum(len(sentence.masked.split()) for sentence in self.sentences) <= _UNKNOWN_WORDS_MAX

    @cached_property
    def _language(self) -> str:
        return language_of(" ".join(sentence.masked for sentence in self.sentences))

    def _level(self, start: int, depth: int) -> int:
        marks = re.match(r"\s{0,3}(#{1,6})\s", self.text[start : start + 12])
        if marks:
            return len(marks.group(1))
        if self.document.media_type == "text/markdown":
            return 1 if _SETEXT.match(self.text, start) else 2
        return depth

    def _passages(self) -> Iterator[Passage]:
        for section in self.document.sections:
            for block in section.blocks:
                if block.kind not in (BlockKind.PROSE, BlockKind.ITEM):
                    continue
                spans = list(pieces(self.text, block))
                sentences = tuple(
                    Sentence(
                        start=start, shown=self.text[start:end], masked=masked(self.text[start:end]), closes=at == last
                    )
                    for last in (len(spans) - 1,)
                    for at, (start, end) in enumerate(spans)
                )
                shown = self.text[block.start : block.end]
                yield Passage(start=block.start, masked=masked(shown), sentences=sentences)


def masked(text: str) -> str:
    """A text of the same length in which code, addresses, link targets and citations are hidden."""
    return _HIDDEN.sub(lambda found: HIDE * len(found.group()), text)
