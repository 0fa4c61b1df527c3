"""Rubrics: what a deliverable is measured by, as versioned data."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

GRADE_MAX = 4


class BadRubricError(Exception):
    """A rubric's data does not hold together; the message says where."""


@dataclass(frozen=True, kw_only=True)
class Gate:
    """What must hold. A gate that fails takes all confidence away."""

    name: str
    description: str


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """What is graded from 0 to 4; ``anchors`` describe each grade."""

    name: str
    weight: float
    description: str
    anchors: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Weights:
    """The logistic function from a quote's evidence to a probability, and where its numbers come from."""

    intercept: float
    coverage: float
    direct: float
    negation_factor: float
    source: str


@dataclass(frozen=True, kw_only=True)
class Rubric:
    """One version of one rubric."""

    id: str
    version: int
    title: str
    threshold: float
    gates: tuple[Gate, ...]
    dimensions: tuple[Dimension, ...]
    confidence: Mapping[str, Any]
    """The numbers from which this rubric's verifier makes a confidence, and where they come from."""

    @property
    def weights(self) -> Weights:
        """The numbers of a verifier of quotes. Raises BadRubricError where they are others."""
        try:
            return Weights(**self.confidence)
        except TypeError as error:
            raise BadRubricError(f"The rubric {self.id} has no weights for quotes.") from error


def load_rubric(name: str, version: int = 1) -> Rubric:
    """A version of a rubric. Raises BadRubricError for one that is not there."""
    file = resources.files(__package__).joinpath("rubrics", f"{name}-{version}.toml")
    if not file.is_file():
        raise BadRubricError(f"There is no version {version} of the rubric {name}.")
    return read_rubric(file.read_text(encoding="utf-8"))


def research_rubric(version: int = 1) -> Rubric:
    """A version of the rubric for research. Raises BadRubricError for one that is not there."""
    return load_rubric("research", version)


def read_rubric(text: str) -> Rubric:
    """A rubric from its TOML text. Raises BadRubricError."""
    try:
        data = tomllib.loads(text)
        rubric = Rubric(
            id=data["id"],
            version=data["version"],
            title=data["title"],
            threshold=data["threshold"],
            gates=tuple(Gate(**gate) for gate in data["gate"]),
            dimensions=tuple(_dimension(dimension) for dimension in data["dimension"]),
            confidence=data["confidence"],
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise BadRubricError(f"The rubric cannot be read: {error}") from error
    _check(rubric)
    return rubric


def _dimension(data: Mapping[str, Any]) -> Dimension:
    return Dimension(
        name=data["name"], weight=data["weight"], description=data["description"], anchors=tuple(data["anchors"])
    )


def _check(rubric: Rubric) -> None:
    names = [gate.name for gate in rubric.gates] + [dimension.name for dimension in rubric.dimensions]
    if len(set(names)) != len(names):
        raise BadRubricError("Two checks of the rubric have one name.")
    if not rubric.gates or not rubric.dimensions:
        raise BadRubricError("A rubric needs gates and dimensions.")
    if abs(sum(dimension.weight for dimension in rubric.dimensions) - 1) > 1e-6:
        raise BadRubricError("The weights of the dimensions do not sum to 1.")
    for dimension in rubric.dimensions:
        if len(dimension.anchors) != GRADE_MAX + 1:
            raise BadRubricError(f"{dimension.name} needs a description for each grade from 0 to {GRADE_MAX}.")
    if not rubric.confidence.get("source"):
        raise BadRubricError("The rubric does not say where the numbers of its confidence come from.")
    if not 0 < rubric.threshold <= 1:
        raise BadRubricError("The threshold is not between 0 and 1.")
