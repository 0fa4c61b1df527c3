"""The measured evidence that passages support a claim: twenty numbers from 0 to 1, taken without a model.

The claim is laid over the sentences of its passages that share most with it (its *homes*). What it shares speaks for
it, what differs speaks against it. ``Features`` says what each number is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise

from futurone_server.pipelines.verification.claims.alignment import Alignment, align
from futurone_server.pipelines.verification.claims.polarity import negation, opposite
from futurone_server.pipelines.verification.claims.quantities import Quantity
from futurone_server.pipelines.verification.claims.reading import Reader, Token
from futurone_server.pipelines.verification.claims.slots import Frame, exchanges, frames
from futurone_server.pipelines.verification.claims.strength import hedge_left_out, overstated
from futurone_server.pipelines.verification.claims.words import word_lists

_RUN_MAX = 4
_OPENING = 2
_GAP_MAX = 4
_FOUND = 0.5
_BREAKS = 2
_MOVED_SHARE = 0.25


@dataclass(frozen=True, kw_only=True)
class Features:
    """The evidence, each from 0 to 1. Coverage, bigrams, trigrams and verbatim speak for a claim, the rest against."""

    coverage: float
    """The share of its telling words that stand in a passage; a synonym or another form counts 0.8."""
    thinness: float
    """How far the coverage is below one half, as a share of one half."""
    bigrams: float
    """The share of its neighbouring telling words that stand near each other and in this order in a passage."""
    trigrams: float
    """The share of its runs of three words that stand so in a passage."""
    verbatim: float
    """1 if it is one run of the words of a sentence."""
    novelty: float
    """The longest run of telling words that no passage has: 0 for one, 1 for four or more."""
    opening: float
    """The share of its first two telling words that no passage has: another subject."""
    stray: float
    """The share of its telling words that stand only in sentences that share little else with it."""
    stray_facts: float
    """The share of its names and numbers that stand only in such sentences."""
    number_mismatch: float
    """The share of its quantities that are in no passage, or there with another unit."""
    name_mismatch: float
    """1 for a name, acronym or identifier that no passage has; 0.5 for an unknown first word that may be a name."""
    negation: float
    """How surely one side negates what the other states."""
    opposite: float
    """How surely it has the opposite of a word of its source: rise and fall, at most and at least."""
    overstated: float
    """1 if it says must for may or all for some, 0.5 to 1 for an "always" of its own."""
    hedge_left_out: float
    """A weakening word of its source is missing: the share of the sentence that is the same."""
    exchanged: float
    """How surely a word of a passage stands in the place of another, as in exchanged roles."""
    substituted: float
    """An unknown word in the place of another: the share of the sentence that is the same."""
    shuffled: float
    """1 if it puts the passages' words together in another order and has no word of its own."""
    added: float
    """How many unknown words stand where the sentence it repeats has none: 0 for none, 1 for two or more."""
    excess: float
    """By how much it is longer than its homes, in telling words, as a share of itself."""


FEATURE_NAMES: tuple[str, ...] = tuple(field.name for field in fields(Features))
"""The names of the features, in the order in which they are listed."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The features of a claim, and the words behind them for a person to read."""

    features: Features
    unknown_numbers: tuple[str, ...]
    unknown_names: tuple[str, ...]
    unknown_words: tuple[str, ...]
    negated: str
    opposites: tuple[str, str]
    strengths: tuple[str, str]
    hedge: str
    exchanged: tuple[str, str]


def measure(claim: str, passages: Sequence[str], reader: Reader | None = None) -> Evidence:
    """Take the features of a claim against the passages it cites. A reader that is kept makes further claims faster."""
    reader = reader or Reader()
    words = word_lists()
    laid = align(reader.claim(claim), [reader.passage(passage) for passage in passages], words)
    missing = [quantity for quantity in laid.claim.quantities if not laid.is_supported(quantity)]
    names, name_mismatch = _names(laid)
    beside = frames(laid)
    exchange = exchanges(laid, beside, words)
    negated_by, negated = negation(laid, beside, words)
    opposite_by, pair = opposite(laid, beside, words)
    stronger_by, strengths = overstated(laid, beside, words)
    hedged_by, hedge = hedge_left_out(laid, beside, words)
    coverage = _share(laid, lambda at: _capped(laid, at, laid.value(at)))
    features = Features(
        coverage=coverage,
        thinness=max(0.0, 1 - 2 * coverage),
        bigrams=_bigrams(laid),
        trigrams=_trigrams(laid),
        verbatim=float(any(frame.is_verbatim for frame in beside)),
        novelty=_novelty(laid),
        opening=_opening(laid),
        stray=_share(laid, lambda at: laid.stray.get(at, 0.0)),
        stray_facts=_stray_facts(laid),
        number_mismatch=_of_quantities(laid, missing),
        name_mismatch=1.0 if exchange.renamed else name_mismatch,
        negation=negated_by,
        opposite=opposite_by,
        overstated=stronger_by,
        hedge_left_out=hedged_by,
        exchanged=exchange.exchanged,
        substituted=exchange.substituted,
        shuffled=_shuffled(laid, beside),
        added=exchange.added,
        excess=_excess(laid),
    )
    return Evidence(
        features=features,
        unknown_numbers=tuple(quantity.shown for quantity in missing if not quantity.is_soft),
        unknown_names=names or ((exchange.renamed,) if exchange.renamed else ()),
        unknown_words=tuple(token.text for at, token in _telling(laid) if _capped(laid, at, laid.value(at)) < _FOUND),
        negated=negated,
        opposites=pair,
        strengths=strengths,
        hedge=hedge,
        exchanged=exchange.pair,
    )


def _telling(laid: Alignment) -> list[tuple[int, Token]]:
    return [(at, token) for at, token in enumerate(laid.claim.tokens) if token.weight]


def _share(laid: Alignment, value: Callable[[int], float]) -> float:
    telling = _telling(laid)
    total = sum(token.weight for _, token in telling)
    return sum(token.weight * value(at) for at, token in telling) / total if total else 0.0


def _capped(laid: Alignment, at: int, value: float) -> float:
    """A number and its unit count as found if the quantity is, however it is spelt."""
    return 1.0 if value < _FOUND and laid.is_number_supported(at) else value


def _bigrams(laid: Alignment) -> float:
    pairs = list(pairwise(at for at, _ in _telling(laid)))
    return sum(_stand_together(laid, *pair) for pair in pairs) / len(pairs) if pairs else 0.0


def _shuffled(laid: Alignment, beside: Sequence[Frame]) -> float:
    """Breaks in the order are where clauses meet; a paraphrase brings words of its own, a shuffle does not."""
    telling = [at for at, _ in _telling(laid)]
    if any(laid.value(at) < 1 for at in telling):
        return 0.0
    moved = frozenset(telling).intersection(*(frame.put_in for frame in beside))
    broken = sum(not _stand_together(laid, *pair, gap_max=2 * _GAP_MAX) for pair in pairwise(telling))
    return float(broken >= _BREAKS and len(moved) >= _MOVED_SHARE * len(telling))


def _stand_together(laid: Alignment, one: int, other: int, gap_max: int = _GAP_MAX) -> bool:
    """Whether two words of the claim stand near each other and in this order in a home."""
    left, right = laid.matches.get(one), laid.matches.get(other)
    if left is None or right is None:
        return False
    if left.home == right.home and 0 < right.at - left.at <= gap_max:
        return True
    before, after = laid.claim.tokens[one].stem, laid.claim.tokens[other].stem
    return any(
        0 < q - p <= gap_max
        for home in laid.homes
        for p in home.by_stem.get(before, ())
        for q in home.by_stem.get(after, ())
    )


def _trigrams(laid: Alignment) -> float:
    stems = [token.stem for token in laid.claim.tokens]
    runs = list(zip(stems, stems[1:], stems[2:], strict=False))
    return sum(run in laid.trigrams for run in runs) / len(runs) if runs else 0.0


def _novelty(laid: Alignment) -> float:
    longest = run = 0
    for at, token in _telling(laid):
        is_new = _capped(laid, at, laid.value(at)) < _FOUND and token.weight >= _FOUND
        run = run + 1 if is_new else 0
        longest = max(longest, run)
    return min(1.0, max(0, longest - 1) / (_RUN_MAX - 1))


def _opening(laid: Alignment) -> float:
    first = _telling(laid)[:_OPENING]
    total = sum(token.weight for _, token in first)
    return sum(token.weight for at, token in first if not _capped(laid, at, laid.value(at))) / total if total else 0.0


def _stray_facts(laid: Alignment) -> float:
    facts = [at for at, token in _telling(laid) if token.is_name or token.is_number]
    return sum(at in laid.stray for at in facts) / len(facts) if facts else 0.0


def _of_quantities(laid: Alignment, missing: Sequence[Quantity]) -> float:
    counted = [quantity for quantity in laid.claim.quantities if not quantity.is_soft or quantity.is_ordinal]
    return sum(one in counted for one in missing) / len(counted) if counted else 0.0


def _names(laid: Alignment) -> tuple[tuple[str, ...], float]:
    """The names that no passage has, and how surely there is one."""
    unknown = tuple(token.text for at, token in _telling(laid) if token.is_name and not laid.value(at))
    if unknown:
        return unknown, 1.0
    first = laid.claim.tokens[0] if laid.claim.tokens else None
    may_be_name = first is not None and first.is_initial and first.weight >= 1 and not laid.value(0)
    return (), 0.5 if may_be_name and first is not None and not first.lower.endswith(("s", "ing", "ly")) else 0.0


def _excess(laid: Alignment) -> float:
    claimed = len(_telling(laid))
    known = sum(bool(token.weight) for home in laid.homes for token in home.tokens)
    return max(0.0, 1 - known / claimed) if claimed else 1.0
