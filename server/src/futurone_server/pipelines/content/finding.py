"""What is found in a draft: where, what stands there, what is wrong with it, and what could stand there instead."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from futurone_server.pipelines.content.manuscript import Manuscript

EXCERPT_CHARS_MAX = 80


class Severity(StrEnum):
    """How sure it is that a finding has to be mended: wrong, doubtful, or a matter of the author's taste."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"


class Rule(StrEnum):
    """Every rule a draft is looked through with."""

    SPELLING = "spelling"
    REPEATED_WORD = "repeated word"
    PLACEHOLDER = "placeholder"
    SPACING = "missing space"
    EMPTY_LINK = "empty link"
    DEAD_ANCHOR = "dead anchor"
    DEAD_LINK = "dead link"
    HEADING_EMPTY = "empty heading"
    HEADING_LEVEL = "heading level"
    HEADING_TWICE = "heading twice"
    TERM = "term consistency"
    NUMBER_UNSOURCED = "number without source"
    CLAIM_UNCITED = "claim without citation"
    LINK_UNCHECKED = "link not checked"
    SENTENCE_LONG = "long sentence"
    PASSIVE = "passive"
    HEDGE = "hedging"
    FILLER = "filler"


SEVERITIES: Mapping[Rule, Severity] = {
    **dict.fromkeys(
        (
            Rule.SPELLING,
            Rule.REPEATED_WORD,
            Rule.SPACING,
            Rule.EMPTY_LINK,
            Rule.DEAD_ANCHOR,
            Rule.HEADING_EMPTY,
        ),
        Severity.ERROR,
    ),
    **dict.fromkeys(
        (
            Rule.PLACEHOLDER,
            Rule.DEAD_LINK,
            Rule.HEADING_LEVEL,
            Rule.HEADING_TWICE,
            Rule.TERM,
            Rule.NUMBER_UNSOURCED,
            Rule.CLAIM_UNCITED,
        ),
        Severity.WARNING,
    ),
    **dict.fromkeys((Rule.LINK_UNCHECKED, Rule.SENTENCE_LONG, Rule.PASSIVE, Rule.HEDGE, Rule.FILLER), Severity.ADVICE),
}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One finding. ``excerpt`` stands in the draft at ``line``, shortened with an ellipsis where it is long."""

    rule: Rule
    line: int
    start: int
    excerpt: str
    message: str
    suggestion: str = ""

    @property
    def severity(self) -> Severity:
        """How sure it is that it has to be mended."""
        return SEVERITIES[self.rule]

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are sealed between steps."""
        return {**asdict(self), "rule": self.rule.value}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The finding that ``to_json`` wrote."""
        return cls(**{**value, "rule": Rule(value["rule"])})


def found_at(
    manuscript: Manuscript, rule: Rule, start: int, excerpt: str, *, message: str, suggestion: str = ""
) -> Finding:
    """A finding at a character of a draft."""
    flat = " ".join(excerpt.split())
    shown = flat if len(flat) <= EXCERPT_CHARS_MAX else f"{flat[: EXCERPT_CHARS_MAX - 1].rstrip()}…"
    return Finding(
        rule=rule,
        line=manuscript.line(start),
        start=start,
        excerpt=shown,
        message=message,
        suggestion=suggestion,
    )
