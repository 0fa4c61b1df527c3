"""Claims and passages as tokens: stems, names, numbers, what is negated, sentence by sentence."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from futurone_server.pipelines.verification.claims.quantities import Quantity, number_of, quantities
from futurone_server.pipelines.verification.claims.words import Words, word_lists
from futurone_server.tools.documents import Block, BlockKind
from futurone_server.tools.retrieval import Lexicon, is_name, pieces
from futurone_server.tools.retrieval.words import STOP, WEAK

_TOKEN = re.compile(
    r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.:]\d+)*)"
    r"|(?P<word>[^\W\d_]\w*(?:[._/]\w+|['’][^\W\d_]+)*)"
    r"|(?P<mark>[%€$£¥])|(?P<gap>[,;:()–—!?.])"
)
_CLAUSE_WORDS = frozenset(
    {"but", "while", "whereas", "although", "though", "because", "if", "when", "unless", "so", "except", "which"}
)
_NOT_NEGATING = frozenset({"only", "just", "merely"})
_CURRENCIES = frozenset({"EUR", "USD", "GBP", "CHF", "JPY"})
_MONTHS = frozenset({"march", "may"})
_ORDINAL_ENDS = frozenset({"st", "nd", "rd", "th"})
WHOLE_CLAUSE = frozenset({"no", "none", "nobody", "nothing", "neither", "nor"})
"""Negators that turn around all that follows in their clause."""

_SCOPE_WORDS = 6
_UNIT_CHARS_MAX = 5
_FRAMING_WORDS = 5
_PASSAGES_KEPT = 512


class Token(NamedTuple):
    """A word or number. ``weight`` is 0 for words that say nothing alone; ``clause`` counts within the sentence."""

    text: str
    lower: str
    stem: str
    weight: float
    is_name: bool
    is_initial: bool
    is_number: bool
    clause: int
    is_negated: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentence:
    """One sentence and where each stem, synonym group and beginning of a stem stands in it."""

    tokens: tuple[Token, ...]
    by_stem: dict[str, list[int]]
    by_group: dict[int, list[int]]
    by_start: dict[str, list[int]]
    negations: tuple[tuple[int, ...], ...]
    quantities: tuple[Quantity, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """A text as it was read."""

    sentences: tuple[Sentence, ...]
    trigrams: frozenset[tuple[str, str, str]]


class Reader:
    """Reads texts and remembers passages, since one is often cited by several claims.

    Make one for each deliverable and let it go afterwards: what it remembers is content. Not for several threads.
    """

    def __init__(self) -> None:
        self._lexicon = Lexicon()
        self._words = word_lists()
        self._known: dict[str, Reading] = {}

    def passage(self, text: str) -> Reading:
        """A passage, sentence by sentence."""
        known = self._known.get(text)
        if known is None:
            if len(self._known) >= _PASSAGES_KEPT:
                self._known.clear()
            spans = pieces(text, Block(kind=BlockKind.PROSE, start=0, end=len(text)))
            sentences = tuple(self._sentence(text[start:end]) for start, end in spans)
            known = self._known[text] = Reading(sentences=sentences, trigrams=_trigrams(sentences))
        return known

    def claim(self, text: str) -> Reading:
        """A claim: always one sentence, whatever its punctuation. Words that say where it comes from weigh nothing."""
        sentence = self._sentence(text, frames=_FRAMING_WORDS)
        return Reading(sentences=(sentence,), trigrams=_trigrams((sentence,)))

    def stem(self, word: str) -> str:
        """The stem of a word in lower case, irregular forms included."""
        return self._lexicon.stem(self._words.bases.get(word, word))

    def _sentence(self, text: str, *, frames: int = 0) -> Sentence:
        tokens = list(self._tokens(text))
        for at, token in enumerate(tokens[:frames]):
            if token.stem in self._words.framing:
                tokens[at] = token._replace(weight=0.0)
        negations = tuple(_negations(tokens, self._words))
        for scope in negations:
            for at in scope:
                tokens[at] = tokens[at]._replace(is_negated=True)
        return _indexed(tokens, negations, self._words)

    def _tokens(self, text: str) -> Iterator[Token]:
        clause, is_initial = 0, True
        for found in _TOKEN.finditer(text):
            if found.lastgroup == "gap":
                clause += 1
                is_initial = is_initial or found.group() in ".!?:"
                continue
            spelt = found.group().replace("’", "'")
            lower = spelt.lower()
            clause += lower in _CLAUSE_WORDS
            yield self._token(spelt, lower, clause, is_initial=is_initial)
            is_initial = False

    def _token(self, spelt: str, lower: str, clause: int, *, is_initial: bool) -> Token:
        bare = lower.removesuffix("'s").removesuffix("'")
        number = number_of(bare)
        is_unit = "/" in spelt and spelt.islower() and len(spelt) <= _UNIT_CHARS_MAX
        named = (is_name(spelt.removesuffix("'s")) and not is_unit) or (spelt[0].isupper() and not is_initial)
        is_month = spelt[0].isupper() and not is_initial and bare in _MONTHS
        is_word = (bare not in STOP or is_month) and bare not in _ORDINAL_ENDS and spelt[0].isalnum()
        weight = 0.0 if not is_word else 1.5 if named or number is not None else 0.5 if bare in WEAK else 1.0
        return Token(
            text=spelt,
            lower=lower,
            stem=number if number is not None else f"{bare}#" if is_month else self.stem(bare),
            weight=weight,
            is_name=named and number is None and is_word and spelt not in _CURRENCIES,
            is_initial=is_initial and spelt[0].isupper(),
            is_number=number is not None,
            clause=clause,
            is_negated=False,
        )


def _negations(tokens: Sequence[Token], words: Words) -> Iterator[tuple[int, ...]]:
    """For each negator the places of the words it turns around: the next ones of its clause."""
    for at, token in enumerate(tokens):
        following = tokens[at + 1].lower if at + 1 < len(tokens) else ""
        compares = at + 2 < len(tokens) and tokens[at + 2].lower == "than"
        if token.lower in words.negators and following not in _NOT_NEGATING and not compares:
            reach = range(at + 1, min(at + 1 + _SCOPE_WORDS * (1 + (token.lower in WHOLE_CLAUSE)), len(tokens)))
            skipped = at + 1 if token.lower == "no" and following == "longer" else None
            yield tuple(place for place in reach if tokens[place].clause == token.clause and place != skipped)


def _indexed(tokens: Sequence[Token], negations: tuple[tuple[int, ...], ...], words: Words) -> Sentence:
    by_stem: dict[str, list[int]] = {}
    by_group: dict[int, list[int]] = {}
    by_start: dict[str, list[int]] = {}
    for at, token in enumerate(tokens):
        by_stem.setdefault(token.stem, []).append(at)
        for group in words.groups.get(token.stem, ()):
            by_group.setdefault(group, []).append(at)
        if token.weight and not token.is_number:
            by_start.setdefault(token.stem[:5], []).append(at)
    return Sentence(
        tokens=tuple(tokens),
        by_stem=by_stem,
        by_group=by_group,
        by_start=by_start,
        negations=negations,
        quantities=tuple(quantities([token.lower for token in tokens])),
    )


def _trigrams(sentences: Sequence[Sentence]) -> frozenset[tuple[str, str, str]]:
    return frozenset(
        (one.stem, two.stem, three.stem)
        for sentence in sentences
        for one, two, three in zip(sentence.tokens, sentence.tokens[1:], sentence.tokens[2:], strict=False)
    )
