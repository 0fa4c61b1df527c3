"""Where a claim says a thing more strongly than its source: may and must, some and all, hedges left out."""

from collections.abc import Iterator, Sequence

from futurone_server.pipelines.verification.claims.alignment import Alignment
from futurone_server.pipelines.verification.claims.reading import Sentence
from futurone_server.pipelines.verification.claims.slots import Frame
from futurone_server.pipelines.verification.claims.words import Words

_STRONGEST = 3
_UNSUPPORTED = 0.5
_FRAMED = 0.5
_APPROXIMATE = frozenset(
    {"about", "roughly", "around", "approximately", "nearly", "almost", "estimated", "any", "each"}
)
_WITH_TO = frozenset({"have", "has", "had", "up"})

Cue = tuple[str, int, str, int]
"""Scale, level, word and place."""


def overstated(laid: Alignment, beside: Sequence[Frame], words: Words) -> tuple[float, tuple[str, str]]:
    """How surely the claim is stronger than its source (or turns a duty into a choice), 0 to 1, and the two words."""
    claimed = list(_cues(laid.claim, words))
    in_place = _in_place(laid, beside, claimed, words)
    if in_place:
        return 1.0, in_place
    known = [cue for home in laid.homes for cue in _cues(home, words)]
    worst: tuple[float, tuple[str, str]] = (0.0, ("", ""))
    for scale in ("duty", "extent"):
        ours = [cue for cue in claimed if cue[0] == scale]
        theirs = [cue for cue in known if cue[0] == scale]
        if ours:
            is_tight = any(frame.share >= _FRAMED for frame in beside)
            worst = max(worst, _compared(ours, theirs, is_tight=is_tight), key=lambda one: one[0])
    return worst


def hedge_left_out(laid: Alignment, beside: Sequence[Frame], words: Words) -> tuple[float, str]:
    """How surely the claim repeats a sentence without the word that weakens it, 0 to 1, and that word."""
    claimed = {cue[0] for cue in _cues(laid.claim, words)}
    worst = (0.0, "")
    for frame in beside:
        for scale, level, word, at in _cues(laid.homes[frame.home], words):
            is_weak = level < _STRONGEST and word not in _APPROXIMATE and scale not in claimed
            if is_weak and at in frame.left_out and at + 1 not in frame.left_out:
                worst = max(worst, (frame.share, word))
    return worst


def _in_place(laid: Alignment, beside: Sequence[Frame], claimed: list[Cue], words: Words) -> tuple[str, str] | None:
    """A word of the claim in the very place of one of another strength."""
    for slot in (slot for frame in beside for slot in frame.slots):
        for scale, level, word, at in claimed:
            for other_scale, other, theirs, place in _cues(laid.homes[slot.home], words) if at in slot.ours else ():
                if place in slot.theirs and scale == other_scale and level != other:
                    return word, theirs
    return None


def _compared(ours: list[Cue], theirs: list[Cue], *, is_tight: bool) -> tuple[float, tuple[str, str]]:
    top = max(ours, key=lambda cue: cue[1])
    levels = {cue[1] for cue in theirs}
    if top[1] in levels:
        return 0.0, ("", "")
    mine = {cue[1] for cue in ours}
    weaker = [cue for cue in theirs if cue[1] < top[1] and cue[1] not in mine]
    if weaker:
        return 1.0, (top[2], weaker[0][2])
    stronger = [cue for cue in theirs if cue[1] == _STRONGEST]
    if top[0] == "duty" and top[1] == 1 and stronger:
        return 1.0, (top[2], stronger[0][2])
    is_bare = top[0] == "extent" and top[1] == _STRONGEST and top[2] not in _APPROXIMATE
    return (float(is_tight) or _UNSUPPORTED) if is_bare else 0.0, (top[2], "")


def _cues(sentence: Sentence, words: Words) -> Iterator[Cue]:
    """The words that say how strong a statement is. What "not" turns around is taken as turned: need not = may."""
    tokens = sentence.tokens
    for at, token in enumerate(tokens):
        following = tokens[at + 1].lower if at + 1 < len(tokens) else ""
        word = f"{token.lower}-to" if token.lower in _WITH_TO and following == "to" else token.lower
        found = words.strength.get(word)
        if word == "some" and at + 1 < len(tokens) and tokens[at + 1].is_number:
            continue
        if found is None or (word in {"all", "most", "least"} and at and tokens[at - 1].lower == "at"):
            continue
        scale, level = found
        if scale == "duty":
            beside = {following, tokens[at - 1].lower if at else ""}
            turned = _turned(word, level, is_negated=not words.negators.isdisjoint(beside) or word == "cannot")
            word, level = word if turned == level or word == "cannot" else f"not {word}", turned
        yield scale, level, word, at


def _turned(word: str, level: int, *, is_negated: bool) -> int:
    if not is_negated or word in {"must", "shall", "will", "should"}:
        return level
    return {1: 3, 2: 2, 3: 1}[level]
