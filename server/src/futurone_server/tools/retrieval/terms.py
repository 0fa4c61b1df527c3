"""Words as they are looked for: lower case, stemmed, with the parts of names, numbers in one spelling."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from futurone_server.tools.retrieval.words import NUMBER_WORDS, STOP

WORD_CHARS_MAX = 64
"""Longer runs (encoded data, scripts without spaces) are not words that anybody asks for."""

_PARTS_MAX = 8
_WORD = re.compile(r"[^\W_]+(?:[._\-'’:/][^\W_]+){0,12}")
_SEPARATORS = re.compile(r"[._\-'’:/]")
_CAMEL = re.compile(r"[a-z0-9]+|[A-Z]+(?![a-z])|[A-Z][a-z0-9]+")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """A word of a text, as it stands there."""

    text: str
    start: int
    end: int


def words(text: str, start: int = 0, end: int | None = None) -> Iterator[Word]:
    """The words of ``text[start:end]`` with their offsets; what is longer than any word is left out."""
    for found in _WORD.finditer(text, start, len(text) if end is None else end):
        if found.end() - found.start() <= WORD_CHARS_MAX:
            yield Word(text=found.group(), start=found.start(), end=found.end())


def is_name(word: str) -> bool:
    """Whether a word is spelt like an identifier, an acronym or a version: a thing with exactly this name."""
    inner = word[1:]
    has_mark = any(char in "_./:" for char in inner)
    is_mixed = any(char.isupper() for char in inner) and any(char.islower() for char in word)
    is_acronym = len(word) >= 2 and word.isupper() and word.isalnum()
    has_digit = any(char.isdigit() for char in word) and any(char.isalpha() for char in word)
    return has_mark or is_mixed or is_acronym or has_digit


class Lexicon:
    """Turns words into search terms and remembers them. One per index: the stemmer is not thread-safe."""

    def __init__(self) -> None:
        import snowballstemmer  # noqa: PLC0415 - dozens of languages, loaded with the first index, not at the start

        self._stemmer = snowballstemmer.stemmer("english")
        self._stems: dict[str, str] = {}
        self._terms: dict[str, tuple[str, ...]] = {}

    def stem(self, word: str) -> str:
        """The stem of a word in lower case."""
        known = self._stems.get(word)
        if known is None:
            known = self._stems[word] = str(self._stemmer.stemWord(word)) if word.isalpha() else word
        return known

    def terms(self, word: str) -> tuple[str, ...]:
        """The terms of one word: itself first, then its parts. Empty for stop words."""
        known = self._terms.get(word)
        if known is None:
            known = self._terms[word] = tuple(dict.fromkeys(self._spellings(word)))
        return known

    def in_text(self, text: str, start: int = 0, end: int | None = None) -> Iterator[str]:
        """All terms of a piece of text, in its order, repetitions included."""
        for word in _WORD.findall(text, start, len(text) if end is None else end):
            yield from self.terms(word)

    def count(self, text: str, start: int, end: int) -> dict[str, int]:
        """How often each term occurs in a piece of text."""
        counts: dict[str, int] = {}
        for word, times in Counter(_WORD.findall(text, start, end)).items():
            for term in self.terms(word):
                counts[term] = counts.get(term, 0) + times
        return counts

    def _spellings(self, word: str) -> Iterator[str]:
        lower = word.lower().replace("’", "'")
        if lower in STOP or len(word) > WORD_CHARS_MAX:
            return
        bare = lower.removesuffix("'s")
        if bare in STOP:
            return
        parts = [part for part in _SEPARATORS.split(bare) if part]
        if len(parts) == 1:
            yield self.stem(bare)
            if bare in NUMBER_WORDS:
                yield NUMBER_WORDS[bare]
        elif all(part.isdigit() for part in parts):
            yield bare  # a date or a version: of its parts only a year means something alone
            yield from (part for part in parts if len(part) == 4)
        else:
            yield bare
            yield "".join(parts)
            yield from (self.stem(part) for part in parts[:_PARTS_MAX] if part not in STOP)
        if any(char.isupper() for char in word[1:]) and not word.isupper():
            yield from self._humps(word)

    def _humps(self, word: str) -> Iterator[str]:
        for hump in _CAMEL.findall(word)[:_PARTS_MAX]:
            lower = hump.lower()
            if len(lower) > 1 and lower not in STOP:
                yield self.stem(lower)


def numbers(text: str) -> frozenset[str]:
    """The numbers in a text in one spelling each: ``1,600`` is ``1600``, ``2.50`` is ``2.5``, ``five`` is ``5``."""
    found = set()
    for word in re.finditer(r"\d[\d,]{0,30}(?:\.\d{1,20})?|[A-Za-z]{3,6}", text):
        spelt = word.group()
        if spelt[0].isdigit():
            found.add(_one_spelling(spelt))
        elif spelt.lower() in NUMBER_WORDS:
            found.add(NUMBER_WORDS[spelt.lower()])
    return frozenset(found)


def _one_spelling(number: str) -> str:
    whole, _, fraction = number.partition(".")
    digits = whole.replace(",", "") if _GROUPED.fullmatch(whole) else whole.rstrip(",")
    bare = digits.lstrip("0") or "0"
    fraction = fraction.rstrip("0")
    return f"{bare}.{fraction}" if fraction else bare
