"""A finding as a reader gets it: what is wrong, where, how grave, how sure, and which rules say so."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from futurone_server.tools.analysers import Severity


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing at one place. ``quote`` is the line there, with secrets masked; ``also`` are lines of the same kind."""

    severity: Severity
    title: str
    detail: str
    path: str
    line: int
    quote: str
    matter: str
    rules: tuple[str, ...]
    confidence: float
    also: tuple[int, ...] = ()

    @property
    def location(self) -> str:
        """Path and line."""
        return f"{self.path}:{self.line}"

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are sealed between steps and delivered."""
        values = {**asdict(self), "rules": list(self.rules), "also": list(self.also)}
        return {**values, "severity": self.severity.word, "location": self.location}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The finding that ``to_json`` wrote."""
        kept = {name: value[name] for name in cls.__dataclass_fields__}
        lists = {"rules": tuple(value["rules"]), "also": tuple(value["also"])}
        return cls(**{**kept, **lists, "severity": Severity[str(value["severity"]).upper()]})


@dataclass(frozen=True, kw_only=True)
class Reviewed:
    """What became of one file: which families looked at it, or why none did."""

    path: str
    status: str
    language: str
    changed_lines: int
    families: tuple[str, ...]
    not_analysed: str

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are sealed between steps and delivered."""
        return {**asdict(self), "families": list(self.families)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """What ``to_json`` wrote."""
        return cls(**{**value, "families": tuple(value["families"])})
