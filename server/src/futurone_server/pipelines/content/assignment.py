"""What a content task asks for: to look a draft through, to gather material, or to write; and what binds the text."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from futurone_server.pipelines.research.clauses import ClauseKind, clauses


class Aim(StrEnum):
    """What is to come out of a content task."""

    LINT = "lint"
    BRIEF = "brief"
    WRITE = "write"


class ConstraintKind(StrEnum):
    """What can be held against a text by counting and looking."""

    WORDS_MAX = "words_max"
    WORDS_MIN = "words_min"
    SENTENCE_WORDS_MAX = "sentence_words_max"
    EASE_MIN = "ease_min"
    AVOID = "avoid"
    MENTION = "mention"
    LANGUAGE = "language"
    NO_PASSIVE = "no_passive"
    OTHER = "other"


_TOLD = {
    ConstraintKind.WORDS_MAX: "at most {} words",
    ConstraintKind.WORDS_MIN: "at least {} words",
    ConstraintKind.SENTENCE_WORDS_MAX: "sentences of at most {} words",
    ConstraintKind.EASE_MIN: "reading ease of at least {}",
    ConstraintKind.AVOID: "avoid “{}”",
    ConstraintKind.MENTION: "mention “{}”",
    ConstraintKind.LANGUAGE: "in {}",
    ConstraintKind.NO_PASSIVE: "no passive",
    ConstraintKind.OTHER: "{}",
}


@dataclass(frozen=True, kw_only=True)
class Constraint:
    """One thing the task says about the text: ``value`` is the number, term or language; for OTHER its words."""

    kind: ConstraintKind
    value: str

    @property
    def told(self) -> str:
        """The constraint in words."""
        return _TOLD[self.kind].format(self.value)


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


_LANGUAGES = "english german french spanish italian dutch portuguese"
_TERM = r"(?:[“\"'‘`][^”\"'’`\n]{1,80}[”\"'’`])"
_TERMS = rf"{_TERM}(?:\s*(?:,|;|and|or|nor|,\s*and|,\s*or)\s*{_TERM})*"
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
    r"what (?:do you|would you) (?:think|change))\b",
    re.IGNORECASE,
)
_WRITE = re.compile(
    r"\b(?:re-?write|write|compose|translate|summari[sz]e|paraphrase|shorten|expand|author|ghost-?write)\b"
    r"|(?:\A|[.!?]\s+|please\s+|\bto\s+|\band\s+)(?:draft|create|produce|prepare|make|turn|develop|need)\b",
    re.IGNORECASE,
)
_MIN = re.compile(r"\b(?:at least|no fewer than|minimum(?: of)?|more than)\s+([\d,]{1,7})\s+words\b", re.I)
_MAX = re.compile(
    r"\b(?:at most|no more than|not more than|up to|under|below|fewer than|less than|maximum(?: of)?|within|in|max\.?)"
    r"\s+([\d,]{1,7})\s+words\b|\b([\d,]{1,7})\s+words\s+(?:at most|max(?:imum)?|or (?:less|fewer))\b",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\b([\d,]{1,7})\s*(?:-|–|to)\s*([\d,]{1,7})\s+words\b", re.I)
_ABOUT = re.compile(r"\b(?:about|around|roughly|approximately|some|a|an)\s+([\d,]{2,7})[\s-]words?\b", re.I)
_SENTENCE = re.compile(
    r"\b(?:no sentences? (?:longer|of more) than|sentences? (?:of )?(?:at most|up to|under|no longer than))\s+(\d{1,3})"
    r"(?:\s+words)?",
    re.IGNORECASE,
)
_EASE = re.compile(
    r"\b(?:flesch|reading ease)\b[^.\n\d]{0,40}?(?:above|over|at least|of at least|>=?)\s*(\d{1,3})", re.I
)
_AVOID = re.compile(
    r"\b(?:avoid(?:ing)?|(?:do not|don['’]t|never) (?:use|say|mention|write)|"
    r"without(?: using)?)\s+(?:the\s+)?(?:words?|terms?|phrases?)?\s*:?\s*"
    rf"({_TERMS})",
    re.IGNORECASE,
)
_MENTION = re.compile(
    r"(?<!not )(?<!n['’]t )(?<!never )\b(?:must (?:mention|include|name|contain)|mention(?:ing)?|"
    r"has to (?:mention|include|name)|"
    r"include(?: the (?:words?|terms?|phrases?))?|be sure to (?:mention|include)|contain)\s+"
    rf"(?:the\s+)?(?:words?|terms?|phrases?)?\s*:?\s*({_TERMS})",
    re.IGNORECASE,
)
_LANGUAGE = re.compile(
    rf"\b(?:in|into|language:?)\s+(?:plain |simple |formal |british |american )?({_LANGUAGES.replace(' ', '|')})\b",
    re.IGNORECASE,
)
_NO_PASSIVE = re.compile(r"\b(?:no|without|avoid(?: the)?) passive(?: voice)?\b|\bactive voice\b", re.I)
_AUDIENCE = re.compile(
    r"\b(?:audience(?: is| are|:)\s*|aimed at\s+|intended for\s+|readers are\s+|written for\s+)([^.;\n]{2,80})"
    r"|\bfor\s+((?:our\s+|new\s+|the\s+|busy\s+|non-\w+\s+)?(?:\w+\s)?(?:customers|beginners|developers|engineers|"
    r"managers|executives|children|students|patients|readers|users|employees|investors|journalists|experts|"
    r"newcomers|operators|administrators|buyers|parents|teachers))\b",
    re.IGNORECASE,
)
_TONE = re.compile(r"\btone(?: is|:)\s*([^.;\n]{2,60})|\bin an? ([\w\s,-]{3,40}?) (?:tone|voice|style)\b", re.I)
_POINTS = re.compile(
    r"\b(?:cover(?:s|ing)?|sections? (?:on|about|for)|points?|topics?)(?: the following)?(?: points| topics| sections)?"
    r"\s*:\s*([^.\n]{3,600})",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^\s{0,6}(?:[-*•+]|\d{1,2}[.)])\s+(\S[^\n]{1,200})$", re.MULTILINE)
_ENDS = r"(?!\d)(.{3,160}?)(?=[.;:\n?]|,\s+(?:for|in|with|aimed|at)\b|\s+(?:for|in|of)\s+(?:at most |about )?\d|\Z)"
_SUBJECTS = (
    re.compile(rf"\b(?:about|on|regarding|introducing|announcing)\s+{_ENDS}", re.IGNORECASE),
    re.compile(rf"\b(?:for|of)\s+{_ENDS}", re.IGNORECASE),
)


def read_assignment(task: str, *, has_files: bool) -> Assignment:
    """What a task asks for. Deterministic; what is not said stays empty."""
    points = tuple(_points(task))
    told = next(filter(None, (pattern.search(task) for pattern in _SUBJECTS)), None)
    return Assignment(
        aim=_aim(task, has_files=has_files),
        task=task,
        goal=_short(task),
        subject=" ".join((*((told.group(1),) if told else ()), *points)) or _short(task),
        points=points,
        audience=_first(_AUDIENCE, task),
        tone=_first(_TONE, task),
        constraints=tuple(dict.fromkeys(_constraints(task))),
    )


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


def _constraints(task: str) -> Iterator[Constraint]:
    yield from _lengths(task)
    for pattern, kind in ((_SENTENCE, ConstraintKind.SENTENCE_WORDS_MAX), (_EASE, ConstraintKind.EASE_MIN)):
        for found in pattern.finditer(task):
            yield Constraint(kind=kind, value=found.group(1))
    for pattern, kind in ((_AVOID, ConstraintKind.AVOID), (_MENTION, ConstraintKind.MENTION)):
        for found in pattern.finditer(task):
            for term in re.findall(_TERM, found.group(1)):
                yield Constraint(kind=kind, value=term[1:-1].strip())
    for found in _LANGUAGE.finditer(task):
        yield Constraint(kind=ConstraintKind.LANGUAGE, value=found.group(1).capitalize())
    if _NO_PASSIVE.search(task):
        yield Constraint(kind=ConstraintKind.NO_PASSIVE, value="")
    yield from _others(task)


def _lengths(task: str) -> Iterator[Constraint]:
    rest = _SENTENCE.sub(" ", task)
    for found in _RANGE.finditer(rest):
        yield Constraint(kind=ConstraintKind.WORDS_MIN, value=_whole(found.group(1)))
        yield Constraint(kind=ConstraintKind.WORDS_MAX, value=_whole(found.group(2)))
    rest = _RANGE.sub(" ", rest)
    for found in _MAX.finditer(rest):
        yield Constraint(kind=ConstraintKind.WORDS_MAX, value=_whole(found.group(1) or found.group(2)))
    for found in _MIN.finditer(rest):
        yield Constraint(kind=ConstraintKind.WORDS_MIN, value=_whole(found.group(1)))
    for found in _ABOUT.finditer(_MIN.sub(" ", _MAX.sub(" ", rest))):
        about = int(_whole(found.group(1)))
        yield Constraint(kind=ConstraintKind.WORDS_MIN, value=str(about - about // 10))
        yield Constraint(kind=ConstraintKind.WORDS_MAX, value=str(about + about // 10))


def _others(task: str) -> Iterator[Constraint]:
    """What restrains the text and cannot be held against it by counting."""
    known = (_MIN, _MAX, _RANGE, _ABOUT, _SENTENCE, _EASE, _AVOID, _MENTION, _LANGUAGE, _NO_PASSIVE, _TONE)
    for clause in clauses(task):
        if clause.kind is ClauseKind.CONSTRAINT and not any(pattern.search(clause.text) for pattern in known):
            yield Constraint(kind=ConstraintKind.OTHER, value=_short(clause.text))
    tone = _first(_TONE, task)
    if tone:
        yield Constraint(kind=ConstraintKind.OTHER, value=f"tone: {tone}")


def _points(task: str) -> Iterator[str]:
    """The points that the text is to cover, where the task lists them."""
    listed = [found.group(1).strip() for found in _BULLET.finditer(task)]
    named = _POINTS.search(task)
    if named:
        listed = [*listed, *re.split(r",\s*(?:and\s+)?|;\s*|\s+and\s+", named.group(1))]
    kept = (one.strip(" .;") for one in listed)
    yield from list(dict.fromkeys(one for one in kept if one and not any(_constraints_of(one))))[:_POINTS_MAX]


def _constraints_of(item: str) -> Iterator[bool]:
    patterns = (_MIN, _MAX, _RANGE, _ABOUT, _SENTENCE, _EASE, _AVOID, _MENTION, _LANGUAGE, _NO_PASSIVE, _TONE)
    yield from (pattern.search(item) is not None for pattern in patterns)


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return " ".join(next(filter(None, found.groups()), "").split()) if found else ""


def _whole(number: str) -> str:
    return number.replace(",", "") or "0"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _GOAL_CHARS_MAX else flat[: _GOAL_CHARS_MAX - 1].rsplit(" ", 1)[0] + "…"
