"""The labelled set measured: probabilities, the numbers of the table, and a judge that is only simulated."""

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

from benches.claims.generation import SEED, Labelled, load
from benches.claims.texts import passages
from futurone_server.kit.calibration import Label, auroc, brier, ece
from futurone_server.pipelines.verification.claims import (
    FEATURE_NAMES,
    ClaimVerdict,
    ClaimWeights,
    Reader,
    judge_claim,
    measure,
)

KINDS = ("number", "entity", "antonym", "addition", "role", "topic", "modality", "negation")
"""The kinds of mistakes that goals are set for; the last one is the known hole."""

HOLES = ("noun", "hard")
"""Kinds that words alone cannot be expected to catch, and that are shown for that."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A claim of the set and the verdict on it."""

    labelled: Labelled
    verdict: ClaimVerdict

    @property
    def label(self) -> Label:
        """Its probability and whether it is supported."""
        return self.verdict.probability, self.labelled.supported

    @property
    def is_right(self) -> bool:
        """Whether it is on the right side of one half."""
        return (self.verdict.probability >= 0.5) is self.labelled.supported


@dataclass(frozen=True, kw_only=True)
class Judge:
    """A judge that is simulated: right with ``accuracy``, and then ``sure`` of it."""

    accuracy: float
    sure: float

    def __call__(self, one: Labelled) -> float:
        """What it says of a claim: the same each time."""
        chance = Random(hashlib.sha256(f"{SEED}/judge/{self.accuracy}/{one.id}".encode()).digest())
        is_right = chance.random() < self.accuracy
        return self.sure if one.supported is is_right else 1 - self.sure


@cache
def texts() -> dict[str, str]:
    """The passages by id."""
    return {passage.id: passage.text for passage in passages()}


def rows(part: str) -> list[tuple[list[float], bool]]:
    """The features of one part, to be fitted; without those that a gate decides."""
    reader, found = Reader(), []
    for one in load():
        if one.part == part:
            evidence = measure(one.claim, [texts()[name] for name in one.passages], reader)
            if not evidence.unknown_numbers:
                found.append(([getattr(evidence.features, name) for name in FEATURE_NAMES], one.supported))
    return found


def trials(part: str, weights: ClaimWeights, judge: Judge | None = None) -> list[Trial]:
    """The verdict on every claim of one part."""
    reader = Reader()
    return [
        Trial(
            labelled=one,
            verdict=judge_claim(
                one.claim,
                [texts()[name] for name in one.passages],
                weights,
                judged=judge(one) if judge else None,
                reader=reader,
            ),
        )
        for one in load()
        if one.part == part
    ]


def totals(done: Sequence[Trial]) -> dict[str, float]:
    """Brier score, calibration error, ranking and accuracy."""
    labels = [trial.label for trial in done]
    return {
        "Brier": brier(labels),
        "ECE": ece(labels),
        "AUROC": auroc(labels) or math.nan,
        "accuracy": share(trial.is_right for trial in done),
    }


def caught(done: Sequence[Trial], kind: str, made: str | None = None) -> tuple[int, int]:
    """How many unsupported claims of a kind are below one half, and how many there are."""
    some = [one for one in done if not one.labelled.supported and one.labelled.kind == kind]
    some = [one for one in some if made in {None, one.labelled.made}]
    return sum(one.is_right for one in some), len(some)


def doubted(done: Sequence[Trial], kind: str | None = None) -> tuple[int, int]:
    """How many supported claims (of a kind) are below one half, and how many there are."""
    some = [one for one in done if one.labelled.supported and kind in {None, one.labelled.kind}]
    return sum(not one.is_right for one in some), len(some)


def share(found: Iterable[bool]) -> float:
    """The share of what is true."""
    known = list(found)
    return sum(known) / len(known) if known else math.nan
