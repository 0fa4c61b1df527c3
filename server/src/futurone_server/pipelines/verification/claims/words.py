"""What is known about English words, read from ``words.toml``: opposites, synonyms, negators, strength."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import product

from futurone_server.tools.retrieval import Lexicon

Strength = tuple[str, int]
"""A scale, ``duty`` or ``extent``, and how high on it a word stands: 3 is the strongest."""

_SCALES = {"must": ("duty", 3), "should": ("duty", 2), "may": ("duty", 1)}
_EXTENTS = {"all": ("extent", 3), "most": ("extent", 2), "some": ("extent", 1)}
_PREFIX_CHARS = 5
_KIN_SHARE = 0.7


@dataclass(frozen=True, kw_only=True)
class Words:
    """The lists, all by stem except ``bases``, ``negators`` and ``strength``, which are by word."""

    bases: Mapping[str, str]
    opposites: Mapping[str, frozenset[str]]
    groups: Mapping[str, tuple[int, ...]]
    negators: frozenset[str]
    denials: frozenset[str]
    framing: frozenset[str]
    strength: Mapping[str, Strength]
    prefixes: tuple[str, ...]
    innocent: frozenset[str]

    def are_opposite(self, one: str, other: str) -> bool:
        """Whether two stems say the opposite: by the list, or by a prefix as in paid and unpaid."""
        return other in self.opposites.get(one, ()) or self._by_prefix(one, other) or self._by_prefix(other, one)

    def _by_prefix(self, long: str, short: str) -> bool:
        if len(short) < 4 or len(long) - len(short) not in (2, 3) or long in self.innocent:
            return False
        return long.endswith(short) and long[: -len(short)] in self.prefixes


@cache
def word_lists() -> Words:
    """The lists. They are read once; nothing of any claim is kept in them."""
    data = tomllib.loads(resources.files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))
    lexicon = Lexicon()
    bases = {form: base for base, forms in _irregular(data["irregular"]) for form in forms}

    def stems(text: str) -> frozenset[str]:
        return frozenset(lexicon.stem(bases.get(word, word)) for word in text.split())

    sides = [tuple(map(stems, line.split("|"))) for line in data["opposites"].strip().splitlines()]
    return Words(
        bases=bases,
        opposites=_opposites(sides),
        groups=_groups(map(stems, data["synonyms"].strip().splitlines())),
        negators=frozenset(data["negators"].split()),
        denials=stems(data["denials"]),
        framing=stems(data["framing"]),
        strength=_strength(data["strength"]),
        prefixes=tuple(data["prefixes"]["opposite"].split()),
        innocent=stems(data["prefixes"]["innocent"]),
    )


def are_kin_by_form(one: str, other: str) -> bool:
    """Whether two stems are forms of one word, as *produc* and *product*: they begin alike for most of their length."""
    if one[:_PREFIX_CHARS] != other[:_PREFIX_CHARS] or min(len(one), len(other)) < _PREFIX_CHARS:
        return False
    alike = next((at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None)
    return (min(len(one), len(other)) if alike is None else alike) >= _KIN_SHARE * max(len(one), len(other))


def _irregular(text: str) -> Iterable[tuple[str, list[str]]]:
    for line in text.strip().splitlines():
        base, _, forms = line.partition(":")
        yield base.strip(), forms.split()


def _opposites(sides: Iterable[tuple[frozenset[str], ...]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for left, right in sides:
        for one, other in product(left - right, right - left):
            found.setdefault(one, set()).add(other)
            found.setdefault(other, set()).add(one)
    return {stem: frozenset(others) for stem, others in found.items()}


def _groups(groups: Iterable[frozenset[str]]) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for number, group in enumerate(groups):
        for stem in group:
            found[stem] = (*found.get(stem, ()), number)
    return found


def _strength(lists: Mapping[str, str]) -> dict[str, Strength]:
    levels = {**_SCALES, **_EXTENTS}
    return {word: levels[name] for name, text in lists.items() for word in text.split()}
