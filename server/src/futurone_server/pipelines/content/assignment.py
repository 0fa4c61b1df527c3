"""What a content task asks for: to look a draft through, to gather material, or to write; and what binds the text."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from futurone_server.pipelines.content.constraints import (
    Constraint,
    ConstraintKind,
    constraints_in,
    is_constraint,
    short,
)
from futurone_server.pipelines.content.tone import tone_of
from futurone_server.pipelines.content.tongues import LOOK, WRITING
from futurone_server.pipelines.languages import ENGLISH, NAMES, language_of


class Aim(StrEnum):
    """What is to come out of a content task."""

    LINT = "lint"
    BRIEF = "brief"
    WRITE = "write"


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """A content task as it was understood."""

    aim: Aim
    task: str
    goal: str
    subject: str
    points: tuple[str, ...]
    audience: str
    tone: str
    constraints: tuple[Constraint, ...]
    foreign: str = ""
    """The language of a task in which nothing was understood; empty where something was."""

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are sealed between steps."""
        return {
            **asdict(self),
            "aim": self.aim.value,
            "points": list(self.points),
            "constraints": [[one.kind.value, one.value] for one in self.constraints],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The assignment that ``to_json`` wrote."""
        constraints = tuple(Constraint(kind=ConstraintKind(kind), value=told) for kind, told in value["constraints"])
        return cls(**{**value, "aim": Aim(value["aim"]), "points": tuple(value["points"]), "constraints": constraints})


_GOAL_CHARS_MAX = 300
_POINTS_MAX = 12

_BRIEF = re.compile(
    r"\b(?:source brief|quote bank|outline|(?:gather|collect)(?: the)? (?:material|quotes|quotations))\b", re.IGNORECASE
)
_MAKES_BRIEF = re.compile(
    r"\b(?:write|draft|create|produce|prepare|make|build|need|give|compile|put together)\b"
    r"(?:(?!\b(?:from|after|with|by|based)\b)[^.,;\n]){0,24}"
    r"\b(?:source brief|quote bank|outline)\b",
    re.IGNORECASE,
)
_LINT = re.compile(
    r"\b(?:lint|proof-?read|copy-?edit|spell-?check|review|check|edit|improve|polish|correct|critique|"
    r"feedback|comment on|look (?:through|over)|(?:look|go|read)\b[^.,;\n]{1,40}\b(?:through|over)|"
    r"what (?:do you|would you) (?:think|change)|"
    rf"{LOOK})\b",
    re.IGNORECASE,
)
_WRITE = re.compile(
    rf"\b(?:re-?write|write|compose|translate|summari[sz]e|paraphrase|shorten|expand|author|ghost-?write|{WRITING})\b"
    r"|(?:\A|[.!?]\s+|please\s+|\bto\s+|\band\s+)(?:draft|create|produce|prepare|make|turn|develop|need)\b",
    re.IGNORECASE,
)
_AUDIENCE = re.compile(
    r"\b(?:audience(?: is| are|:)\s*|aimed at\s+|intended for\s+|readers are\s+|written for\s+)([^.;\n]{2,80})"
    r"|\bfor\s+((?:our\s+|new\s+|the\s+|busy\s+|non-\w+\s+)?(?:\w+\s)?(?:customers|beginners|developers|engineers|"
    r"managers|executives|children|students|patients|readers|users|employees|investors|journalists|experts|"
    r"newcomers|operators|administrators|buyers|parents|teachers|families|teenagers|adults|seniors|pupils|"
    r"professionals|colleagues|members|visitors|tourists|travell?ers|citizens|residents|neighbou?rs|clients|donors|"
    r"volunteers|owners|designers|writers|researchers|scientists|doctors|nurses|lawyers|farmers|drivers|"
    r"people|everyone|lay(?:people|men)|non-experts|women|men|girls|boys|kids))\b",
    re.IGNORECASE,
)
_FOR_WHOM = re.compile(
    r"\b(?:text|post|article|brief|guide|note|page|newsletter|leaflet|flyer|brochure|announcement|essay|story|speech|talk|"
    r"e-?mail|letter|copy|summary|draft|introduction|explanation|tutorial|handbook|outline)\b(?:\s+(?:about|on)\s+[^.;\n]{2,80}?)?"
    r"\s+for\s+((?:(?:our|new|the|busy|young|older)\s+)?(?!(?:errors|mistakes|typos|issues|problems|faults)\b)"
    r"[^\W\d][\w-]*(?:\s[\w-]+)?s)(?=[.,;:\n?!]|\s+(?:about|on|with|who|in|covering|of at)\b|\Z)",
    re.IGNORECASE,
)
"""Whom a text is for, where it is said right behind what is to be written."""

_POINTS = re.compile(
    r"\b(?:cover(?:s|ing)?|sections? (?:on|about|for)|points?|topics?)(?: the following)?(?: points| topics| sections)?"
    r"\s*:\s*([^.\n]{3,600})",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^\s{0,6}(?:[-*•+]|\d{1,2}[.)])\s+(\S[^\n]{1,200})$", re.MULTILINE)
_ENDS = r"(?!\d)(.{3,160}?)(?=[.;:\n?]|,\s+(?:for|in|with|aimed|at)\b|\s+(?:for|in|of)\s+(?:at most |about )?\d|\Z)"
_ABOUT_POINTS = re.compile(rf"\b(?:about|covering)\s+{_ENDS}", re.IGNORECASE)
_SUBJECTS = (
    re.compile(rf"\b(?:about|on|regarding|introducing|announcing)\s+{_ENDS}", re.IGNORECASE),
    re.compile(rf"\b(?:for|of)\s+{_ENDS}", re.IGNORECASE),
)


def read_assignment(task: str, *, has_files: bool) -> Assignment:
    """What a task asks for. Deterministic; what is not said stays empty."""
    audience = _first(_AUDIENCE, task) or _first(_FOR_WHOM, task)
    points = tuple(_points(task.replace(f" for {audience}", "") if audience else task))
    told = next(filter(None, (pattern.search(task) for pattern in _SUBJECTS)), None)
    return Assignment(
        aim=_aim(task, has_files=has_files),
        task=task,
        goal=short(task),
        subject=" ".join((*((told.group(1),) if told else ()), *points)) or short(task),
        points=points,
        audience=audience,
        tone=tone_of(task),
        constraints=constraints_in(task),
        foreign=_foreign(task),
    )


def _foreign(task: str) -> str:
    """The language of a task that asks for nothing in any word that is known here; empty if it does, or is English."""
    language = language_of(task)
    is_known = any(pattern.search(task) for pattern in (_BRIEF, _LINT, _WRITE)) or is_constraint(task)
    return "" if is_known or language == ENGLISH else NAMES.get(language, "")


def _aim(task: str, *, has_files: bool) -> Aim:
    wants_text = _WRITE.search(task)
    wants_look = _LINT.search(task) if has_files else None
    if _MAKES_BRIEF.search(task) or (_BRIEF.search(task) and not wants_text):
        return Aim.BRIEF
    if wants_text and (wants_look is None or wants_text.start() < wants_look.start()):
        return Aim.WRITE
    # Wanting both, "check this and rewrite it", needs someone who writes.
    if wants_look and not (wants_text and re.search(r"\bre-?write|translate\b", task, re.IGNORECASE)):
        return Aim.LINT
    return Aim.WRITE


def _points(task: str) -> Iterator[str]:
    """The points that the text is to cover, where the task lists them."""
    listed = [found.group(1).strip() for found in _BULLET.finditer(task)]
    named = _POINTS.search(task)
    if named:
        listed = [*listed, *re.split(r",\s*(?:and\s+)?|;\s*|\s+and\s+", named.group(1))]
    about = None if listed else _ABOUT_POINTS.search(task)
    if about:
        listed = re.split(r",\s*(?:and\s+)?|\s+and\s+", about.group(1))
        listed = listed if len(listed) > 1 else []
    kept = (one.strip(" .;") for one in listed)
    yield from list(dict.fromkeys(one for one in kept if one and not is_constraint(one)))[:_POINTS_MAX]


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return " ".join(next(filter(None, found.groups()), "").split()) if found else ""
