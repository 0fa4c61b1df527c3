"""How well a piece of text answers a question: which of its words are there, near, or in the headings above."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from futurone_server.pipelines.research.brief import Wanted
from futurone_server.pipelines.research.query import Asked, Query
from futurone_server.tools.documents import BlockKind
from futurone_server.tools.retrieval import Index, Passage, Piece, numbers, stem_of

PASSAGES_MAX = 40
"""Passages looked at for one question."""

_KIN_VALUE = 0.75
_PARTS_VALUE = 0.9
_HEADING_VALUE = 0.95
_LEAD_VALUE = 0.8
_PATH_VALUE = 0.75
_TITLE_VALUE = 0.85
_BEFORE_VALUE = 0.6
_PASSAGE_VALUE = 0.5
_DOCUMENT_VALUE = 0.2
_NEAR_WORDS = 6

_MONEY = re.compile(
    r"[$€£¥]\s?\d|\d\s?[$€£¥]|\b(?:USD|EUR|GBP|CHF|JPY|dollars?|euros?|cents?|pounds?)\b", re.IGNORECASE
)
_DATE = re.compile(
    r"\b(?:1[5-9]|20)\d\d\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b"
    r"|\b(?:January|February|March|April|June|July|August|September|October|November|December)\b|\b\d{1,2}:\d\d\b"
)
_PERSON = re.compile(r"\b[A-Z][a-z]+(?:\s+[A-Z]\.)?\s+[A-Z][a-z]+\b|\b(?:by|author|owner|responsible)\b")
_DEFAULT = re.compile(
    r"\bdefaults?(?: value| setting)?(?: for \w+)?\W{0,6}(?:is|are|to|:|=|\d)|\bby default\b|\(default|default\)", re.I
)
_REASON = re.compile(
    r"\b(?:because|since|so that|in order to|due to|therefore|hence|reason|avoid|prevent|otherwise)\b", re.I
)
_DEFINES = re.compile(
    r"\b(?:is|are|means|refers to|stands for|denotes|represents|defines|specifies|consists of)\b", re.I
)
_ACTS = re.compile(r"\b(?:use|run|set|call|type|add|create|enter|open|click|specify|pass|edit|install)\b", re.I)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A piece with its marks. ``coverage`` counts headings and neighbours, ``direct`` the piece and its own heading.

    Both are from 0 to 1. ``is_bare``: the piece has no word of the question itself, all of them stand around it.
    """

    passage: int
    piece: Piece
    coverage: float
    direct: float
    score: float
    missing: tuple[str, ...]
    is_bare: bool


@dataclass(frozen=True, kw_only=True)
class _Ground:
    """The terms around a piece, from near to far, each with what a word found there is worth."""

    own: tuple[str, ...]
    title: frozenset[str]
    levels: tuple[tuple[float, frozenset[str]], ...]
    document: int


def weigh(query: Query, wanted: Wanted, index: Index) -> list[Evidence]:
    """All evidence for a question, best first; equal ones in the order of the documents."""
    found: list[Evidence] = []
    for number in best_passages(query, index):
        found.extend(_weigh_passage(query, wanted, index, number))
    found.sort(key=lambda evidence: (-evidence.score, evidence.passage, evidence.piece.start))
    return found


def best_passages(query: Query, index: Index) -> list[int]:
    """The passages worth a closer look, best first."""
    scores: dict[int, float] = {}
    for asked in (*query.asked, *query.topic):
        best: dict[int, float] = {}
        for value, terms in ((1.0, asked.terms), (0.7, asked.parts), (0.6, asked.kin)):
            for term in terms:
                for passage, score in index.scores(term):
                    best[passage] = max(best.get(passage, 0.0), value * score)
        for passage, score in best.items():
            scores[passage] = scores.get(passage, 0.0) + asked.weight * score
    return sorted(scores, key=lambda passage: (-scores[passage], passage))[:PASSAGES_MAX]


def value(asked: Asked, terms: frozenset[str]) -> float:
    """How far a word is among some terms: 1 itself, less for its parts or kin, 0 not at all."""
    if not terms.isdisjoint(asked.terms):
        return 1.0
    if asked.parts and terms.issuperset(asked.parts):
        return _PARTS_VALUE
    return 0.0 if terms.isdisjoint(asked.kin) else _KIN_VALUE


def _weigh_passage(query: Query, wanted: Wanted, index: Index, number: int) -> Iterator[Evidence]:
    passage = index.passages[number]
    document = index.documents[passage.document]
    section = index.section(passage)
    terms = [tuple(index.lexicon.in_text(document.text, piece.start, piece.end)) for piece in passage.pieces]
    title = frozenset(index.lexicon.in_text(section.title))
    above = (
        (_PATH_VALUE, frozenset(index.lexicon.in_text(" / ".join(section.path[:-1])))),
        (_TITLE_VALUE, frozenset(index.lexicon.in_text(f"{document.title} / {stem_of(document.name)}"))),
        (_PASSAGE_VALUE, frozenset(term for held in terms for term in held)),
    )
    for at, piece in enumerate(passage.pieces):
        lead = _lead(document.text, passage, at)
        near = [(_LEAD_VALUE, frozenset(terms[lead]))] if lead is not None else []
        near += [(_BEFORE_VALUE, frozenset(terms[at - 1]))] if at else []
        ground = _Ground(own=terms[at], title=title, levels=(*above, *near), document=passage.document)
        yield _weigh_piece(query, wanted, index, _Place(number, piece, document.text[piece.start : piece.end]), ground)


@dataclass(frozen=True)
class _Place:
    passage: int
    piece: Piece
    text: str


def _weigh_piece(query: Query, wanted: Wanted, index: Index, place: _Place, ground: _Ground) -> Evidence:
    own = frozenset(ground.own)
    covered = direct = 0.0
    missing = []
    for asked in query.asked:
        in_piece = max(value(asked, own), _HEADING_VALUE * value(asked, ground.title))
        best = max(in_piece, _around(asked, ground, index))
        covered += asked.weight * best
        direct += asked.weight * in_piece
        if best <= _DOCUMENT_VALUE and not asked.is_weak:
            missing.append(asked.word)
    total = query.weight or 1.0
    coverage, direct = covered / total, direct / total
    score = coverage * (0.75 + 0.25 * direct) + 0.06 * _nearness(query.asked, ground.own)
    score += 0.2 * _entitled(query, ground.title) * _opening_share(place.piece)
    score = (score + _bonus(wanted, query, place)) * fitness(wanted, place.text) * _form(place)
    return Evidence(
        passage=place.passage,
        piece=place.piece,
        coverage=coverage,
        direct=direct,
        score=max(0.0, score),
        missing=tuple(missing),
        is_bare=not any(value(asked, own) for asked in query.asked),
    )


def _opening_share(piece: Piece) -> float:
    """How likely a piece says what its section is about."""
    return 0.5 if not piece.opens else 0.75 if piece.kind is BlockKind.ITEM else 1.0


def _entitled(query: Query, title: frozenset[str]) -> float:
    """How much of the question the heading above is, and how little else."""
    if not title:
        return 0.0
    named = [asked for asked in query.asked if value(asked, title)]
    share = sum(asked.weight for asked in named) / (query.weight or 1.0)
    return share * min(1.0, 2 * len(named) / len(title))


def _around(asked: Asked, ground: _Ground, index: Index) -> float:
    best = max((worth * value(asked, terms) for worth, terms in ground.levels), default=0.0)
    if best == 0.0 and any(ground.document in index.documents_with(term) for term in asked.terms):
        return _DOCUMENT_VALUE
    return best


def _lead(text: str, passage: Passage, at: int) -> int | None:
    """The piece that introduces an item, row or code: the last before it that ends with a colon."""
    if passage.pieces[at].kind is BlockKind.PROSE:
        return None
    for before in range(at - 1, -1, -1):
        if text[passage.pieces[before].end - 1] == ":":
            return before
    return None


def _nearness(asked: Sequence[Asked], own: Sequence[str]) -> float:
    """The share of neighbouring words of the question that also stand near each other in the piece."""
    if len(asked) < 2:
        return 0.0
    places = [_places(word, own) for word in asked]
    pairs = pairwise(places)
    near = sum(any(abs(one - other) <= _NEAR_WORDS for one in left for other in right) for left, right in pairs)
    return near / (len(asked) - 1)


def _places(asked: Asked, own: Sequence[str]) -> list[int]:
    known = {*asked.terms, *asked.kin}
    return [at for at, term in enumerate(own) if term in known][:8]


def _bonus(wanted: Wanted, query: Query, place: _Place) -> float:
    text, piece = place.text, place.piece
    first = 0.04 * _opening_share(piece) if piece.opens else 0.0
    if query.asks_default and _DEFAULT.search(text):
        first += 0.08
    if wanted is Wanted.DEFINITION:
        return first * 1.5 + (0.03 if _DEFINES.search(text[:160]) else 0.0)
    if wanted is Wanted.REASON:
        return first / 2 + (0.06 if _REASON.search(text) else 0.0)
    if wanted is Wanted.PROCEDURE:
        return first / 2 + (0.03 if piece.kind is BlockKind.CODE or _ACTS.search(text) else 0.0)
    if wanted is Wanted.LIST:
        return first / 2 + (0.04 if text.endswith(":") or text.count(",") >= 2 else 0.0)
    return first


def fitness(wanted: Wanted, text: str) -> float:
    """Below 1 for a text that cannot be the whole answer: a number was wanted and there is none, and so on."""
    if wanted is Wanted.NUMBER and not numbers(text):
        return 0.8
    if wanted is Wanted.MONEY and not (_MONEY.search(text) and numbers(text)):
        return 0.75
    if wanted is Wanted.DATE and not _DATE.search(text):
        return 0.65
    if wanted is Wanted.PERSON and not _PERSON.search(text):
        return 0.8
    return 1.0


def _form(place: _Place) -> float:
    """Below 1 for a piece whose form seldom answers: a question, a scrap."""
    if place.text.endswith("?"):
        return 0.7
    is_scrap = len(place.text) < 15 and place.piece.kind is not BlockKind.ROW and not place.text.endswith(":")
    return 0.85 if is_scrap else 1.0
