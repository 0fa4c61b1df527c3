"""Logistic regression by Newton's method in plain Python, held lightly towards zero."""

import math
from collections.abc import Sequence

Row = tuple[Sequence[float], bool]
"""The features of a claim and whether it is supported."""


def fitted(rows: Sequence[Row], ridge: float, rounds: int = 25) -> list[float]:
    """The intercept and then a weight for each feature. ``ridge`` holds all but the intercept towards zero."""
    size = len(rows[0][0]) + 1
    weights = [0.0] * size
    for _ in range(rounds):
        slope = [0.0] + [ridge * weight for weight in weights[1:]]
        curve = [[0.0] * size for _ in range(size)]
        for at in range(1, size):
            curve[at][at] = ridge
        for features, label in rows:
            _add(slope, curve, (1.0, *features), weights, label)
        step = solved(curve, slope)
        weights = [weight - one for weight, one in zip(weights, step, strict=True)]
        if max(map(abs, step)) < 1e-6:
            break
    return weights


def fitted_one_way(rows: Sequence[Row], ridge: float, signs: Sequence[int]) -> list[float]:
    """As ``fitted``, where no weight has another sign than the one given: what would have is left at 0."""
    used = list(range(len(signs)))
    while True:
        weights = fitted([([row[at] for at in used], label) for row, label in rows], ridge)
        wrong = [at for at, weight in zip(used, weights[1:], strict=True) if weight * signs[at] < 0]
        if not wrong:
            known = dict(zip(used, weights[1:], strict=True))
            return [weights[0], *(known.get(at, 0.0) for at in range(len(signs)))]
        worst = max(wrong, key=lambda at: abs(weights[1 + used.index(at)]))
        used.remove(worst)


def solved(matrix: Sequence[Sequence[float]], right: Sequence[float]) -> list[float]:
    """The solution of a system of linear equations, by elimination with pivots."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    size = len(rows)
    for at in range(size):
        pivot = max(range(at, size), key=lambda row: abs(rows[row][at]))
        rows[at], rows[pivot] = rows[pivot], rows[at]
        for below in range(at + 1, size):
            share = rows[below][at] / rows[at][at]
            rows[below] = [one - share * other for one, other in zip(rows[below], rows[at], strict=True)]
    found = [0.0] * size
    for at in reversed(range(size)):
        known = sum(rows[at][other] * found[other] for other in range(at + 1, size))
        found[at] = (rows[at][size] - known) / rows[at][at]
    return found


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
