"""Quotes and citations of a brief or a written text, looked up again in the original bytes."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from futurone_server.pipelines.content.reading import Part, Reading, read
from futurone_server.pipelines.content.source_brief import BANK, NO_SOURCE, SOURCES

if TYPE_CHECKING:
    from futurone_server.tools.documents import Document

_PLACE = re.compile(r"characters (\d+)–(\d+), SHA-256 ([0-9a-f]{16})\Z")
_NUMBERED = re.compile(r"\A(?P<told>.*)\n\[(?P<number>\d{1,4})\] ", re.DOTALL)
_LISTED = re.compile(r"SHA-256 ([0-9a-f]{64})")
MARK = re.compile(r"\[(\d{1,4})\]")


@dataclass(frozen=True, kw_only=True)
class ReadQuote:
    """A quote as the report shows it; ``number`` is 0 where it has none."""

    number: int
    text: str
    part: Part


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a numbered source is said to be."""

    start: int
    end: int
    digest: str


@dataclass(frozen=True)
class CitingCase:
    """All that is known of a report with citations: as it reads, and its sources fetched and parsed again."""

    reading: Reading
    originals: Mapping[str, bytes]
    documents: "Mapping[str, Document]"

    @cached_property
    def places(self) -> tuple[Place | None, ...]:
        """The list of sources in its order; None for an entry that says no place."""
        part = self.reading.part(SOURCES)
        found = [_PLACE.search(item) for item in (part.items if part else ())]
        return tuple(
            Place(start=int(one.group(1)), end=int(one.group(2)), digest=one.group(3)) if one else None for one in found
        )

    @cached_property
    def quotes(self) -> tuple[ReadQuote, ...]:
        """Every quote of the bank."""
        return tuple(_quote(told, part) for part in self.reading.under(BANK) for told in part.quotes)

    def text_of(self, number: int) -> str | None:
        """What stands at the place of a numbered source, in the original; None if there is no such place."""
        place = self.places[number - 1] if 1 <= number <= len(self.places) else None
        found = [one for digest, one in self.documents.items() if place and digest.startswith(place.digest)]
        if place is None or len(found) != 1 or not 0 <= place.start < place.end <= len(found[0].text):
            return None
        return found[0].text[place.start : place.end]

    def path_of(self, number: int) -> str:
        """The headings above the place of a numbered source, read from the document itself."""
        place = self.places[number - 1] if 1 <= number <= len(self.places) else None
        document = next(
            (one for digest, one in self.documents.items() if place and digest.startswith(place.digest)), None
        )
        if place is None or document is None:
            return ""
        around = [section for section in document.sections if section.start <= place.start < section.end]
        return " / ".join(around[-1].path) if around else ""


def open_case(markdown: str, originals: Mapping[str, bytes], documents: "Mapping[str, Document]") -> CitingCase:
    """Read a report; ``originals`` and ``documents`` are its sources by digest."""
    return CitingCase(read(markdown), originals, documents)


def sources_unchanged(case: CitingCase) -> Iterator[str]:
    """Sources that are not what the report says they are."""
    for digest, data in case.originals.items():
        if hashlib.sha256(data).hexdigest() != digest:
            yield f"A source is not what its digest {digest[:16]} says."
    part = case.reading.part("Documents")
    for item in part.items if part else ():
        listed = _LISTED.search(item)
        if listed and listed.group(1) not in case.originals:
            yield f"The document {listed.group(1)[:16]} is listed and was not given."


def quotes_verbatim(case: CitingCase) -> Iterator[str]:
    """Quotes that do not stand in their source, letter for letter; only runs of white space may differ."""
    for quote in case.quotes:
        there = case.text_of(quote.number)
        if there is None:
            yield f"“{short(quote.text)}” cannot be looked up."
        elif " ".join(there.split()) != " ".join(quote.text.split()):
            yield f"“{short(quote.text)}” is not what stands at source {quote.number}."


def citations_resolve(case: CitingCase) -> Iterator[str]:
    """Sources that lead nowhere, are not numbered from 1 on, or are quoted in another order."""
    for number in range(1, len(case.places) + 1):
        if case.text_of(number) is None:
            yield f"Source {number} leads to no place in a document that was given."
    numbers = [quote.number for quote in case.quotes]
    if numbers != list(range(1, len(numbers) + 1)) or len(numbers) != len(case.places):
        yield "The quotes and the list of sources differ in number or order."
    part = case.reading.part(SOURCES)
    if part is None or not (part.items or NO_SOURCE in part.paragraphs):
        yield "There is no list of sources."


def inert(reading: Reading) -> Iterator[str]:
    """What could load or lead somewhere."""
    yield from (f"The report holds {kind}." for kind in sorted(set(reading.active)))


def short(text: str) -> str:
    """A text for a message."""
    flat = " ".join(text.split())
    return flat if len(flat) <= 100 else f"{flat[:100]}…"


def _quote(told: str, part: Part) -> ReadQuote:
    found = _NUMBERED.match(told)
    text = found.group("told") if found else told
    text = text[1:-1] if text.startswith("“") and text.endswith("”") else text
    return ReadQuote(number=int(found.group("number")) if found else 0, text=text, part=part)
