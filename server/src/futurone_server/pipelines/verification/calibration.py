"""Calibration: from a raw confidence to the share of such deliverables that people found right, per domain.

The curve is an isotonic regression (the labels' running means, made monotone by pooling adjacent violators), read with
straight lines between its points. With fewer than ``LABELS_WANTED`` labels it is drawn towards the curve of all
domains, or, where there is none, towards the raw value itself: n labels count n, the prior counts
``LABELS_WANTED - n``.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Self

LABELS_WANTED = 100
"""Below this many labels a domain is uncalibrated, and is called so."""

BINS = 10

Label = tuple[float, bool]
"""A raw confidence from 0 to 1, and whether a person found the deliverable right."""


@dataclass(frozen=True, kw_only=True)
class Bin:
    """The labels whose confidence lies from ``low`` to ``high``: how many, what was said, what was so."""

    low: float
    high: float
    n: int
    mean_confidence: float
    share_right: float


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """One domain's curve for one version of its verifier: points (raw, calibrated), rising in both."""

    domain: str
    verifier_version: int
    points: tuple[tuple[float, float], ...]
    n: int

    @property
    def is_calibrated(self) -> bool:
        """Whether there were enough labels to call the result calibrated."""
        return self.n >= LABELS_WANTED

    def apply(self, raw: float) -> float:
        """The calibrated confidence, 0 to 1. A higher raw value never gives a lower one."""
        raw = min(1.0, max(0.0, raw))
        if not self.points:
            return raw
        at = bisect_right(self.points, (raw, 2.0))
        if at == 0:
            return self.points[0][1]
        if at == len(self.points):
            return self.points[-1][1]
        (left, low), (right, high) = self.points[at - 1], self.points[at]
        return low + (high - low) * (raw - left) / (right - left)

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are stored."""
        points = [list(point) for point in self.points]
        return {"domain": self.domain, "verifier_version": self.verifier_version, "points": points, "n": self.n}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The calibration that ``to_json`` wrote."""
        points = tuple((float(raw), float(calibrated)) for raw, calibrated in value["points"])
        return cls(**{**value, "points": points})


def fit(
    labels: Sequence[Label], *, domain: str, verifier_version: int, everywhere: Calibration | None = None
) -> Calibration:
    """The curve of one domain's labels; ``everywhere`` is that of all domains, to which few labels are drawn.

    Raises ValueError for a confidence that is not from 0 to 1.
    """
    if not all(0 <= raw <= 1 for raw, _ in labels):
        raise ValueError("A confidence is from 0 to 1.")
    own = Calibration(domain=domain, verifier_version=verifier_version, points=isotonic(labels), n=len(labels))
    trust = min(1.0, len(labels) / LABELS_WANTED)
    if trust == 1.0:
        return own
    prior = everywhere or Calibration(domain="", verifier_version=verifier_version, points=(), n=0)
    places = sorted({0.0, 1.0, *(raw for raw, _ in own.points), *(raw for raw, _ in prior.points)})
    drawn = (
        (raw, trust * own.apply(raw) + (1 - trust) * prior.apply(raw)) if labels else (raw, prior.apply(raw))
        for raw in places
    )
    return Calibration(domain=domain, verifier_version=verifier_version, points=tuple(drawn), n=len(labels))


def isotonic(labels: Sequence[Label]) -> tuple[tuple[float, float], ...]:
    """The monotone curve nearest to the labels: the first and last raw value of each pool with the pool's share."""
    pools: list[tuple[float, float, float, int]] = []
    for raw, equal in groupby(sorted(labels), key=lambda label: label[0]):
        rights = [right for _, right in equal]
        pools.append((raw, raw, float(sum(rights)), len(rights)))
        while len(pools) > 1 and pools[-2][2] / pools[-2][3] >= pools[-1][2] / pools[-1][3]:
            _, last, right, count = pools.pop()
            first, _, before, earlier = pools.pop()
            pools.append((first, last, before + right, earlier + count))
    points = [(raw, right / count) for first, last, right, count in pools for raw in sorted({first, last})]
    return tuple(points)


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
