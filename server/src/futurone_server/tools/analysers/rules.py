"""The rules of a review: what each finds, how grave that is, how often it is right, and what it needs to know."""

import tomllib
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from importlib import resources


class Severity(IntEnum):
    """How grave a finding is; more is graver."""

    INFO = 1
    WARNING = 2
    CRITICAL = 3

    @property
    def word(self) -> str:
        """As it goes over the wire."""
        return self.name.lower()


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule. ``scope``: ``line`` can be judged from a hunk, ``file`` needs the file, ``project`` the other files."""

    id: str
    tool: str
    severity: Severity
    precision: float
    scope: str
    matter: str
    title: str

    @property
    def name(self) -> str:
        """The rule with its tool, as reports name it."""
        return f"{self.tool}:{self.id}"


@dataclass(frozen=True, kw_only=True)
class RuleBook:
    """All rules by name (``tool:id``), with the version and the origin of their numbers."""

    version: int
    source: str
    rules: dict[str, Rule]

    def of(self, tool: str) -> list[Rule]:
        """The rules of one tool."""
        return [rule for rule in self.rules.values() if rule.tool == tool]


@cache
def rule_book() -> RuleBook:
    """The rules of this release."""
    data = tomllib.loads(resources.files(__package__).joinpath("rules.toml").read_text(encoding="utf-8"))
    version, source = data.pop("version"), data.pop("source")
    rules = {}
    for tool, told in data.items():
        for name, (severity, precision, scope, matter, title) in told.items():
            rule = Rule(
                id=name,
                tool=tool,
                severity=Severity[severity.upper()],
                precision=precision,
                scope=scope,
                matter=matter,
                title=title,
            )
            rules[rule.name] = rule
    return RuleBook(version=version, source=source, rules=rules)
