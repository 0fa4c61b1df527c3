"""How likely a claim is supported by the passages it cites, from words alone or with a judge beside them."""

from futurone_server.pipelines.verification.claims.features import FEATURE_NAMES, Evidence, Features, measure
from futurone_server.pipelines.verification.claims.reading import Reader
from futurone_server.pipelines.verification.claims.support import ClaimVerdict, judge_claim, pooled, probability
from futurone_server.pipelines.verification.claims.weights import (
    ClaimWeights,
    JudgeWeights,
    claim_weights,
    read_weights,
)

__all__ = [
    "FEATURE_NAMES",
    "ClaimVerdict",
    "ClaimWeights",
    "Evidence",
    "Features",
    "JudgeWeights",
    "Reader",
    "claim_weights",
    "judge_claim",
    "measure",
    "pooled",
    "probability",
    "read_weights",
]
