"""The quote bank: an outline that the task or the sources give, and exact quotes for each of its points."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from futurone_server.pipelines.content.assignment import Assignment
from futurone_server.pipelines.content.constraints import ConstraintKind
from futurone_server.pipelines.research.answers import Quote, answer
from futurone_server.pipelines.research.brief import Question, Wanted
from futurone_server.tools.documents import BlockKind
from futurone_server.tools.retrieval import Index, Passage, Piece, search

POINTS_MAX = 8
QUOTES_PER_POINT_MAX = 3
LOOSE_STRENGTH_MIN = 0.4
"""A point is less than a question: what is near it is material, and the writer chooses."""

_HITS_MAX = 80
_NEAR_SHARE = 0.45
_HEADING_FACTOR = 1.5
"""A section whose own heading names the subject is nearer than one that mentions it."""

_NUMBERING = re.compile(r"\A\d{1,3}(?:\.\d{1,3})*[.)]?\s+")
_QUOTE_CHARS_MIN = 30
_LENGTHS = {
    ConstraintKind.WORDS_MAX,
    ConstraintKind.WORDS_MIN,
    ConstraintKind.SENTENCES_MAX,
    ConstraintKind.SENTENCES_MIN,
}


@dataclass(frozen=True, kw_only=True)
class Point:
    """One point of the outline. ``origin`` is the document whose heading it is; empty if the task names it."""

    title: str
    origin: str
    path: tuple[str, ...]
    quotes: tuple[Quote, ...]
    reason: str = ""
    """Why there is no quote."""

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are sealed between steps."""
        return {
            "title": self.title,
            "origin": self.origin,
            "path": list(self.path),
            "quotes": [quote.to_json() for quote in self.quotes],
            "reason": self.reason,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The point that ``to_json`` wrote."""
        quotes = tuple(Quote.from_json(quote) for quote in value["quotes"])
        return cls(**{**value, "path": tuple(value["path"]), "quotes": quotes})


def bank(assignment: Assignment, index: Index) -> tuple[Point, ...]:
    """The outline with its quotes: the task's points where it lists some, else headings that are about its subject."""
    if assignment.points:
        return tuple(asked_point(title, assignment.subject, index) for title in assignment.points)
    return tuple(_headed(assignment, index))


def asked_point(title: str, topic: str, index: Index, *, strength_min: float = LOOSE_STRENGTH_MIN) -> Point:
    """A point that is asked for, with what the sources hold on it."""
    question = Question(id="point", text=title, wanted=Wanted.ANY, topic=topic)
    found = answer(question, index, strength_min=strength_min)
    return Point(
        title=title,
        origin="",
        path=(),
        quotes=found.quotes[:QUOTES_PER_POINT_MAX],
        reason=found.reason if found.abstained else "",
    )


def open_points(assignment: Assignment, points: Sequence[Point], index: Index) -> Iterator[str]:
    """What the task leaves open and what the sources do not hold, in words."""
    if assignment.foreign:
        yield (
            f"The task is in {assignment.foreign} and was not understood: without a language model English is read, and"
            " of German, French and Spanish a few words, such as “prüfe”, “corrige”, “revisa” and limits of length."
        )
    for point in points:
        if not point.quotes:
            yield f"{point.title}: the sources hold nothing on it. {point.reason}".strip()
    for constraint in assignment.constraints:
        if constraint.kind is ConstraintKind.MENTION and not _holds(index, constraint.value):
            yield f"“{constraint.value}” has to be mentioned and does not stand in the sources."
    stated = {constraint.kind for constraint in assignment.constraints}
    if not assignment.audience:
        yield "Audience: the task does not say for whom the text is."
    if not stated & _LENGTHS:
        yield "Length: the task does not say how long the text may be."


def _holds(index: Index, term: str) -> bool:
    return any(term.casefold() in document.text.casefold() for document in index.documents)


def _headed(assignment: Assignment, index: Index) -> Iterator[Point]:
    """A point for each section of the sources that is about the subject, in the order of the sources."""
    sections: dict[tuple[int, int], float] = {}
    terms = frozenset(index.lexicon.in_text(assignment.subject))
    for hit in search(index, assignment.subject, _HITS_MAX):
        passage = index.passages[hit.passage]
        place = (passage.document, passage.section)
        is_named = not terms.isdisjoint(index.lexicon.in_text(index.section(passage).title))
        score = hit.score * (_HEADING_FACTOR if is_named else 1.0)
        sections[place] = max(score, sections.get(place, 0.0))
    best = max(sections.values(), default=0.0)
    near = [place for place, score in sections.items() if score >= best * _NEAR_SHARE]
    chosen = sorted(near, key=lambda place: (-sections[place], place))[:POINTS_MAX]
    for place in sorted(chosen):
        passages = [one for one in index.passages if (one.document, one.section) == place]
        quotes = tuple(_quotes(passages, terms, index))
        if quotes:
            document = index.documents[place[0]]
            path = document.sections[place[1]].path
            named = [title for title in path if "|" not in title]
            title = _NUMBERING.sub("", named[-1]) if named else document.title or document.name
            yield Point(title=title, origin=document.name, path=path, quotes=quotes)


def _quotes(passages: Sequence[Passage], terms: frozenset[str], index: Index) -> Iterator[Quote]:
    scored = [
        (
            len(terms & frozenset(index.lexicon.in_text(_text(passage, piece, index)))) + 0.5 * piece.opens,
            piece,
            passage,
        )
        for passage in passages
        for piece in passage.pieces
        if piece.end - piece.start >= _QUOTE_CHARS_MIN and piece.kind is not BlockKind.CODE
    ]
    chosen = sorted(scored, key=lambda one: (-one[0], one[1].start))[:QUOTES_PER_POINT_MAX]
    joined: list[Quote] = []
    for _, piece, passage in sorted(chosen, key=lambda one: one[1].start):
        made = quote_of(passage, piece, index)
        after = joined[-1] if joined else None
        between = index.documents[passage.document].text[after.end : made.start] if after else "x"
        if after and not between.strip() and not (after.is_code or made.is_code):
            # Sentences that follow one another are one quote.
            text = index.documents[passage.document].text[after.start : made.end]
            joined[-1] = replace(after, end=made.end, text=text)
        else:
            joined.append(made)
    yield from joined


def quote_of(passage: Passage, piece: Piece, index: Index) -> Quote:
    """A piece of a passage as an exact quote."""
    document = index.documents[passage.document]
    return Quote(
        document=document.name,
        sha256=document.sha256,
        media_type=document.media_type,
        path=index.section(passage).path,
        start=piece.start,
        end=piece.end,
        text=document.text[piece.start : piece.end],
        score=0.0,
        is_code=piece.kind is BlockKind.CODE,
    )


def _text(passage: Passage, piece: Piece, index: Index) -> str:
    return index.documents[passage.document].text[piece.start : piece.end]
