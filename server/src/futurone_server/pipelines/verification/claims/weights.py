"""The weights of the claims' logistic function and of a judge beside it, as versioned data."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from futurone_server.pipelines.verification.claims.features import FEATURE_NAMES
from futurone_server.pipelines.verification.rubric import BadRubricError

FOR_THE_CLAIM = frozenset({"coverage", "bigrams", "trigrams", "verbatim"})
"""The features that speak for a claim; no other may have a weight above 0, nor these one below."""

CONTRADICTIONS = frozenset({"exchanged", "opposite", "negation"})
"""The features that say: the passage holds the claim the other way round. Over them no judge lifts a claim."""


@dataclass(frozen=True, kw_only=True)
class JudgeWeights:
    """How a judge's probability is pooled: ``own`` and ``judged`` weigh the two logits.

    A judge is never taken for surer than ``bound`` from 0 or 1; below ``veto_below`` it has the last word.
    """

    own: float
    judged: float
    bound: float
    veto_below: float


@dataclass(frozen=True, kw_only=True)
class ClaimWeights:
    """One version of the weights. ``source`` says what they were fitted on.

    A feature that takes ``telling`` or more off the logit is named as failing; below ``doubted_below`` a claim counts
    as not supported.
    """

    version: int
    source: str
    intercept: float
    telling: float
    doubted_below: float
    features: Mapping[str, float]
    judge: JudgeWeights


def claim_weights(version: int = 1) -> ClaimWeights:
    """A version of the weights. Raises BadRubricError for one that is not there."""
    file = resources.files("futurone_server.pipelines.verification").joinpath("rubrics", f"claims-{version}.toml")
    if not file.is_file():
        raise BadRubricError(f"There is no version {version} of the weights for claims.")
    return read_weights(file.read_text(encoding="utf-8"))


def read_weights(text: str) -> ClaimWeights:
    """The weights from their TOML text. Raises BadRubricError."""
    try:
        data = tomllib.loads(text)
        weights = ClaimWeights(
            version=data["version"],
            source=data["source"],
            intercept=data["intercept"],
            telling=data["telling"],
            doubted_below=data["doubted_below"],
            features=data["features"],
            judge=JudgeWeights(**data["judge"]),
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise BadRubricError(f"The weights for claims cannot be read: {error}") from error
    _check(weights)
    return weights


def _check(weights: ClaimWeights) -> None:
    if set(weights.features) != set(FEATURE_NAMES):
        raise BadRubricError("The weights for claims are not those of the features.")
    for name, weight in weights.features.items():
        if weight * (1 if name in FOR_THE_CLAIM else -1) < 0:
            raise BadRubricError(f"The weight of {name} has the wrong sign.")
    if not 0 < weights.judge.bound < 0.5 or not 0 <= weights.judge.veto_below <= 0.5:
        raise BadRubricError("A judge's bound and veto are shares below one half.")
