"""Whether a text keeps what its task says about it, as far as counting and looking can tell."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from futurone_server.pipelines.content.assignment import Constraint, ConstraintKind
from futurone_server.pipelines.content.manuscript import Manuscript
from futurone_server.pipelines.content.readability import Measures
from futurone_server.pipelines.content.style import passives

_TELLING = {
    "English": "the of and to in is that it for was with as on are this by be not have you",
    "German": "der die und das ist nicht mit ein eine den zu von sich auch für auf dem im wird sie",
    "French": "le la les des est une et dans que pour pas qui sur avec plus ce au du il sont",
    "Spanish": "el la los las de que y en un una es por con para del se no su al como",
    "Italian": "il di che la e un una per non sono con del della gli le nel alla anche come più",
    "Dutch": "de het een en van is dat niet met voor op zijn aan ook bij uit wordt door naar als",
    "Portuguese": "o a os as de que e em um uma para com não por do da no na se mais",
}
"""The commonest words of each language: enough of them tell which one a text is in."""

_LANGUAGE_SHARE_MIN = 0.12


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


def language_of(text: str) -> str:
    """The language whose commonest words fill most of a text; empty where none does."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    if not words:
        return ""
    shares = {
        name: sum(word in telling for word in words) / len(words)
        for name, telling in ((name, frozenset(told.split())) for name, told in _TELLING.items())
    }
    best = max(shares, key=lambda name: shares[name])
    return best if shares[best] >= _LANGUAGE_SHARE_MIN else ""


def _check(constraint: Constraint, manuscript: Manuscript, measures: Measures) -> Kept:
    is_kept, measured = _measured(constraint, manuscript, measures)
    return Kept(told=constraint.told, is_kept=is_kept, measured=measured)


def _measured(constraint: Constraint, manuscript: Manuscript, measures: Measures) -> tuple[bool | None, str]:
    kind, value = constraint.kind, constraint.value
    if kind in (ConstraintKind.AVOID, ConstraintKind.MENTION):
        times = len(re.findall(rf"(?<!\w){re.escape(value)}(?!\w)", manuscript.text, re.IGNORECASE))
        return (times == 0) == (kind is ConstraintKind.AVOID), f"found {times} times" if times != 1 else "found once"
    if kind is ConstraintKind.LANGUAGE:
        found = language_of(" ".join(sentence.masked for sentence in manuscript.sentences))
        return (found == value if found else None), found or "cannot be told"
    if kind is ConstraintKind.NO_PASSIVE:
        count = sum(1 for sentence in manuscript.sentences for _ in passives(sentence.masked))
        return count == 0, f"passives: {count}"
    if kind is ConstraintKind.EASE_MIN:
        ease = measures.ease
        return (None, "no words") if ease is None else (ease >= int(value), f"{ease:.1f}")
    if kind is ConstraintKind.OTHER:
        return None, "nothing to count"
    counted = measures.longest if kind is ConstraintKind.SENTENCE_WORDS_MAX else measures.words
    is_kept = counted >= int(value) if kind is ConstraintKind.WORDS_MIN else counted <= int(value)
    return is_kept, f"{counted} words"
