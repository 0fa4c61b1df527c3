"""Extractive answers: up to four exact quotes for a question, or an honest "the sources do not hold it"."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from futurone_server.pipelines.languages import ENGLISH, NAMES, language_of
from futurone_server.pipelines.research.brief import Question, Wanted
from futurone_server.pipelines.research.evidence import Evidence, weigh
from futurone_server.pipelines.research.query import Query, query
from futurone_server.tools.documents import BlockKind, SectionKind
from futurone_server.tools.retrieval import PIECE_CHARS_MAX, Index, Piece

QUOTES_MAX = 4
STRENGTH_MIN = 0.65
"""Below this the sources do not hold the answer."""

OTHER_LANGUAGE = "OTHER_LANGUAGE"
"""Why nothing was found where that says little: what was to be read is not in English."""

NOTHING_TO_READ = "NO_SOURCES"
"""Why nothing was found where there was nothing to find it in."""

WINDOW_CHARS_MAX = 360
"""A sentence is quoted with those after it in its paragraph up to this length."""

SEARCH_NEEDS_MODEL = "A search service is configured; using it needs a model (FUTURONE_MODELS)."
"""What is said beside an abstention where the web could have been asked, but for a model."""

_HELD_BY_LISTS = frozenset({Wanted.LIST, Wanted.PROCEDURE, Wanted.COMPARISON})
"""What is answered by items and steps below a heading, which need not repeat its words."""

_READS_ENGLISH = "without a language model only English is looked up well."
_FOLLOWING_SHARE = 0.8
_ALIKE_SHARE = 0.7
_LEANING = re.compile(r"(?:It|This|These|Those|They|That|Such|Otherwise|However|Then|He|She|In this case)\b")


@dataclass(frozen=True, kw_only=True)
class Quote:
    """An exact slice of a source: ``text == document.text[start:end]`` of the document with this digest."""

    document: str
    sha256: str
    media_type: str
    path: tuple[str, ...]
    start: int
    end: int
    text: str
    score: float
    is_code: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are sealed between steps."""
        return {
            "document": self.document,
            "sha256": self.sha256,
            "media_type": self.media_type,
            "path": list(self.path),
            "start": self.start,
            "end": self.end,
            "text": self.text,
            "score": self.score,
            "is_code": self.is_code,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The quote that ``to_json`` wrote."""
        return cls(**{**value, "path": tuple(value["path"])})


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the sources say to one question, strongest first; ``abstained`` with a reason if they do not hold it.

    ``strength`` is the evidence of the best quote, 0 to 1 and no probability; ``missing`` are words not found near it.
    """

    question_id: str
    quotes: tuple[Quote, ...]
    strength: float
    abstained: bool
    reason_code: str = ""
    reason: str = ""
    missing: tuple[str, ...] = ()

    @property
    def is_limited(self) -> bool:
        """Whether nothing was found, and the sources may hold the answer all the same."""
        return self.reason_code == OTHER_LANGUAGE

    @property
    def is_bare(self) -> bool:
        """Whether nothing was found because there was nothing to read."""
        return self.reason_code == NOTHING_TO_READ

    def with_hint(self, hint: str) -> Self:
        """The same with a sentence more about why nothing was found; an answer with quotes stays as it is."""
        return replace(self, reason=f"{self.reason} {hint}".strip()) if self.abstained else self

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are sealed between steps."""
        return {
            "question_id": self.question_id,
            "quotes": [quote.to_json() for quote in self.quotes],
            "strength": self.strength,
            "abstained": self.abstained,
            "reason_code": self.reason_code,
            "reason": self.reason,
            "missing": list(self.missing),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The answer that ``to_json`` wrote."""
        quotes = tuple(Quote.from_json(quote) for quote in value["quotes"])
        return cls(**{**value, "quotes": quotes, "missing": tuple(value["missing"])})


def answer(question: Question, index: Index, *, strength_min: float = STRENGTH_MIN) -> Answer:
    """Answer one question from the documents of an index, or abstain below ``strength_min``. Deterministic.

    Words are looked for as English builds and joins them. Where question or sources are in another language, an answer
    that was found is as good as its quotes, and one that was not found says that much.
    """
    if not index.passages:
        return _abstain(question, NOTHING_TO_READ, "No source was found that can be read.")
    found = _answer(question, index, strength_min)
    limit = _limit(question, index) if found.abstained else ""
    return _abstain(question, OTHER_LANGUAGE, limit, missing=found.missing) if limit else found


def _limit(question: Question, index: Index) -> str:
    """What the languages of question and sources say about an abstention; empty where all is English."""
    asked = language_of(question.text)
    read = dict.fromkeys(language_of(document.text) for document in index.documents)
    foreign = ", ".join(NAMES[one] for one in read if one not in ("", ENGLISH))
    if asked not in ("", ENGLISH):
        return f"The question is in {NAMES[asked]}; {_READS_ENGLISH}"
    return f"There are sources in {foreign}; {_READS_ENGLISH}" if foreign else ""


def _answer(question: Question, index: Index, strength_min: float) -> Answer:
    asked = query(question, index)
    if not asked.asked:
        return _abstain(question, "NOTHING_ASKED", "The question holds no words that could be looked up.")
    unknown = _unknown_names(asked, index)
    if unknown:
        named = ", ".join(f"“{name}”" for name in unknown)
        return _abstain(question, "NAME_UNKNOWN", f"The sources never mention {named}.", missing=unknown)
    found = weigh(asked, question.wanted, index)
    best = next((evidence for evidence in found if not _lacks_name(asked, evidence)), None)
    if best is None or best.score < strength_min:
        nearest = best or (found[0] if found else None)
        missing = nearest.missing if nearest else ()
        return _abstain(question, "NOT_COVERED", "No passage covers enough of what is asked.", missing=missing)
    chosen = _chosen(found, best, asked, strength_min)
    if question.wanted not in _HELD_BY_LISTS and not best.is_bare:
        # A heading alone makes no answer beside one that has the words itself.
        chosen = [evidence for evidence in chosen if not evidence.is_bare]
    return Answer(
        question_id=question.id,
        quotes=tuple(_quote(evidence, index) for evidence in _distinct(chosen, index)),
        strength=round(min(1.0, best.score), 4),
        abstained=False,
        missing=best.missing,
    )


def _abstain(question: Question, code: str, reason: str, *, missing: Sequence[str] = ()) -> Answer:
    return Answer(
        question_id=question.id,
        quotes=(),
        strength=0.0,
        abstained=True,
        reason_code=code,
        reason=reason,
        missing=tuple(missing),
    )


def _unknown_names(asked: Query, index: Index) -> tuple[str, ...]:
    return tuple(
        word.word
        for word in asked.asked
        if word.is_name
        and not any(map(index.holds, word.terms))
        and not (word.parts and all(map(index.holds, word.parts)))
    )


def _lacks_name(asked: Query, evidence: Evidence) -> bool:
    names = {word.word for word in asked.asked if word.is_name}
    return not names.isdisjoint(evidence.missing)


def _chosen(found: Sequence[Evidence], best: Evidence, asked: Query, strength_min: float) -> list[Evidence]:
    bound = max(strength_min, best.score * _FOLLOWING_SHARE)
    return [evidence for evidence in found if evidence.score >= bound and not _lacks_name(asked, evidence)]


def _distinct(chosen: Sequence[Evidence], index: Index) -> list[tuple[Evidence, Piece]]:
    """The first few that do not say nearly the same, each with what it needs around it; what overlaps is joined."""
    kept: list[tuple[Evidence, Piece]] = []
    said: list[frozenset[str]] = []
    for evidence in chosen:
        piece = _rounded(evidence, index)
        touching = next(
            (at for at, (other, span) in enumerate(kept) if _touches(evidence, piece, other, span, index)), None
        )
        if touching is not None:
            kept[touching] = (kept[touching][0], _joined(kept[touching][1], piece))
            continue
        passage = index.passages[evidence.passage]
        text = index.documents[passage.document].text
        terms = frozenset(index.lexicon.in_text(text, piece.start, piece.end))
        if len(kept) < QUOTES_MAX and not any(_alike(terms, other) for other in said):
            kept.append((evidence, piece))
            said.append(terms)
    return kept


def _touches(one: Evidence, piece: Piece, other: Evidence, span: Piece, index: Index) -> bool:
    same = index.passages[one.passage].document == index.passages[other.passage].document
    return same and span.start < piece.end and piece.start < span.end


def _joined(one: Piece, other: Piece) -> Piece:
    start, end = min(one.start, other.start), max(one.end, other.end)
    return replace(one, start=start, end=end) if end - start <= PIECE_CHARS_MAX else one


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= _ALIKE_SHARE * max(1, len(one | other))


def _rounded(evidence: Evidence, index: Index) -> Piece:
    """A piece with what it needs around it, where that still makes a short quote.

    That is the list it introduces, the sentence it leans on, and what follows in its paragraph or definition.
    """
    passage = index.passages[evidence.passage]
    text = index.documents[passage.document].text
    pieces = _section_pieces(evidence, index)
    at = pieces.index(evidence.piece)
    start, end, kind = evidence.piece.start, evidence.piece.end, evidence.piece.kind
    if at and _LEANING.match(text, start) and end - pieces[at - 1].start <= PIECE_CHARS_MAX:
        start = pieces[at - 1].start
    is_term = index.section(passage).kind is SectionKind.TERM
    for after in pieces[at + 1 :]:
        introduces = text[end - 1] == ":" or (after.kind is BlockKind.ITEM and end > evidence.piece.end)
        goes_on = after.block == evidence.piece.block or (is_term and evidence.piece.opens)
        bound = PIECE_CHARS_MAX if introduces else WINDOW_CHARS_MAX if goes_on else 0
        if after.end - start > bound:
            break
        end = after.end
        kind = after.kind if after.kind is BlockKind.CODE else kind
    return replace(evidence.piece, start=start, end=end, kind=kind)


def _section_pieces(evidence: Evidence, index: Index) -> list[Piece]:
    """The pieces of a passage and of those after it in the same section, as far as a quote could reach."""
    passage = index.passages[evidence.passage]
    pieces = list(passage.pieces)
    for after in index.passages[evidence.passage + 1 :][:3]:
        if (after.document, after.section) != (passage.document, passage.section):
            break
        pieces.extend(after.pieces)
    return pieces


def _quote(chosen: tuple[Evidence, Piece], index: Index) -> Quote:
    evidence, piece = chosen
    passage = index.passages[evidence.passage]
    document = index.documents[passage.document]
    return Quote(
        document=document.name,
        sha256=document.sha256,
        media_type=document.media_type,
        path=index.section(passage).path,
        start=piece.start,
        end=piece.end,
        text=document.text[piece.start : piece.end],
        score=round(min(1.0, evidence.score), 4),
        is_code=piece.kind is BlockKind.CODE,
    )
