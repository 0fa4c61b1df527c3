"""Calibration: from a raw confidence to the share of such deliverables that people found right.

The curve is an isotonic regression (the labels' running means, made monotone by pooling adjacent violators), read with
straight lines between its points. Nothing is certain after finitely many labels: the curve ends where the rule of
succession puts the shares of its lowest and its highest pool, so that it never says 0 or 1.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from futurone_server.kit import json

LABELS_WANTED = 50
"""Below this many labels, or with labels of one kind alone, there is no curve and nothing is called calibrated."""

BINS = 10
_PLACES = 6

Label = tuple[float, bool]
"""A raw confidence from 0 to 1, and whether a person found the deliverable right."""

Points = tuple[tuple[float, float], ...]
"""Places of a curve, (raw, calibrated), rising in both."""


@dataclass(frozen=True, kw_only=True)
class Bin:
    """The labels whose confidence lies from ``low`` to ``high``: how many, what was said, what was so."""

    low: float
    high: float
    n: int
    mean_confidence: float
    share_right: float


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A calibration made from ``n`` labels."""

    points: Points
    n: int

    @property
    def id(self) -> str:
        """The same for the same points: what a result says it was calibrated by."""
        told = json.canonical([[f"{raw:.6f}", f"{calibrated:.6f}"] for raw, calibrated in self.points])
        return f"fit_{hashlib.sha256(told).hexdigest()[:26]}"

    def apply(self, raw: float) -> float:
        """The calibrated confidence, between 0 and 1. A higher raw value never gives a lower one."""
        at = bisect_right(self.points, (raw, 2.0))
        if at == 0:
            return self.points[0][1]
        if at == len(self.points):
            return self.points[-1][1]
        (left, low), (right, high) = self.points[at - 1], self.points[at]
        return low + (high - low) * (raw - left) / (right - left)


def fit(labels: Sequence[Label], *, wanted: int = LABELS_WANTED) -> Curve | None:
    """The curve of these labels; None with fewer than ``wanted``, or where all of them say the same.

    Raises ValueError for a confidence that is not from 0 to 1.
    """
    if not all(0 <= raw <= 1 for raw, _ in labels):
        raise ValueError("A confidence is from 0 to 1.")
    if len(labels) < wanted or len({right for _, right in labels}) < 2:
        return None
    pools = _pools(labels)
    low = 1 / (pools[0].count + 2)
    high = (pools[-1].count + 1) / (pools[-1].count + 2)
    points = tuple((raw, round(min(high, max(low, share)), _PLACES)) for raw, share in _points(pools))
    return Curve(points=points, n=len(labels))


@dataclass(frozen=True, kw_only=True)
class _Pool:
    first: float
    last: float
    right: int
    count: int

    @property
    def share(self) -> float:
        return self.right / self.count


def isotonic(labels: Sequence[Label]) -> Points:
    """The monotone curve nearest to the labels: the first and last raw value of each pool with the pool's share."""
    return tuple(_points(_pools(labels)))


def _points(pools: Sequence[_Pool]) -> list[tuple[float, float]]:
    return [(raw, pool.share) for pool in pools for raw in sorted({pool.first, pool.last})]


def _pools(labels: Sequence[Label]) -> list[_Pool]:
    pools: list[_Pool] = []
    for raw, equal in groupby(sorted(labels), key=lambda label: label[0]):
        rights = [right for _, right in equal]
        pools.append(_Pool(first=raw, last=raw, right=sum(rights), count=len(rights)))
        while len(pools) > 1 and pools[-2].share >= pools[-1].share:
            last, before = pools.pop(), pools.pop()
            right, count = before.right + last.right, before.count + last.count
            pools.append(_Pool(first=before.first, last=last.last, right=right, count=count))
    return pools


def brier(labels: Sequence[Label]) -> float:
    """The mean squared distance between what was said and what was so: 0 is perfect. 0 for no labels."""
    return sum((raw - right) ** 2 for raw, right in labels) / len(labels) if labels else 0.0


def ece(labels: Sequence[Label], bins: int = BINS) -> float:
    """The expected calibration error: the mean gap between what was said and what was so, over bins of equal width."""
    gaps = (one.n * abs(one.mean_confidence - one.share_right) for one in reliability(labels, bins))
    return sum(gaps) / len(labels) if labels else 0.0


def auroc(labels: Sequence[Label]) -> float | None:
    """How often a right one has the higher confidence than a wrong one, ties half; None if all are alike."""
    right = sum(label for _, label in labels)
    wrong = len(labels) - right
    if not right or not wrong:
        return None
    wins, below = 0.0, 0
    for _, equal in groupby(sorted(labels), key=lambda label: label[0]):
        here = [label for _, label in equal]
        wins += sum(here) * (below + (len(here) - sum(here)) / 2)
        below += len(here) - sum(here)
    return wins / (right * wrong)


def reliability(labels: Sequence[Label], bins: int = BINS) -> tuple[Bin, ...]:
    """The bins that hold any labels, from low to high; 1 belongs to the last."""
    held: dict[int, list[Label]] = {}
    for raw, right in labels:
        held.setdefault(min(bins - 1, int(raw * bins)), []).append((raw, right))
    return tuple(
        Bin(
            low=at / bins,
            high=(at + 1) / bins,
            n=len(here),
            mean_confidence=sum(raw for raw, _ in here) / len(here),
            share_right=sum(right for _, right in here) / len(here),
        )
        for at, here in sorted(held.items())
    )
