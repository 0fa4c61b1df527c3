"""Whether statements contradict one another: another value, an opposite or a negation where all other words are alike.

It is built to stay silent about lists: statements on different things differ in the words that name the things.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from futurone_server.pipelines.research.answers import Quote
from futurone_server.pipelines.verification.claims.quantities import Quantity, supports
from futurone_server.pipelines.verification.claims.reading import Reader, Sentence, Token
from futurone_server.pipelines.verification.claims.words import Words, are_kin_by_form, word_lists
from futurone_server.tools.documents import Block, BlockKind
from futurone_server.tools.retrieval import pieces

STATEMENTS_MAX = 40
"""More statements than this are not compared with one another."""

_SHARED_MIN = 0.66
_ROUNDING = 0.01
_SHOWN_CHARS_MAX = 120
_FULL_WEIGHT = 1.0
_FRAME = re.compile(
    r"\A(?:(?:according to|as per) [^,]{1,80},\s*|(?:however|but|yet|in contrast|by contrast)\b,?\s*"
    r"|(?:an|one|the|another|a second)(?:other)? (?:source|document|report|file|page|brochure|text)\s+"
    r"(?:says|states|gives|reports|claims|names)(?: that)?\s+)+",
    re.IGNORECASE,
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_COPULAS = _words(
    """
    is are was were be been being amount amounts amounted equal equals equalled reach reaches reached total totals come
    comes stand stands has have had remain remains remained produce produces produced measure measures
    """
)
"""Verbs that lead to a value and say nothing of whose it is."""

_PREDICATES = _words("is are was were be been being remains remained stays stayed may must can should will")
_APART = _words(
    """
    other another each second third former latter previous previously before after until since now then later earlier
    formerly today once if when unless while per average mean total also additional further next last first new old
    maximum minimum max min least most both without with including excluding up only about
    """
)
"""Words that set two statements apart although all else is alike."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A sentence, and the digests of the documents that it rests on."""

    text: str
    sources: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """Two statements, by their numbers from 1, that cannot both be right; ``one`` and ``other`` are what differs."""

    first: int
    second: int
    one: str
    other: str

    def of(self, number: int) -> str:
        """The disagreement as it is told beside one of the two."""
        mine, theirs = (self.one, self.other) if number == self.first else (self.other, self.one)
        beside = self.second if number == self.first else self.first
        return f"The sources disagree: this sentence says “{mine}”, sentence {beside} says “{theirs}”."


def disagreements(statements: Sequence[Statement]) -> tuple[Disagreement, ...]:
    """Every two statements that contradict one another. Those of one document must be alike in all other words."""
    reader, words = Reader(), word_lists()
    read = [_sentence(one.text, reader) for one in statements[:STATEMENTS_MAX]]
    found = []
    for (first, one), (second, other) in combinations(enumerate(read), 2):
        is_apart = statements[first].sources.isdisjoint(statements[second].sources)
        differs = _differs(one, other, words, is_apart=is_apart)
        if differs is not None:
            found.append(Disagreement(first=first + 1, second=second + 1, one=differs[0], other=differs[1]))
    return tuple(found)


def quotes_apart(quotes: Sequence[Quote]) -> tuple[Disagreement, ...]:
    """The contradictions between the sentences of quotes, each named by its values alone; those of one quote aside."""
    sentences = [
        (at, Statement(text=quote.text[start:end], sources=frozenset({quote.sha256})))
        for at, quote in enumerate(quotes)
        for start, end in pieces(quote.text, Block(kind=BlockKind.PROSE, start=0, end=len(quote.text)))
    ]
    found = disagreements([statement for _, statement in sentences])
    return tuple(one for one in found if sentences[one.first - 1][0] != sentences[one.second - 1][0])


def told(found: Sequence[Disagreement]) -> dict[int, str]:
    """What is told beside each statement that is contradicted, by its number from 1; the first contradiction of it."""
    reasons: dict[int, str] = {}
    for one in found:
        for number in (one.first, one.second):
            reasons.setdefault(number, one.of(number))
    return reasons


def _sentence(text: str, reader: Reader) -> Sentence:
    return reader.claim(_FRAME.sub("", text.strip())).sentences[0]


def _differs(one: Sentence, other: Sentence, words: Words, *, is_apart: bool) -> tuple[str, str] | None:
    """What two sentences say of the same thing that cannot both be; None if they may both be right."""
    ours, theirs = _telling(one), _telling(other)
    if {token.lower for token in one.tokens} & _APART != {token.lower for token in other.tokens} & _APART:
        return None
    mine = [token for token in ours if not _is_known(token, theirs, words)]
    yours = [token for token in theirs if not _is_known(token, ours, words)]
    left, right = _unmatched(one.quantities, other.quantities), _unmatched(other.quantities, one.quantities)
    if left or right:
        is_same = not (mine and yours) and _overlap(ours, theirs, mine, yours, is_apart=is_apart)
        return _values(one, other, left, right, is_apart=is_apart) if is_same else None
    if len(mine) == len(yours) == 1 and words.are_opposite(mine[0].stem, yours[0].stem):
        is_said = _is_predicate(mine[0], one) and _is_predicate(yours[0], other)
        return (mine[0].text, yours[0].text) if is_said and len(ours) > 1 else None
    if not mine and not yours and len(ours) > 1:
        return _negated(ours, theirs)
    return None


def _telling(sentence: Sentence) -> list[Token]:
    """The words that say what a sentence is about: no numbers, no units, nothing that fits any text."""
    within = {at for quantity in sentence.quantities for at in range(quantity.at, quantity.end)}
    return [
        token
        for at, token in enumerate(sentence.tokens)
        if at not in within and not token.is_number and (token.weight >= _FULL_WEIGHT or _is_label(token, sentence))
        if token.lower not in _COPULAS
    ]


def _is_label(token: Token, sentence: Sentence) -> bool:
    """Whether it is a letter that tells one of a kind from the next, as in *pump A*; no article at the beginning."""
    return len(token.text) == 1 and token.text.isupper() and token is not sentence.tokens[0]


def _is_known(token: Token, others: Sequence[Token], words: Words) -> bool:
    groups = set(words.groups.get(token.stem, ()))
    return any(
        token.stem == other.stem
        or (not token.is_name and groups & set(words.groups.get(other.stem, ())))
        or (not token.is_name and are_kin_by_form(token.stem, other.stem))
        for other in others
    )


def _overlap(
    ours: Sequence[Token], theirs: Sequence[Token], mine: Sequence[Token], yours: Sequence[Token], *, is_apart: bool
) -> bool:
    """Whether the words are so much alike that the same thing is spoken of."""
    extra = [*mine, *yours]
    shared = len(ours) - len(mine)
    if not extra:
        return shared > 0
    if not is_apart or any(token.is_name for token in extra):
        return False
    return shared > 1 and shared / max(len(ours), len(theirs)) >= _SHARED_MIN


def _unmatched(some: Sequence[Quantity], others: Sequence[Quantity]) -> list[Quantity]:
    return [one for one in some if not any(_is_same(one, other) for other in others)]


def _is_same(one: Quantity, other: Quantity) -> bool:
    if supports(one, other) or supports(other, one):
        return True
    is_whole = one.value == int(one.value) and other.value == int(other.value)
    is_close = abs(one.base - other.base) <= _ROUNDING * max(abs(one.base), abs(other.base))
    return one.dimension == other.dimension and is_close and not is_whole


def _values(
    one: Sentence, other: Sentence, left: Sequence[Quantity], right: Sequence[Quantity], *, is_apart: bool
) -> tuple[str, str] | None:
    """The two values, where there is one on each side, of one kind, and no number that only names a thing."""
    if len(left) != 1 or len(right) != 1 or left[0].is_soft or right[0].is_soft:
        return None
    if _kind(left[0]) != _kind(right[0]) or len(one.quantities) != len(other.quantities):
        return None
    is_named = _names_a_thing(one, left[0]) or _names_a_thing(other, right[0])
    is_year = _is_year(left[0]) and len(one.quantities) > 1
    return None if is_year or (is_named and not is_apart) else (_said(one, left[0]), _said(other, right[0]))


def _kind(quantity: Quantity) -> str:
    return "time" if quantity.dimension == "months" else quantity.dimension


def _names_a_thing(sentence: Sentence, quantity: Quantity) -> bool:
    """Whether a number stands right behind a noun, as in *step 2*, or opens its sentence as in a list."""
    before = sentence.tokens[quantity.at - 1] if quantity.at else None
    return not quantity.dimension and (before is None or (before.weight > 0 and before.lower not in _COPULAS))


def _is_year(quantity: Quantity) -> bool:
    return not quantity.dimension and quantity.value == int(quantity.value) and 1000 <= quantity.value <= 2100


def _said(sentence: Sentence, quantity: Quantity) -> str:
    """A quantity as it is spelt, with the word behind it, which may be a unit."""
    after = sentence.tokens[quantity.end : quantity.end + 1] if not quantity.dimension else ()
    unit = [token.text for token in after if token.weight]
    return " ".join([*(token.text for token in sentence.tokens[quantity.at : quantity.end]), *unit])[:_SHOWN_CHARS_MAX]


def _is_predicate(token: Token, sentence: Sentence) -> bool:
    """Whether a word is what is said of a thing, and no part of its name: *is open*, *prices fell*."""
    at = next(place for place, one in enumerate(sentence.tokens) if one is token)
    before = sentence.tokens[at - 1].lower if at else ""
    return before in _PREDICATES or (at > 0 and not any(one.weight for one in sentence.tokens[at + 1 :]))


def _negated(ours: Sequence[Token], theirs: Sequence[Token]) -> tuple[str, str] | None:
    by_stem = {token.stem: token for token in theirs}
    pairs = [(token, by_stem[token.stem]) for token in ours if token.stem in by_stem]
    if any(one.is_negated for one, _ in pairs) == any(other.is_negated for _, other in pairs):
        return None
    one, other = next(pair for pair in pairs if pair[0].is_negated != pair[1].is_negated)
    return (_with_not(one), _with_not(other))


def _with_not(token: Token) -> str:
    return f"not {token.text}" if token.is_negated else token.text
