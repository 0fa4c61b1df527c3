"""Planted defects: small changes with one thing wrong, reviewed as a patch and as a patch beside its project."""

import difflib
import io
import tomllib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from futurone_server.pipelines.review.finding import Finding
from futurone_server.pipelines.review.merging import merge
from futurone_server.tools.analysers import FAMILIES, Analyser, Severity, rule_book
from futurone_server.tools.changes import Changes, Given, read_changes

DEFECTS = Path(__file__).with_name("defects.toml")


@dataclass(frozen=True, kw_only=True)
class Defect:
    """One change with one thing wrong."""

    name: str
    path: str
    before: str
    after: str
    at: str
    matters: tuple[str, ...]

    def patch(self) -> str:
        """The change as a unified diff."""
        old, new = (text.splitlines(keepends=True) for text in (self.before, self.after))
        source = f"a/{self.path}" if self.before else "/dev/null"
        return "".join(difflib.unified_diff(old, new, source, f"b/{self.path}"))


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a defect: found, and as how grave; with all else that was said of the change."""

    defect: Defect
    severity: Severity | None
    others: tuple[Finding, ...]

    @property
    def is_caught(self) -> bool:
        """Found at all."""
        return self.severity is not None


def defects(part: str) -> list[Defect]:
    """The defects of a part: ``dev`` or ``held``."""
    told = tomllib.loads(DEFECTS.read_text(encoding="utf-8"))[part]
    return [_defect(one) for one in told]


def _defect(one: dict[str, Any]) -> Defect:
    texts = {"before": one.get("before", ""), "after": one["after"]}
    return Defect(**{**one, **texts, "matters": tuple(one["matters"])})


def try_all(planted: Sequence[Defect], *, with_project: bool) -> list[Outcome]:
    """Have each reviewed: all changes at once, as one patch of many files, alone or beside the project it is for."""
    files = [Given(name="change.patch", data="".join(one.patch() for one in planted).encode())]
    if with_project:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for one in planted:
                if one.before:
                    archive.writestr(one.path, one.before)
        files.append(Given(name="project.zip", data=buffer.getvalue()))
    changes = read_changes(files)
    found = review(changes)
    return [_outcome(one, found, changes) for one in planted]


def review(changes: Changes) -> list[Finding]:
    """All that the analysers find in a change."""
    return merge(changes, [Analyser(family, changes).run() for family in FAMILIES], rule_book())


def _outcome(defect: Defect, found: Sequence[Finding], changes: Changes) -> Outcome:
    rows = next(file.rows for file in changes.files if file.path == defect.path)
    here = [one for one in found if one.path == defect.path]
    right = [one for one in here if one.matter in defect.matters and defect.at in rows[one.line - 1]]
    severity = max((one.severity for one in right), default=None)
    return Outcome(defect=defect, severity=severity, others=tuple(one for one in here if one not in right))
