"""Logistic regression in plain Python, held lightly towards zero, with a sign given for each weight."""

import math
from collections.abc import Sequence

Row = tuple[Sequence[float], bool]
"""The features of a claim and whether it is supported."""

_ROUNDS = 40
_CYCLES = 120
_STILL = 1e-7


def fitted(rows: Sequence[Row], ridge: float, signs: Sequence[int]) -> list[float]:
    """The intercept and then a weight for each feature, none of the wrong sign (1 or -1 for each feature).

    ``ridge`` holds all but the intercept towards zero. Newton's method, whose steps stay within the signs.
    """
    size = len(signs) + 1
    weights = [0.0] * size
    for _ in range(_ROUNDS):
        slope = [0.0] + [ridge * weight for weight in weights[1:]]
        curve = [[ridge if one == other and one else 0.0 for other in range(size)] for one in range(size)]
        for features, label in rows:
            _add(slope, curve, (1.0, *features), weights, label)
        moved = _stepped(weights, slope, curve, (0, *signs))
        step = max(abs(new - old) for new, old in zip(moved, weights, strict=True))
        weights = moved
        if step < _STILL:
            break
    return weights


def _stepped(
    weights: Sequence[float], slope: Sequence[float], curve: Sequence[Sequence[float]], signs: Sequence[int]
) -> list[float]:
    """The lowest point within the signs of the parabola at these weights, one weight after the other."""
    new = list(weights)
    pull = list(slope)
    for _ in range(_CYCLES):
        farthest = 0.0
        for at, sign in enumerate(signs):
            wanted = new[at] - pull[at] / max(1e-9, curve[at][at])
            wanted = max(0.0, wanted * sign) * sign if sign else wanted
            step = wanted - new[at]
            if step:
                new[at] = wanted
                pull = [one + step * bend for one, bend in zip(pull, curve[at], strict=True)]
            farthest = max(farthest, abs(step))
        if farthest < _STILL:
            break
    return new


def _add(
    slope: list[float], curve: list[list[float]], row: Sequence[float], weights: Sequence[float], label: bool
) -> None:
    logit = sum(weight * value for weight, value in zip(weights, row, strict=True))
    likely = 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))
    off, spread = likely - label, max(1e-9, likely * (1 - likely))
    filled = [at for at, value in enumerate(row) if value]
    for one in filled:
        slope[one] += off * row[one]
        for other in filled:
            curve[one][other] += spread * row[one] * row[other]
