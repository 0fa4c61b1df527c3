"""Which words of a claim stand where in the passages it cites."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from futurone_server.pipelines.verification.claims.quantities import Quantity, sums, supports
from futurone_server.pipelines.verification.claims.reading import Reading, Sentence, Token
from futurone_server.pipelines.verification.claims.words import Words, are_kin_by_form

KIN_VALUE = 0.8
"""What a synonym or another form of a word counts, beside 1 for the word itself."""

_HOMES_MAX = 3
_HOME_ADDS_MIN = 1.6
_HOME_ADDS_SHARE = 0.12
_NAME_CHARS = 4


@dataclass(frozen=True, slots=True)
class Match:
    """A word of the claim found at a place of a home sentence; 1 is the word itself, less its kin."""

    home: int
    at: int
    value: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Alignment:
    """A claim laid over its passages.

    ``homes`` are the sentences it seems to be made of, best first; ``matches`` says for each word of the claim (by its
    place) where it stands in them, ``stray`` how well a word that is in none of them is found elsewhere.
    """

    claim: Sentence
    homes: tuple[Sentence, ...]
    matches: dict[int, Match]
    stray: dict[int, float]
    known: tuple[Quantity, ...]
    trigrams: frozenset[tuple[str, str, str]]

    def value(self, at: int) -> float:
        """How well a word of the claim is found in any passage."""
        match = self.matches.get(at)
        return match.value if match else self.stray.get(at, 0.0)

    def is_number_supported(self, at: int) -> bool:
        """Whether a word is part of a quantity of the claim that is in a passage."""
        return any(one.at <= at < one.end and self.is_supported(one) for one in self.claim.quantities)

    def is_supported(self, claimed: Quantity) -> bool:
        """Whether a quantity of the claim is in any passage."""
        return any(supports(known, claimed) for known in self.known)


def align(claim: Reading, passages: Sequence[Reading], words: Words) -> Alignment:
    """Lay a claim over its passages."""
    held = claim.sentences[0]
    sentences = [sentence for passage in passages for sentence in passage.sentences]
    found = [_found(held, sentence, words) for sentence in sentences]
    homes = _homes(held, found)
    matches: dict[int, Match] = {}
    for number, home in enumerate(homes):
        for at, (place, value) in found[home].items():
            if at not in matches or matches[at].value < value:
                matches[at] = Match(number, place, value)
    stray: dict[int, float] = {}
    for one in found:
        for at, (_, value) in one.items():
            if at not in matches:
                stray[at] = max(stray.get(at, 0.0), value)
    known = [quantity for sentence in sentences for quantity in _supporting(sentence)]
    return Alignment(
        claim=held,
        homes=tuple(sentences[home] for home in homes),
        matches=matches,
        stray=stray,
        known=tuple(known),
        trigrams=frozenset[tuple[str, str, str]]().union(*(passage.trigrams for passage in passages)),
    )


def _supporting(sentence: Sentence) -> Iterable[Quantity]:
    return (*sentence.quantities, *sums(sentence.quantities)) if sentence.quantities else ()


def _found(claim: Sentence, sentence: Sentence, words: Words) -> dict[int, tuple[int, float]]:
    """Each word of the claim that stands in a sentence, as (place, value); repeated words take places in turn."""
    found: dict[int, tuple[int, float]] = {}
    taken: dict[str, int] = {}
    for at, token in enumerate(claim.tokens):
        places = sentence.by_stem.get(token.stem)
        if places:
            turn = taken.get(token.stem, 0)
            taken[token.stem] = turn + 1
            found[at] = (places[min(turn, len(places) - 1)], 1.0)
        elif token.weight and not token.is_number:
            place = _kin(token, sentence, words)
            if place is not None:
                found[at] = (place, KIN_VALUE)
    return found


def _kin(token: Token, sentence: Sentence, words: Words) -> int | None:
    for group in words.groups.get(token.stem, ()):
        if group in sentence.by_group:
            return sentence.by_group[group][0]
    for place in sentence.by_start.get(token.stem[:5], ()):
        if are_kin_by_form(token.stem, sentence.tokens[place].stem):
            return place
    if token.is_name and len(token.lower) >= _NAME_CHARS:
        return next((place for place in _names_like(token, sentence)), None)
    return None


def _names_like(token: Token, sentence: Sentence) -> Iterable[int]:
    """Names that begin like this one, as Sweden and Swedish do."""
    start = token.lower[:_NAME_CHARS]
    for at, other in enumerate(sentence.tokens):
        if other.text[:1].isupper() and other.lower.startswith(start):
            yield at


def _homes(claim: Sentence, found: Sequence[dict[int, tuple[int, float]]]) -> list[int]:
    """The sentences the claim is made of: the best one, then those that add enough."""
    total = sum(token.weight for token in claim.tokens)
    enough = max(_HOME_ADDS_MIN, _HOME_ADDS_SHARE * total)
    covered: set[int] = set()
    homes: list[int] = []
    for _ in range(min(_HOMES_MAX, len(found))):
        added = [
            sum(claim.tokens[at].weight * value for at, (_, value) in one.items() if at not in covered) for one in found
        ]
        best = max(range(len(found)), key=added.__getitem__)
        if added[best] <= 0 or (homes and added[best] < enough):
            break
        homes.append(best)
        covered |= found[best].keys()
    return homes
