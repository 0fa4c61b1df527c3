"""A draft of one answer: sentences that cite numbered passages, read out of what a model wrote."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Self

from futurone_server.pipelines.research.answers import Quote
from futurone_server.pipelines.research.escaping import without_unseen
from futurone_server.tools.documents import Block, BlockKind, make_visible
from futurone_server.tools.retrieval import pieces

NOT_IN_SOURCES = "NOT IN THE SOURCES:"
CLAIMS_MAX = 40
PASSAGES_MAX = 24
TEXT_CHARS_MAX = 20_000
"""What a model writes beyond this is not read."""

_MARKS = re.compile(r"\s*((?:\[\d{1,4}(?:\s*,\s*\d{1,4})*\]\s*)+)([.!?…]*)\s*\Z")
_LATE_MARKS = re.compile(r"(?<![.!?…])([.!?…]++)\s*((?:\[\d{1,4}(?:\s*,\s*\d{1,4})*\]\s?)+)")
_NUMBER = re.compile(r"\d{1,4}")
_MARKUP = re.compile(
    r"^\s{0,3}(?:#{1,6}\s|[-*+]\s|\d+[.)]\s|>|```|~~~)|!\[|\]\(|<[a-z/!]|https?://", re.IGNORECASE | re.MULTILINE
)
_EMPHASIS = re.compile(r"\*\*|__|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)|`")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One sentence and the passages it cites, by their numbers. ``doubt`` says why it is shown as doubtful."""

    text: str
    cited: tuple[int, ...]
    doubt: str = ""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An answer to one question: paragraphs of claims over numbered passages (from 1), or what the sources lack."""

    question_id: str
    paragraphs: tuple[tuple[Claim, ...], ...]
    passages: tuple[Quote, ...]
    left_out: tuple[str, ...] = ()
    missing: str = ""
    model: str = ""
    family: str = ""

    @property
    def is_answered(self) -> bool:
        """Whether there is any claim."""
        return any(self.paragraphs)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Every claim, in the order of the text."""
        return tuple(claim for paragraph in self.paragraphs for claim in paragraph)

    def cited_by(self, claim: Claim) -> tuple[Quote, ...]:
        """The passages a claim cites."""
        return tuple(self.passages[number - 1] for number in claim.cited if 1 <= number <= len(self.passages))

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are sealed between steps."""
        return {
            "question_id": self.question_id,
            "paragraphs": [
                [{"text": claim.text, "cited": list(claim.cited), "doubt": claim.doubt} for claim in paragraph]
                for paragraph in self.paragraphs
            ],
            "passages": [passage.to_json() for passage in self.passages],
            "left_out": list(self.left_out),
            "missing": self.missing,
            "model": self.model,
            "family": self.family,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The draft that ``to_json`` wrote."""
        paragraphs = tuple(
            tuple(Claim(**{**claim, "cited": tuple(claim["cited"])}) for claim in paragraph)
            for paragraph in value["paragraphs"]
        )
        passages = tuple(Quote.from_json(passage) for passage in value["passages"])
        left_out = tuple(value["left_out"])
        return cls(**{**value, "paragraphs": paragraphs, "passages": passages, "left_out": left_out})

    def without(self, reasons: Mapping[int, str]) -> "Draft":
        """The same without some claims, by their number from 1; why they are left out is kept."""
        numbered = iter(range(1, len(self.claims) + 1))
        kept = tuple(
            tuple(claim for claim in paragraph if next(numbered) not in reasons) for paragraph in self.paragraphs
        )
        paragraphs = tuple(paragraph for paragraph in kept if paragraph)
        left_out = (*self.left_out, *reasons.values())
        missing = self.missing or ("" if paragraphs else "What was written did not hold against the sources.")
        return replace(self, paragraphs=paragraphs, left_out=left_out, missing=missing)

    def doubting(self, doubts: Mapping[int, str]) -> "Draft":
        """The same with doubts on some claims, by their number from 1."""
        numbered = iter(range(1, len(self.claims) + 1))
        return replace(
            self,
            paragraphs=tuple(
                tuple(replace(claim, doubt=doubts.get(next(numbered), "")) for claim in paragraph)
                for paragraph in self.paragraphs
            ),
        )


def read_draft(text: str) -> tuple[tuple[tuple[Claim, ...], ...], str]:
    """The paragraphs of claims in a model's text; or none and what it says is missing. Never raises.

    At most ``CLAIMS_MAX`` sentences are read: what is asked for again and again is not judged without end.
    """
    shown = without_unseen(make_visible(text[:TEXT_CHARS_MAX])[0]).replace("\r\n", "\n").strip()
    if shown.upper().startswith(NOT_IN_SOURCES):
        return (), " ".join(shown[len(NOT_IN_SOURCES) :].split())[:400]
    blocks = (" ".join(_EMPHASIS.sub("", block).split()) for block in re.split(r"\n\s*\n", shown))
    paragraphs: list[tuple[Claim, ...]] = []
    left = CLAIMS_MAX
    for block in blocks:
        claims = tuple(islice(_claims(block), left)) if block else ()
        left -= len(claims)
        if claims:
            paragraphs.append(claims)
    return tuple(paragraphs), ""


def wrongs_of(text: str, passages: Sequence[Quote]) -> str | None:
    """What is wrong with the form of a model's text, for the model to mend; None if nothing is."""
    if len(text) > TEXT_CHARS_MAX:
        return f"Write fewer than {CLAIMS_MAX} sentences."
    if _MARKUP.search(text):
        return "Write plain paragraphs: no headings, lists, links, markup or addresses."
    paragraphs, missing = read_draft(text)
    if not paragraphs:
        return None if missing else "The answer is empty."
    claims = [claim for paragraph in paragraphs for claim in paragraph]
    if len(claims) >= CLAIMS_MAX:
        return f"Write fewer than {CLAIMS_MAX} sentences."
    for claim in claims:
        unknown = [number for number in claim.cited if not 1 <= number <= len(passages)]
        if unknown:
            return f"There is no passage [{unknown[0]}]; there are 1 to {len(passages)}."
    bare = sum(not claim.cited for claim in claims)
    if bare:
        return f"{bare} sentences cite no passage: end each sentence with the numbers it rests on, like [2]."
    return None


def _claims(block: str) -> Iterator[Claim]:
    # "… in 2024. [3] Then …" is as common as "… in 2024 [3]. Then …": the marks go before the stop.
    moved = _LATE_MARKS.sub(lambda found: f" {found[2].strip()}{found[1]} ", block).strip()
    for start, end in pieces(moved, Block(kind=BlockKind.PROSE, start=0, end=len(moved))):
        sentence = moved[start:end].strip()
        marks = _MARKS.search(sentence)
        if marks is None:
            yield Claim(text=sentence, cited=())
            continue
        stop = marks[2][:1] or "."
        bare = re.sub(r"\s*\[\d{1,4}(?:\s*,\s*\d{1,4})*\]", "", sentence[: marks.start()]).strip()
        cited = dict.fromkeys(int(number) for number in _NUMBER.findall("".join(_inner(sentence))))
        if bare:
            yield Claim(text=f"{bare.rstrip('.!?… ')}{stop}", cited=tuple(cited))


def _inner(sentence: str) -> Iterator[str]:
    """Every mark of a sentence, those in its middle too."""
    for found in re.finditer(r"\[(\d{1,4}(?:\s*,\s*\d{1,4})*)\]", sentence):
        yield f"{found[1]} "
