"""How likely a claim is supported by the passages it cites: gates, a logistic function, and a judge if there is one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from futurone_server.pipelines.verification.claims.features import FEATURE_NAMES, Evidence, Features, measure
from futurone_server.pipelines.verification.claims.reading import Reader
from futurone_server.pipelines.verification.claims.weights import CONTRADICTIONS, ClaimWeights, JudgeWeights

CLAIM_CHARS_MAX = 2_000
"""A longer text is not one claim and is not judged as one."""

_FAILED = 0.02
_LOGIT_MAX = 30.0
_TOLD_WORDS_MAX = 4


@dataclass(frozen=True, kw_only=True)
class ClaimVerdict:
    """How likely a claim is supported, 0 to 1, and why.

    ``failing`` names what speaks against it, gravest first: a gate (``no_passage``, ``no_words``, ``too_long``,
    ``number``), a feature, or ``judge``. It is empty for a claim that nothing was found against. ``features`` is None
    where a gate failed before anything was measured.
    """

    probability: float
    features: Features | None
    reason: str
    failing: tuple[str, ...]


def judge_claim(
    claim: str,
    passages: Sequence[str],
    weights: ClaimWeights,
    *,
    judged: float | None = None,
    reader: Reader | None = None,
) -> ClaimVerdict:
    """The verdict on a claim of one or two sentences and the passages it cites.

    ``judged`` is what a judge in a fresh context holds the probability to be. It is pooled with the features' own on
    the scale of logits, and below the veto of the weights it is the highest the verdict can be. It cannot lift a gate,
    nor a claim that turns a passage round: whoever talks a judge into a yes has not changed what the words say.
    With a ``reader`` that is kept for all claims of a deliverable this takes one or two milliseconds, else some ten;
    the time grows with the length of the passages and no faster.
    """
    gate = _gate(claim, passages)
    if gate:
        return ClaimVerdict(probability=0.0, features=None, reason=gate[1], failing=(gate[0],))
    evidence = measure(claim, passages, reader)
    if evidence.unknown_numbers:
        reason = _told_numbers(evidence.unknown_numbers)
        return ClaimVerdict(probability=_FAILED, features=evidence.features, reason=reason, failing=("number",))
    own = probability(evidence.features, weights)
    likely = own if judged is None else pooled(own, judged, weights.judge)
    if _is_contradicted(evidence.features, weights):
        likely = min(likely, own)
    failing = _failing(evidence.features, weights, likely=likely, judged=judged)
    reason = _reason(evidence, failing, own=own, judged=judged)
    return ClaimVerdict(probability=likely, features=evidence.features, reason=reason, failing=failing)


def probability(features: Features, weights: ClaimWeights) -> float:
    """The logistic function of the features alone."""
    return _logistic(
        weights.intercept + sum(weights.features[name] * getattr(features, name) for name in FEATURE_NAMES)
    )


def pooled(own: float, judged: float, weights: JudgeWeights) -> float:
    """The features' probability and a judge's as one: a weighted sum of logits, the judge's bounded; a veto below."""
    if not 0 <= judged <= 1:
        raise ValueError("A judge's probability is from 0 to 1.")
    bounded = min(1 - weights.bound, max(weights.bound, judged))
    both = _logistic(weights.own * _logit(own) + weights.judged * _logit(bounded))
    return min(both, judged) if judged < weights.veto_below else both


def _is_contradicted(features: Features, weights: ClaimWeights) -> bool:
    """Whether a passage was found to hold the claim with its roles, its direction or its negation turned round."""
    return any(-weights.features[name] * getattr(features, name) >= weights.telling for name in CONTRADICTIONS)


def _gate(claim: str, passages: Sequence[str]) -> tuple[str, str] | None:
    if not any(passage.strip() for passage in passages):
        return "no_passage", "The claim cites no passage."
    if not any(char.isalnum() for char in claim):
        return "no_words", "The claim has no words."
    if len(claim) > CLAIM_CHARS_MAX:
        return "too_long", f"The claim has {len(claim)} characters: more than one statement can be checked at once."
    return None


def _told_numbers(unknown: Sequence[str]) -> str:
    if len(unknown) == 1:
        return f"The number {unknown[0]} is in none of the cited passages."
    return f"The numbers {', '.join(unknown)} are in none of the cited passages."


def _failing(features: Features, weights: ClaimWeights, *, likely: float, judged: float | None) -> tuple[str, ...]:
    """What speaks against a claim: every feature that takes off enough; all that take off anything if it is doubted."""
    taken = {name: -weights.features[name] * getattr(features, name) for name in FEATURE_NAMES}
    least = weights.telling if likely >= weights.doubted_below else weights.telling / 4
    worst = tuple(sorted((name for name, one in taken.items() if one >= least), key=lambda name: -taken[name]))
    return ("judge", *worst) if judged is not None and judged < weights.doubted_below else worst


def _reason(evidence: Evidence, failing: tuple[str, ...], *, own: float, judged: float | None) -> str:
    if not failing:
        shown = "word for word" if evidence.features.verbatim else f"with {evidence.features.coverage:.0%} of its words"
        return f"The claim stands in the cited passages {shown}, and nothing was found against it."
    told = [_told(name, evidence) for name in failing if name != "judge"]
    if "judge" in failing:
        told.insert(0, f"A judge that saw only the claim and the passages gives it {judged:.2f}, the words {own:.2f}.")
    return " ".join(told[:3])


def _told(name: str, evidence: Evidence) -> str:
    """One thing that speaks against a claim, in words."""
    unknown = ", ".join(evidence.unknown_words[:_TOLD_WORDS_MAX]) or "some words"
    ours, theirs = evidence.exchanged
    mine, known = evidence.strengths
    names = ", ".join(evidence.unknown_names) or unknown
    texts = {
        "thinness": f"Less than half of the claim is in the cited passages (not there: {unknown}).",
        "novelty": f"A part of the claim is not in the cited passages: {unknown}.",
        "added": f"Words are added to what a passage says: {unknown}.",
        "substituted": f"A word stands in the place of another: {unknown}.",
        "number_mismatch": "A number has another unit or counts something else in the cited passages.",
        "name_mismatch": f"A name is not in the cited passages, or not there: {names}.",
        "negation": f"Claim and passage differ in a negation (“{evidence.negated}”).",
        "opposite": f"The claim says “{evidence.opposites[0]}” where a passage says “{evidence.opposites[1]}”.",
        "overstated": f"The claim says “{mine}”"
        + (f" where a passage says “{known}”." if known else "; no passage does."),
        "hedge_left_out": f"The claim leaves out “{evidence.hedge}”.",
        "exchanged": f"“{ours}” stands in another place than in the passage"
        + (f", where it says “{theirs}”." if theirs else "."),
        "shuffled": "The claim puts the words of the passage together in another way.",
        "stray_facts": "A name or number stands in another sentence than the rest of the claim.",
        "opening": f"The claim is about something else: {unknown}.",
        "stray": "The claim is put together from sentences that share little.",
        "excess": "The claim says more than the sentences it rests on.",
    }
    return texts[name]


def _logistic(logit: float) -> float:
    return 1 / (1 + math.exp(-max(-_LOGIT_MAX, min(_LOGIT_MAX, logit))))


def _logit(share: float) -> float:
    bounded = min(1 - 1e-9, max(1e-9, share))
    return math.log(bounded / (1 - bounded))
