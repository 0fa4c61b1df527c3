"""What a second look at one deliverable comes to: what is wrong by gate, a score by dimension, its sections."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class JudgedSection:
    """How likely one part is right, with each of its claims alone."""

    title: str
    is_answered: bool
    confidence: float
    claims: tuple[float, ...]
    reason: str


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One deliverable judged. A gate that is not named does not apply to this kind of deliverable."""

    wrongs: Mapping[str, tuple[str, ...]]
    scores: Mapping[str, tuple[float, str]]
    sections: tuple[JudgedSection, ...]
    summary: str
    """What was made, in numbers; no word of a task or a source."""


def share(part: int, whole: int) -> float:
    """A share; of nothing, all."""
    return part / whole if whole else 1.0
