"""Merging: what many tools found, as one list. One matter at one place is one finding, the gravest first."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from futurone_server.pipelines.review.finding import Finding
from futurone_server.tools.analysers import Analysis, Found, RuleBook, Severity, mask
from futurone_server.tools.changes import ChangedFile, Changes
from futurone_server.tools.changes.paths import is_test

FINDINGS_MAX = 400
_QUOTE_CHARS_MAX = 200
_AGREEMENT, _SURE_MAX = 0.05, 0.97
_HUNK_FACTOR = 0.95
_SECRET = "secret"  # noqa: S105 - the name of a matter
_IN_TESTS = {
    "secret", "assert", "temporary", "timing", "weak-random", "weak-hash", "swallowed", "bind", "timeout", "shell",
    "eval", "pickle", "naive-time", "resource-leak", "sql", "complexity",
}  # fmt: skip
"""Matters that tests do on purpose: there they are worth a remark and no more."""


def merge(changes: Changes, analyses: Sequence[Analysis], book: RuleBook) -> list[Finding]:
    """All findings, each once, the gravest first."""
    files = {file.path: file for file in changes.files}
    groups: dict[tuple[str, str, int], list[Found]] = defaultdict(list)
    for found in (found for analysis in analyses for found in analysis.found):
        groups[found.path, book.rules[found.rule].matter, found.line].append(found)
    secret_places = {(path, line) for path, matter, line in groups if matter == _SECRET}
    single = [
        _one(files[path], group, book, is_masked=(path, line) in secret_places)
        for (path, _, line), group in groups.items()
    ]
    return sorted(_together(single), key=lambda one: (-one.severity, -one.confidence, one.path, one.line))


def counts(findings: Iterable[Finding]) -> dict[str, int]:
    """How many there are of each severity."""
    told = {severity.word: 0 for severity in sorted(Severity, reverse=True)}
    for finding in findings:
        told[finding.severity.word] += 1
    return told


def _one(file: ChangedFile, group: Sequence[Found], book: RuleBook, *, is_masked: bool) -> Finding:
    rules = sorted({book.rules[found.rule] for found in group}, key=lambda rule: (-rule.severity, -rule.precision))
    first = rules[0]
    details = {found.rule: found.detail for found in group if found.detail}
    tools = len({rule.tool for rule in rules})
    severity, sure = first.severity, min(max(r.precision for r in rules) + _AGREEMENT * (tools - 1), _SURE_MAX)
    if first.matter in _IN_TESTS and is_test(file.path):
        severity = Severity.INFO
    return Finding(
        severity=severity,
        title=first.title,
        detail=details.get(first.name) or next(iter(details.values()), ""),
        path=file.path,
        line=group[0].line,
        quote=quoted(file.rows, group[0].line, is_masked=is_masked),
        matter=first.matter,
        rules=tuple(rule.name for rule in rules),
        confidence=round(sure if file.is_whole else sure * _HUNK_FACTOR, 3),
    )


def quoted(rows: Sequence[str], line: int, *, is_masked: bool) -> str:
    """A line as it is quoted: without its margin, bounded, and with what may be a secret masked."""
    row = rows[line - 1].strip() if line <= len(rows) else ""
    return (mask(row) if is_masked else row)[:_QUOTE_CHARS_MAX]


def _together(findings: Iterable[Finding]) -> list[Finding]:
    """Findings that say the same of several lines of a file, told once with all their lines."""
    groups: dict[tuple[str, ...], list[Finding]] = defaultdict(list)
    for finding in findings:
        told = finding.detail if "invalid-syntax" not in finding.rules[0] else ""
        groups[finding.path, finding.title, told, *finding.rules].append(finding)
    merged = []
    for group in groups.values():
        first, *rest = sorted(group, key=lambda one: one.line)
        merged.append(replace(first, also=tuple(one.line for one in rest)))
    return merged
