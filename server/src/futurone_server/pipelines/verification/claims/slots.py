"""Where a claim repeats a sentence of its source with something else in one place: the frame and its slots."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from futurone_server.pipelines.verification.claims.alignment import Alignment
from futurone_server.pipelines.verification.claims.quantities import sums, supports
from futurone_server.pipelines.verification.claims.reading import Sentence
from futurone_server.pipelines.verification.claims.words import Words, are_kin_by_form

_SLOT_MAX = 5
_MOVED_MAX = 3
_NEARLY_ALL = 0.5
_REPEATED = 0.8
_LOOSE, _TIGHT = 0.2, 0.6
_SHUFFLED = 0.9
_ADDED_MAX = 2
_NEW_COUNTS = (1.4, 0.8, 0.5)
"""An exchange is surer in a claim without a word of its own, and less sure in one that is put quite differently."""

_JOINS = frozenset(
    {"when", "if", "because", "as", "since", "while", "after", "before", "until", "although", "whereas", "where"}
)
_TOKENS_MAX = 120


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """Words of the claim that stand where a home has others, between words that both have."""

    home: int
    ours: tuple[int, ...]
    theirs: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """A home and the claim side by side.

    ``share`` is the share of the claim's words that both have in the same order, ``home_share`` that of the home's;
    ``moved`` are words of the claim that both have, but elsewhere. ``put_in`` are places of the claim that the home
    lacks, ``left_out`` the other way round. A verbatim claim is one run of the home's words.
    """

    home: int
    share: float
    home_share: float
    slots: tuple[Slot, ...]
    moved: tuple[int, ...]
    put_in: frozenset[int]
    left_out: frozenset[int]
    is_verbatim: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchange:
    """What the slots show, each from 0 to 1, with the words: ours, theirs."""

    exchanged: float = 0.0
    substituted: float = 0.0
    added: float = 0.0
    renamed: str = ""
    pair: tuple[str, str] = ("", "")


def frames(laid: Alignment) -> tuple[Frame, ...]:
    """The claim beside each of its homes."""
    return tuple(_frame(laid.claim, home, number) for number, home in enumerate(laid.homes))


def exchanges(laid: Alignment, beside: Sequence[Frame], words: Words) -> Exchange:
    """How surely a slot holds a word of the passages from elsewhere (exchanged), or one they do not have (substituted).

    A paraphrase puts a word of the same meaning into a slot; a word that the passage uses for something else there is
    the mark of exchanged roles, names or numbers. So is a single word that has moved while all around it stayed.
    ``renamed`` is an unknown word in the slot of a name.
    """
    exchanged = substituted = added = 0.0
    new = sum(token.weight > 0 and not laid.value(at) for at, token in enumerate(laid.claim.tokens))
    renamed, pair, claim = "", ("", ""), laid.claim
    for frame in beside:
        moved = [at for at in frame.moved if claim.tokens[at].weight >= 1]
        added = max(added, _added(laid, frame))
        sure = min(1.0, _NEW_COUNTS[min(new, 2)] * max(0.0, frame.share - _LOOSE) / (_TIGHT - _LOOSE))
        is_shuffled = frame.share + len(frame.moved) / max(1, len(claim.tokens)) >= _SHUFFLED
        if moved and is_shuffled and sure > exchanged:
            exchanged, pair = sure, (claim.tokens[moved[0]].text, "")
        for slot in frame.slots:
            ours = [at for at in slot.ours if _tells(claim, at, words)]
            theirs = [at for at in slot.theirs if _tells(laid.homes[slot.home], at, words)]
            weight = max((claim.tokens[at].weight for at in ours), default=0.0)
            if weight < 0.5 or not theirs or _are_kin(laid, slot.home, ours, theirs, words):
                continue
            mine, known = claim.tokens[ours[0]], laid.homes[slot.home].tokens[theirs[0]]
            if not any(_is_known(laid, at) for at in ours):
                substituted = max(substituted, frame.share)
                renamed = mine.text if known.is_name and frame.share >= _NEARLY_ALL else renamed
            elif sure > exchanged:
                exchanged, pair = sure, (mine.text, known.text)
    return Exchange(exchanged=exchanged, substituted=substituted, added=added, renamed=renamed, pair=pair)


def _frame(claim: Sentence, home: Sentence, number: int) -> Frame:
    ours = [token.stem for token in claim.tokens[:_TOKENS_MAX]]
    theirs = [token.stem for token in home.tokens[:_TOKENS_MAX]]
    steps = SequenceMatcher(None, theirs, ours, autojunk=False).get_opcodes()
    same = sum(last - first for kind, _, _, first, last in steps if kind == "equal")
    left_out = {at for kind, start, end, _, _ in steps if kind in {"delete", "replace"} for at in range(start, end)}
    gone = {theirs[at] for at in left_out}
    moved = [
        at
        for kind, _, _, first, last in steps
        if kind == "insert" and last - first <= _MOVED_MAX and not _is_clause(claim, first, last)
        for at in range(first, last)
        if ours[at] in gone
    ]
    found = [
        Slot(home=number, ours=tuple(range(first, last)), theirs=tuple(range(start, end)))
        for kind, start, end, first, last in steps
        if kind == "replace" and last - first <= _SLOT_MAX and end - start <= _SLOT_MAX
    ]
    put_in = {at for kind, _, _, first, last in steps if kind in {"insert", "replace"} for at in range(first, last)}
    share = same / max(1, len(ours))
    return Frame(
        home=number,
        share=share,
        home_share=same / max(1, len(theirs)),
        slots=tuple(found),
        moved=tuple(moved),
        put_in=frozenset(put_in),
        left_out=frozenset(left_out),
        is_verbatim=share == 1 and sum(kind == "equal" for kind, *_ in steps) == 1,
    )


def _added(laid: Alignment, frame: Frame) -> float:
    """How many unknown words are put in where nothing is left out, beside a sentence that is repeated."""
    if frame.share < _NEARLY_ALL and frame.home_share < _REPEATED:
        return 0.0
    replaced = {at for slot in frame.slots for at in slot.ours}
    fresh = [at for at in frame.put_in - replaced if laid.claim.tokens[at].weight > 0 and not laid.value(at)]
    return min(1.0, len(fresh) / _ADDED_MAX)


def _is_clause(sentence: Sentence, first: int, last: int) -> bool:
    """Whether these words are a clause of their own, which may stand first or last and say the same."""
    tokens = sentence.tokens
    begins = first == 0 or tokens[first - 1].clause != tokens[first].clause or tokens[first].lower in _JOINS
    ends = last == len(tokens) or tokens[last].clause != tokens[last - 1].clause or tokens[last].lower in _JOINS
    return begins and ends


def _tells(sentence: Sentence, at: int, words: Words) -> bool:
    token = sentence.tokens[at]
    return token.weight > 0 or token.stem in words.opposites


def _is_known(laid: Alignment, at: int) -> bool:
    match = laid.matches.get(at)
    return match.value == 1 if match else laid.stray.get(at, 0.0) == 1


def _are_kin(laid: Alignment, number: int, ours: list[int], theirs: list[int], words: Words) -> bool:
    """Whether any word of ours means what one of theirs does, or a number of ours says what theirs says."""
    home = laid.homes[number]
    claimed = [one for one in laid.claim.quantities if any(one.at <= at < one.end for at in ours)]
    if any(supports(known, one) for one in claimed for known in (*home.quantities, *sums(home.quantities))):
        return not any(_is_known(laid, at) for at in ours)
    for one in (laid.claim.tokens[at].stem for at in ours):
        groups = set(words.groups.get(one, ()))
        for other in (home.tokens[at].stem for at in theirs):
            if one == other or groups.intersection(words.groups.get(other, ())) or are_kin_by_form(one, other):
                return True
    return False
