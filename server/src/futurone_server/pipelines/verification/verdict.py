"""The verdict on a deliverable: each check, a confidence for each section and for the whole."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self


class CheckKind(StrEnum):
    """A gate must hold; a dimension is graded."""

    GATE = "gate"
    DIMENSION = "dimension"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that was checked. ``score`` is from 0 to 1; a dimension also has its ``grade`` from 0 to 4."""

    name: str
    kind: CheckKind
    passed: bool
    score: float
    reason: str
    grade: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are sealed between steps."""
        return {**asdict(self), "kind": self.kind.value}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The check that ``to_json`` wrote."""
        return cls(**{**value, "kind": CheckKind(value["kind"])})


@dataclass(frozen=True, kw_only=True)
class SectionConfidence:
    """How likely one section answers its question, and each of its claims alone."""

    number: int
    question: str
    is_answered: bool
    confidence: float
    claims: tuple[float, ...]
    reason: str

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are sealed between steps."""
        return {**asdict(self), "claims": list(self.claims)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The section confidence that ``to_json`` wrote."""
        return cls(**{**value, "claims": tuple(value["claims"])})


@dataclass(frozen=True, kw_only=True)
class Verification:
    """The whole verdict. ``passed`` means: every gate holds and the confidence reaches the threshold."""

    rubric_id: str
    rubric_version: int
    checks: tuple[Check, ...]
    sections: tuple[SectionConfidence, ...]
    confidence: float
    threshold: float
    passed: bool
    calibrated: bool = False

    @property
    def failed_gates(self) -> tuple[Check, ...]:
        """The gates that do not hold."""
        return tuple(check for check in self.checks if check.kind is CheckKind.GATE and not check.passed)

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are sealed between steps."""
        return {
            "rubric_id": self.rubric_id,
            "rubric_version": self.rubric_version,
            "checks": [check.to_json() for check in self.checks],
            "sections": [section.to_json() for section in self.sections],
            "confidence": self.confidence,
            "threshold": self.threshold,
            "passed": self.passed,
            "calibrated": self.calibrated,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The verdict that ``to_json`` wrote."""
        checks = tuple(Check.from_json(check) for check in value["checks"])
        sections = tuple(SectionConfidence.from_json(section) for section in value["sections"])
        return cls(**{**value, "checks": checks, "sections": sections})
