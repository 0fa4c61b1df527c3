"""Where a claim turns its source around: negations and opposites."""

from collections.abc import Sequence
from itertools import product

from futurone_server.pipelines.verification.claims.alignment import Alignment
from futurone_server.pipelines.verification.claims.reading import WHOLE_CLAUSE, Sentence, Token
from futurone_server.pipelines.verification.claims.slots import Frame
from futurone_server.pipelines.verification.claims.words import Words

_HEADS = 3
_SOFTENED = 0.4
_ELSEWHERE = 0.6
_REACH = 6
_FRAMED = 0.5
_TIGHT = 0.6
_REPEATED = 0.3
_NEAR = 3


def opposite(laid: Alignment, beside: Sequence[Frame], words: Words) -> tuple[float, tuple[str, str]]:
    """How surely the claim has the opposite of a word of its source, 0 to 1, and that pair.

    A negation on one side ("not allowed" for "forbidden") and exchanged sides ("B is smaller than A" for "A is larger
    than B") make opposites say the same; then there is none.
    """
    worst = _in_place(laid, beside, words)
    for at, token in enumerate(laid.claim.tokens):
        if token.is_number:
            continue
        for number, home in enumerate(laid.homes):
            place = _opposite_place(token.stem, laid.claim, home, words)
            if place is not None and at in laid.matches and not _is_nearer(laid, number, at, place):
                continue
            if place is None or home.tokens[place].is_negated != token.is_negated:
                continue
            if _are_sides_exchanged(laid, number, at, place) or not _is_beside(laid, number, at, place):
                continue
            sure = _ELSEWHERE if at in laid.stray else 1.0
            sure *= _SOFTENED if _is_denied(laid.claim, at, words) != _is_denied(home, place, words) else 1.0
            worst = max(worst, (sure, (token.text, home.tokens[place].text)), key=lambda one: one[0])
    return worst


def negation(laid: Alignment, beside: Sequence[Frame], words: Words) -> tuple[float, str]:
    """How surely one side negates what the other states, 0 to 1, and the word that is negated on one side only."""
    worst = (0.0, "")
    everywhere = frozenset(range(len(laid.claim.tokens)))
    loose = [frame.put_in for frame in beside if frame.share >= _REPEATED]
    new = everywhere.intersection(*loose) if loose else everywhere
    for frame in beside:
        home = laid.homes[frame.home]
        gone = frame.left_out if frame.share >= _REPEATED else frozenset(range(len(home.tokens)))
        claim_places = {match.at: at for at, match in laid.matches.items() if match.home == frame.home}
        home_places = {at: match.at for at, match in laid.matches.items() if match.home == frame.home}
        is_tight = frame.share >= _FRAMED
        for one, other, places, open_at in (
            (laid.claim, home, home_places, new),
            (home, laid.claim, claim_places, gone),
        ):
            found = _one_sided(one, other, places, open_at, words, is_tight=is_tight)
            worst = max(worst, found, key=lambda found: found[0])
        if frame.share >= _TIGHT:
            worst = max(worst, _put_in(laid.claim, home, frame, new, words), key=lambda found: found[0])
    return worst


def _put_in(claim: Sentence, home: Sentence, frame: Frame, new: frozenset[int], words: Words) -> tuple[float, str]:
    """A negator put into a repeated sentence or left out of one."""
    put_in = [at for at in sorted(frame.put_in & new) if claim.tokens[at].lower in words.negators]
    left_out = [at for at in sorted(frame.left_out) if home.tokens[at].lower in words.negators]
    inside = [at for at in left_out if any(_is_kept(home, frame, at + step) for step in (1, 2))]
    if put_in and not left_out and not any(home.tokens[at].stem in words.denials for at in frame.left_out):
        return 1.0, claim.tokens[put_in[0]].text
    if inside and not put_in and not any(claim.tokens[at].stem in words.denials for at in frame.put_in):
        return 1.0, home.tokens[inside[0]].text
    return 0.0, ""


def _is_kept(home: Sentence, frame: Frame, at: int) -> bool:
    return at < len(home.tokens) and at not in frame.left_out


def _in_place(laid: Alignment, beside: Sequence[Frame], words: Words) -> tuple[float, tuple[str, str]]:
    """An opposite in the very place of a word."""
    for frame in beside:
        for slot in frame.slots if frame.share >= _FRAMED else ():
            for at, place in product(slot.ours, slot.theirs):
                one, other = laid.claim.tokens[at], laid.homes[slot.home].tokens[place]
                if _are_sides_exchanged(laid, slot.home, at, place):
                    continue
                if one.is_negated == other.is_negated and words.are_opposite(one.stem, other.stem):
                    return 1.0, (one.text, other.text)
    return 0.0, ("", "")


def _opposite_place(stem: str, claim: Sentence, home: Sentence, words: Words) -> int | None:
    """Where the home has an opposite of this stem that the claim does not repeat."""
    for other in words.opposites.get(stem, ()):
        if other in home.by_stem and other not in claim.by_stem:
            return home.by_stem[other][0]
    for other, places in home.by_stem.items():
        if abs(len(other) - len(stem)) in (2, 3) and other not in claim.by_stem and words.are_opposite(stem, other):
            return places[0]
    return None


def _is_nearer(laid: Alignment, number: int, at: int, place: int) -> bool:
    """Whether the words around a word of the claim stand in the clause of its opposite, and not where it stands."""
    match = laid.matches[at]
    home = laid.homes[number]
    if match.home != number or match.value < 1 or home.tokens[match.at].clause == home.tokens[place].clause:
        return False
    around = [one for i, one in laid.matches.items() if i != at and laid.claim.tokens[i].weight and one.home == number]
    beside = sum(home.tokens[one.at].clause == home.tokens[place].clause for one in around)
    return beside > 0.6 * len(around)


def _is_beside(laid: Alignment, number: int, at: int, place: int) -> bool:
    """For a small word (over, before, more): whether what follows it also follows its opposite."""
    if laid.claim.tokens[at].weight and laid.homes[number].tokens[place].weight:
        return True
    following = (laid.matches.get(one) for one in range(at + 1, at + 1 + _REACH))
    near = [match for match in following if match and match.home == number and match.value == 1][:2]
    return any(0 < match.at - place <= _REACH for match in near)


def _is_denied(sentence: Sentence, at: int, words: Words) -> bool:
    return any(token.stem in words.denials for token in sentence.tokens[max(0, at - 2) : at])


def _are_sides_exchanged(laid: Alignment, number: int, at: int, place: int) -> bool:
    tokens = laid.claim.tokens
    here = sorted((i, match.at) for i, match in laid.matches.items() if match.home == number and tokens[i].weight)
    left = [one for i, one in here if at - _REACH <= i < at]
    right = [one for i, one in here if at < i <= at + _REACH]
    return bool(left and right) and left[-1] > place > right[0]


def _one_sided(
    one: Sentence, other: Sentence, places: dict[int, int], open_at: frozenset[int], words: Words, *, is_tight: bool
) -> tuple[float, str]:
    """The strongest negation of one side whose words the other has and does not negate.

    A negator that both sides have in the same place (not in ``open_at``) is no difference. A denying word of the other
    side may stand for the negation; in a repeated sentence (``is_tight``) it has to stand before the same word.
    """
    worst = (0.0, "")
    for scope in one.negations:
        telling = [at for at in scope if one.tokens[at].weight][:_HEADS]
        shared = [at for at in telling if at in places]
        is_whole = bool(scope) and one.tokens[scope[0] - 1].lower in WHOLE_CLAUSE
        decisive = [at for at in scope if at in places] if is_whole else shared[:1] if shared == telling else shared
        if not shared or scope[0] - 1 not in open_at or any(other.tokens[places[at]].is_negated for at in decisive):
            continue
        heads = 2.0 * (telling[0] in places) + sum(at in places for at in telling[1:])
        share = heads / (len(telling) + 1)
        place = places[shared[0]]
        around = other.tokens[max(0, place - _NEAR) : place] if is_tight else other.tokens
        if _denies(around, one, words) or _has_opposite(one, other, telling, words):
            share *= _SOFTENED
        worst = max(worst, (share, one.tokens[shared[0]].text), key=lambda found: found[0])
    return worst


def _denies(tokens: Sequence[Token], other: Sentence, words: Words) -> bool:
    """Whether among these words is a denying one that may stand for the other's negation."""
    return any(token.stem in words.denials and token.stem not in other.by_stem for token in tokens)


def _has_opposite(one: Sentence, other: Sentence, telling: list[int], words: Words) -> bool:
    """Whether the other side has an opposite of a negated word that this side does not have as well."""
    opposites = (stem for at in telling for stem in words.opposites.get(one.tokens[at].stem, ()))
    return any(stem in other.by_stem and stem not in one.by_stem for stem in opposites)
