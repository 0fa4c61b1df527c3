"""What is kept of a judged deliverable, and how well a verifier's confidence has held so far."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from futurone_server.kit.calibration import Bin, Curve


class Source(StrEnum):
    """Where a label comes from."""

    REVIEW = "review"
    DISPOSITION = "disposition"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What is calibrated by itself: one version of one rubric, for one agent, in one workspace."""

    agent: str
    rubric: str
    version: int


@dataclass(frozen=True, kw_only=True)
class JudgedWork:
    """What was measured of a deliverable, and what a person said of it. Free of content.

    ``raw`` is the confidence before calibration and ``said`` the one that was told; ``gates`` whether every gate held;
    ``checks`` are names and scores. ``right``: it could be delivered as it was.
    """

    run_id: str
    kind: Kind
    raw: float
    said: float
    gates: bool
    checks: Mapping[str, float]
    engine: str | None
    source: Source
    right: bool
    made_at: datetime


@dataclass(frozen=True, kw_only=True)
class InForce:
    """The calibration that new work gets: how many labels there are, and the curve, if they are enough for one."""

    curve: Curve | None
    labels: int


@dataclass(frozen=True, kw_only=True)
class AtThreshold:
    """What a threshold would have done with the judged work: held back, or let through though it was wrong."""

    threshold: float
    escalated: int
    let_through: int
    wrong_let_through: int


@dataclass(frozen=True, kw_only=True)
class Report:
    """How well a confidence has held. ``said`` measures are of what was told at its time, ``raw`` before calibration.

    ``thresholds`` are read on the scale of today: the curve in force over the raw values.
    """

    kind: Kind
    n: int
    right: int
    in_force: InForce
    brier: float
    ece: float
    raw_brier: float
    raw_ece: float
    bins: tuple[Bin, ...]
    thresholds: tuple[AtThreshold, ...]
