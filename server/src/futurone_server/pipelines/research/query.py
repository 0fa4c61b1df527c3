"""A question as the words to look for: how telling each is, what may stand for it, which are names."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from futurone_server.pipelines.research.brief import Question
from futurone_server.pipelines.research.clauses import requests
from futurone_server.tools.retrieval import Index, Lexicon, is_name, words
from futurone_server.tools.retrieval.words import ASKING, MEASURES, STOP, SYNONYMS, WEAK

SUBJECT_WEIGHT = 0.8
TOPIC_WEIGHT = 0.3
WEAK_WEIGHT = 0.4
NAME_WEIGHT = 1.2
RARITY_MAX = 5.0
RARITY_MIN = 0.5
"""Bounds of what one word can weigh: no rare verb decides alone, no frequent noun counts for nothing."""

_LINKS = frozenset({"of", "and"})
_WORDS_MAX = 40
_SPLIT_CHARS_MIN = 3
_MARKS = "`'\"“‘-"
"""A word that stands behind one of these is meant as it is spelt: "quoted", --option."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One word looked for: any of ``terms`` is it, all of ``parts`` together nearly, any of ``kin`` may mean it."""

    word: str
    terms: tuple[str, ...]
    parts: tuple[str, ...]
    kin: tuple[str, ...]
    weight: float
    is_name: bool
    is_weak: bool


@dataclass(frozen=True, kw_only=True)
class Query:
    """The words of a question, those of its topic aside (they help to rank and are not required)."""

    asked: tuple[Asked, ...]
    topic: tuple[Asked, ...]

    @property
    def asks_default(self) -> bool:
        """Whether a default is asked for."""
        return any("default" in asked.terms for asked in self.asked)

    @property
    def weight(self) -> float:
        """The sum over all words asked."""
        return sum(asked.weight for asked in self.asked)


def query(question: Question, index: Index) -> Query:
    """What to look for in this index to answer a question."""
    own = list(_asked(question.text, index, 1.0))
    subject = list(_asked(question.subject, index, SUBJECT_WEIGHT))
    asked = _merged([*own, *subject])
    known = {term for word in asked for term in word.terms}
    topic = [word for word in _merged(_asked(question.topic, index, TOPIC_WEIGHT)) if known.isdisjoint(word.terms)]
    return Query(asked=asked[:_WORDS_MAX], topic=tuple(topic)[:_WORDS_MAX])


def _asked(text: str, index: Index, weight: float) -> Iterator[Asked]:
    short = _acronyms(text, index)
    verb_end = len(text.split(None, 1)[0]) if requests(text) else 0
    found = [word for word in words(text, verb_end) if _is_told(word.text)]
    is_titled = sum(word.text[0].isupper() for word in found) > max(2, len(found) * 0.6)
    for at, word in enumerate(found):
        first = not text[: word.start].strip(_MARKS + " ")
        quoted = word.start > 0 and text[word.start - 1] in _MARKS
        named = (
            is_name(word.text)
            or word.text.isdigit()
            or quoted
            or (word.text[0].isupper() and not first and not is_titled)
        )
        beside = [found[near].text for near in (at - 1, at + 1) if 0 <= near < len(found)]
        asked = _asked_word(word.text, beside, index, weight=weight, named=named)
        yield replace(asked, terms=(*asked.terms, *short[word.start])) if word.start in short else asked


def _asked_word(word: str, beside: Sequence[str], index: Index, *, weight: float, named: bool) -> Asked:
    lexicon = index.lexicon
    first, *parts = lexicon.terms(word)
    terms = (first, *(term for term in parts if len(parts) == 1 and term.isdigit()), *_joined(word, beside, index))
    if index.holds(first) or (named and "." not in word and "/" not in word):
        parts = []
    elif len(parts) < 2:
        parts = list(_halves(word.lower(), index))
    kin = () if named else tuple(term for term in _kin(first, lexicon) if index.holds(term))
    rarity = min(max(index.rarity((first,) if index.holds(first) else terms), RARITY_MIN), RARITY_MAX)
    weak = word.lower() in WEAK and not named
    factor = weight * (NAME_WEIGHT if named else WEAK_WEIGHT if weak else 1.0)
    parts = [term for term in parts if term != first]
    return Asked(
        word=word,
        terms=tuple(dict.fromkeys(terms)),
        parts=tuple(parts) if len(parts) > 1 else (),
        kin=kin,
        weight=rarity * factor,
        is_name=named,
        is_weak=weak,
    )


def _acronyms(text: str, index: Index) -> dict[int, tuple[str, ...]]:
    """By the place of a word, the acronyms it is part of: "end of life" may be written "EOL"."""
    found = list(words(text))
    short: dict[int, tuple[str, ...]] = {}
    for size in (3, 4):
        for at in range(len(found) - size + 1):
            window = [word.text for word in found[at : at + size]]
            initials = "".join(word[0].lower() for word in window)
            if _is_spelt_out(window) and initials not in STOP and index.holds(initials):
                for word in found[at : at + size]:
                    short[word.start] = (*short.get(word.start, ()), initials)
    return short


def _is_spelt_out(window: Sequence[str]) -> bool:
    is_linked = (
        any(word in _LINKS for word in window[1:-1]) and window[0].lower() not in STOP and window[-1] not in STOP
    )
    return all(word.isalpha() for word in window) and (is_linked or all(word[0].isupper() for word in window))


def _is_told(word: str) -> bool:
    lower = word.lower().replace("’", "'").removesuffix("'s")
    return lower not in STOP and lower not in ASKING and lower not in MEASURES


def _joined(word: str, beside: Iterable[str], index: Index) -> Iterator[str]:
    """What a word is with a neighbour: "file name" may be written "filename"."""
    for other in beside:
        for spelt in (f"{word}{other}", f"{other}{word}"):
            term = index.lexicon.stem(spelt.lower())
            if spelt.isalpha() and index.holds(term):
                yield term


def _halves(word: str, index: Index) -> tuple[str, ...]:
    """What a word is divided: "filename" may be written "file name"."""
    for cut in range(_SPLIT_CHARS_MIN, len(word) - _SPLIT_CHARS_MIN + 1):
        halves = (index.lexicon.stem(word[:cut]), index.lexicon.stem(word[cut:]))
        if all(index.holds(half) for half in halves) and word[:cut] not in STOP and word[cut:] not in STOP:
            return halves
    return ()


def _kin(term: str, lexicon: Lexicon) -> Iterator[str]:
    for group in SYNONYMS:
        stems = [lexicon.stem(word) for word in group]
        if term in stems:
            yield from (stem for stem in stems if stem != term)


def _merged(found: Iterable[Asked]) -> tuple[Asked, ...]:
    merged: dict[str, Asked] = {}
    for asked in found:
        known = merged.get(asked.terms[0])
        if known is None:
            merged[asked.terms[0]] = asked
        elif asked.weight > known.weight or asked.is_name > known.is_name:
            merged[asked.terms[0]] = replace(
                known, weight=max(asked.weight, known.weight), is_name=asked.is_name or known.is_name
            )
    return tuple(merged.values())
