"""A measured figure, its multiple of the floor and its goal; percentiles; the table of a run."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Goal:
    """What a figure should be: at most this, or at least."""

    value: float
    is_most: bool = True

    def is_met(self, value: float) -> bool:
        """Whether a value reaches it."""
        return value <= self.value if self.is_most else value >= self.value


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One result. ``ratio`` is its multiple of ``floor``, both of the same run; ``goal`` is None where none was set."""

    name: str
    value: float
    unit: str
    ratio: float | None = None
    floor: str = ""
    goal: Goal | None = None


@dataclass(frozen=True, kw_only=True)
class Taken:
    """The figures of one bench, and how busy the machine was: its load average before, and cores that others used.

    ``others_cores`` is None where they cannot be told from ours.
    """

    bench: str
    figures: Sequence[Figure]
    load_average: float
    others_cores: float | None
    took_s: float

    @property
    def around(self) -> str:
        """How busy the machine was, for people: ``0.7, 0.1``."""
        return f"{self.load_average:.1f}, {'?' if self.others_cores is None else f'{self.others_cores:.1f}'}"


def percentile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that is not below this share of all samples."""
    return sorted(samples)[max(0, math.ceil(len(samples) * share) - 1)]


def median(samples: Sequence[float]) -> float:
    """The middle of all samples."""
    return percentile(samples, 0.5)


def shown(value: float) -> str:
    """A number with as many digits as say something."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


_HEAD = ("| bench | figure | value | of the floor | goal | load, others |", "| --- | --- | ---: | --- | --- | --- |")


def table(taken: Sequence[Taken]) -> str:
    """All figures as a Markdown table."""
    rows = [
        f"| {one.bench} | {figure.name} | {shown(figure.value)} {figure.unit} | {_ratio(figure)} | {_goal(figure)} "
        f"| {one.around} |"
        for one in taken
        for figure in one.figures
    ]
    return "\n".join((*_HEAD, *rows))


def line(figure: Figure) -> str:
    """One figure for a terminal."""
    words = f"  {figure.name:<58} {shown(figure.value):>10} {figure.unit}"
    return "   ".join(part for part in (words, _ratio(figure), _goal(figure)) if part)


def _ratio(figure: Figure) -> str:
    return "" if figure.ratio is None else f"{shown(figure.ratio)} × {figure.floor}"


def _goal(figure: Figure) -> str:
    if figure.goal is None:
        return ""
    sign = "≤" if figure.goal.is_most else "≥"
    verdict = "" if figure.goal.is_met(figure.value) else " (missed)"
    return f"{sign} {figure.goal.value:g} {figure.unit}".rstrip() + verdict
