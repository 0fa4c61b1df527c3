"""Whether a text keeps what its task says about it, as far as counting and looking can tell."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from futurone_server.pipelines.content.constraints import Constraint, ConstraintKind
from futurone_server.pipelines.content.counting import counted
from futurone_server.pipelines.content.manuscript import Manuscript
from futurone_server.pipelines.content.readability import Measures
from futurone_server.pipelines.content.style import passives

ENGLISH_ONLY = "not checked: English only"
"""What is said in place of a measure that has a meaning in English alone."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One constraint and whether it is kept; None where nothing can be counted or looked for."""

    told: str
    is_kept: bool | None
    measured: str

    @property
    def word(self) -> str:
        """The result in words."""
        return "not checked" if self.is_kept is None else "kept" if self.is_kept else "not kept"

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are sealed between steps."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The result that ``to_json`` wrote."""
        return cls(**value)


def check_constraints(
    constraints: Sequence[Constraint], manuscript: Manuscript, measures: Measures
) -> tuple[Kept, ...]:
    """Each constraint in its order."""
    return tuple(_check(constraint, manuscript, measures) for constraint in constraints)


def _check(constraint: Constraint, manuscript: Manuscript, measures: Measures) -> Kept:
    is_kept, measured = _measured(constraint, manuscript, measures)
    return Kept(told=constraint.told, is_kept=is_kept, measured=measured)


def _measured(constraint: Constraint, manuscript: Manuscript, measures: Measures) -> tuple[bool | None, str]:
    kind, value = constraint.kind, constraint.value
    if kind in (ConstraintKind.AVOID, ConstraintKind.MENTION):
        times = len(re.findall(rf"(?<!\w){re.escape(value)}(?!\w)", manuscript.text, re.IGNORECASE))
        return (times == 0) == (kind is ConstraintKind.AVOID), f"found {times} times" if times != 1 else "found once"
    if kind is ConstraintKind.LANGUAGE:
        found = manuscript.language
        return (found == value if found else None), found or "cannot be told"
    if kind in (ConstraintKind.NO_PASSIVE, ConstraintKind.EASE_MIN) and not manuscript.is_english:
        return None, ENGLISH_ONLY
    if kind is ConstraintKind.NO_PASSIVE:
        count = sum(1 for sentence in manuscript.sentences for _ in passives(sentence.masked))
        return count == 0, f"passives: {count}"
    if kind is ConstraintKind.EASE_MIN:
        ease = measures.ease
        return (None, "no words") if ease is None else (ease >= int(value), f"{ease:.1f}")
    if kind is ConstraintKind.OTHER:
        return None, "nothing to count"
    if kind in (ConstraintKind.SENTENCES_MAX, ConstraintKind.SENTENCES_MIN):
        is_kept = (
            (measures.sentences <= int(value))
            if kind is ConstraintKind.SENTENCES_MAX
            else (measures.sentences >= int(value))
        )
        return is_kept, counted(measures.sentences, "sentence")
    words = measures.longest if kind is ConstraintKind.SENTENCE_WORDS_MAX else measures.words
    is_kept = words >= int(value) if kind is ConstraintKind.WORDS_MIN else words <= int(value)
    return is_kept, counted(words, "word")
