"""``python -m benches.quality.fitting``: weights of keyless research's confidence, fitted on "dev", tried on "held".

Every question is answered by force, right or wrong; then as the engine answers. The rubric's weights stand beside.
"""

import math
from collections.abc import Sequence

from benches.quality.corpus import installed
from benches.quality.research import evidence, trials
from futurone_server.kit.calibration import auroc, brier, ece
from futurone_server.pipelines.research.answers import STRENGTH_MIN
from futurone_server.pipelines.verification.confidence import Features, probability
from futurone_server.pipelines.verification.rubric import Weights, research_rubric

Sample = tuple[list[Features], bool]
_FORCED = 0.3
_ROUNDS = 20_000


def fitted(samples: Sequence[Sample]) -> Weights:
    """Logistic regression by gradient descent on the best quote of each sample, lightly held towards zero."""
    rows = []
    for found, is_right in samples:
        best = max(found, key=lambda one: one.coverage + one.direct)
        rows.append(((1.0, best.coverage * best.fit, best.direct * best.fit), float(is_right)))
    weights = [0.0] * 3
    for _ in range(_ROUNDS):
        slope = [0.002 * weight for weight in weights]
        for row, label in rows:
            off = 1 / (1 + math.exp(-sum(a * b for a, b in zip(weights, row, strict=True)))) - label
            slope = [one + off * value / len(rows) for one, value in zip(slope, row, strict=True)]
        weights = [weight - 0.5 * one for weight, one in zip(weights, slope, strict=True)]
    intercept, coverage, direct = (round(weight, 2) for weight in weights)
    return Weights(intercept=intercept, coverage=coverage, direct=direct, negation_factor=0.7, source="")


def goodness(samples: Sequence[Sample], weights: Weights) -> str:
    """How well probabilities fit what was right."""
    labels = [(max(probability(one, weights) for one in found), is_right) for found, is_right in samples]
    right = sum(is_right for _, is_right in labels)
    ranking = auroc(labels)
    return (
        f"{right} of {len(labels)} right, Brier {brier(labels):.3f}, ECE {ece(labels):.3f},"
        f" AUROC {math.nan if ranking is None else ranking:.3f}"
    )


def main() -> None:
    """Fit and print."""
    found: dict[tuple[str, str], list[Sample]] = {}
    for part in installed():
        for kind, strength_min in (("forced", _FORCED), ("answered", STRENGTH_MIN)):
            found[part.name, kind] = list(evidence(trials(part, strength_min), part))
    weights = fitted(found["dev", "forced"])
    print(f"fitted {weights}")
    for name, one in (("fitted", weights), ("rubric", research_rubric().weights)):
        for key, samples in found.items():
            print(name, *key, goodness(samples, one))


if __name__ == "__main__":
    main()
