"""What an analyser found, where, and what it did not look at."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from futurone_server.tools.analysers.rules import Rule, rule_book
from futurone_server.tools.changes import ChangedFile

_NAMED_MAX = 5
_REACH_LINES = 12
"""A finding on a statement of this many lines belongs to its changed lines; longer ones are not about one change."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """One thing that one tool found. ``rule`` is a name of the rule book."""

    rule: str
    path: str
    line: int
    detail: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """What ``to_json`` wrote."""
        return cls(**value)


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """What one family of analysers says: findings, the files it looked at, and what it did not do and why."""

    family: str
    found: tuple[Found, ...] = ()
    files: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "family": self.family,
            "found": [found.to_json() for found in self.found],
            "files": list(self.files),
            "missing": list(self.missing),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """What ``to_json`` wrote."""
        return cls(
            family=str(value["family"]),
            found=tuple(Found.from_json(found) for found in value["found"]),
            files=tuple(value["files"]),
            missing=tuple(value["missing"]),
        )


def placed(file: ChangedFile, rule_name: str, line: int, *, end: int | None = None, detail: str = "") -> Found | None:
    """A finding, if it is about a changed line of the file and can be judged from what is known of it; else None."""
    rule: Rule | None = rule_book().rules.get(rule_name)
    if rule is None or (rule.scope != "line" and not file.is_whole):
        return None
    at = _changed_line(file.lines, line, max(line, end or line))
    if at is None:
        return None
    return Found(rule=rule_name, path=file.path, line=at, detail=" ".join(detail.split())[:400])


def _changed_line(changed: frozenset[int], line: int, end: int) -> int | None:
    if line in changed:
        return line
    if end - line >= _REACH_LINES:
        return None
    return next((number for number in range(line, end + 1) if number in changed), None)


def analysed(files: Sequence[ChangedFile]) -> tuple[ChangedFile, ...]:
    """The files whose code the Python analysers can look at."""
    return tuple(file for file in files if file.is_python and file.code)


def only_hunks(files: Sequence[ChangedFile]) -> tuple[str, ...]:
    """What to say of files that a rule for whole files cannot look at: one sentence, which names the first few."""
    named = [file.path for file in files if not file.is_whole]
    more = f" and {len(named) - _NAMED_MAX} more" if len(named) > _NAMED_MAX else ""
    return (f"only hunks are known of {', '.join(named[:_NAMED_MAX])}{more}",) if named else ()
