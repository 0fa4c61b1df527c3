"""What was given: numbers with their places, options with criteria, assumptions with ranges, formulas by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

TASK = "task"
"""What the task is called where a file has its name."""


class Better(StrEnum):
    """Which way a criterion is better."""

    HIGHER = "higher"
    LOWER = "lower"


class Ground(StrEnum):
    """What something that is not a number rests on."""

    STATED = "stated"
    NAME = "assumed from its name"
    RATING = "assumed, as for ratings"
    NOTHING = "assumed"
    EQUAL = "equal, because none was stated"


@dataclass(frozen=True, kw_only=True)
class Given:
    """One number, as it is written, and where. ``quote`` holds it where a model found it in running text."""

    value: Decimal
    shown: str
    place: str
    quote: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are sealed between steps."""
        return {"value": str(self.value), "shown": self.shown, "place": self.place, "quote": self.quote}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The number that ``to_json`` wrote."""
        return cls(**{**value, "value": Decimal(value["value"])})


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One criterion. ``weight`` is None where others have one and it has none."""

    name: str
    better: Better
    better_ground: Ground
    weight: Given | None
    weight_ground: Ground

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are sealed between steps."""
        return {
            "name": self.name,
            "better": self.better.value,
            "better_ground": self.better_ground.value,
            "weight": self.weight and self.weight.to_json(),
            "weight_ground": self.weight_ground.value,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The criterion that ``to_json`` wrote."""
        told = {
            **value,
            "better": Better(value["better"]),
            "better_ground": Ground(value["better_ground"]),
            "weight": value["weight"] and Given.from_json(value["weight"]),
            "weight_ground": Ground(value["weight_ground"]),
        }
        return cls(**told)


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Options by criteria; a cell that holds no number is None."""

    options: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    cells: tuple[tuple[Given | None, ...], ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are sealed between steps."""
        return {
            "options": list(self.options),
            "criteria": [one.to_json() for one in self.criteria],
            "cells": [[cell and cell.to_json() for cell in row] for row in self.cells],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The decision that ``to_json`` wrote."""
        return cls(
            options=tuple(value["options"]),
            criteria=tuple(Criterion.from_json(one) for one in value["criteria"]),
            cells=tuple(tuple(cell and Given.from_json(cell) for cell in row) for row in value["cells"]),
        )


@dataclass(frozen=True, kw_only=True)
class Assumption:
    """One input of a scenario: a fixed number, or a range with or without a base value."""

    name: str
    low: Given
    base: Given | None
    high: Given

    @property
    def is_range(self) -> bool:
        """Whether it is not one fixed number."""
        return self.low.value != self.high.value

    @property
    def middle(self) -> Decimal:
        """The base value; where none is given, the middle of the range."""
        return self.base.value if self.base else (self.low.value + self.high.value) / 2

    @property
    def distribution(self) -> str:
        """How it is drawn in a simulation."""
        if not self.is_range:
            return "fixed"
        return "triangular" if self.base and self.low.value <= self.base.value <= self.high.value else "uniform"

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are sealed between steps."""
        return {
            "name": self.name,
            "low": self.low.to_json(),
            "base": self.base and self.base.to_json(),
            "high": self.high.to_json(),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The assumption that ``to_json`` wrote."""
        return cls(
            name=value["name"],
            low=Given.from_json(value["low"]),
            base=value["base"] and Given.from_json(value["base"]),
            high=Given.from_json(value["high"]),
        )


@dataclass(frozen=True, kw_only=True)
class Formula:
    """A result by name, and how it is computed."""

    name: str
    expression: str
    place: str

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are sealed between steps."""
        return {"name": self.name, "expression": self.expression, "place": self.place}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The formula that ``to_json`` wrote."""
        return cls(**value)


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """All that was given to compute with. ``missing`` says what was not, in words."""

    decision: Decision | None
    assumptions: tuple[Assumption, ...]
    formulas: tuple[Formula, ...]
    missing: tuple[str, ...]
    notes: tuple[str, ...] = ()
    """What was read in a way that a person should know of, in words."""
    unused: int = 0
    """How many numbers with names no formula computes with."""

    @property
    def has_scenario(self) -> bool:
        """Whether there is anything to compute a scenario from."""
        return bool(self.assumptions) and bool(self.formulas)

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are sealed between steps."""
        return {
            "decision": self.decision and self.decision.to_json(),
            "assumptions": [one.to_json() for one in self.assumptions],
            "formulas": [one.to_json() for one in self.formulas],
            "missing": list(self.missing),
            "notes": list(self.notes),
            "unused": self.unused,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The numbers that ``to_json`` wrote."""
        return cls(
            decision=value["decision"] and Decision.from_json(value["decision"]),
            assumptions=tuple(Assumption.from_json(one) for one in value["assumptions"]),
            formulas=tuple(Formula.from_json(one) for one in value["formulas"]),
            missing=tuple(value["missing"]),
            notes=tuple(value["notes"]),
            unused=value["unused"],
        )
