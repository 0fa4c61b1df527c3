"""The report of a review as Markdown in which nothing from outside means anything but itself."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from futurone_server.pipelines.deliverables.page import page
from futurone_server.pipelines.research.escaping import at_line_start, fenced, inline
from futurone_server.pipelines.review.finding import Finding, Reviewed
from futurone_server.pipelines.review.grouping import not_analysed
from futurone_server.pipelines.review.merging import counts

_SHOWN = {"critical": 200, "warning": 200, "info": 100}
_NAMES = {"critical": ("critical", "critical"), "warning": ("warning", "warnings"), "info": ("remark", "remarks")}
_LINES = ("line", "lines")
TITLE, WHOLE_TITLE = "Review of a change", "Review of the given files"


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report in both its forms."""

    markdown: str
    html: str


@dataclass(frozen=True, kw_only=True)
class Reviewing:
    """All that a report says. ``digests`` are name and SHA-256 of each file that was given."""

    basis: str
    findings: Sequence[Finding]
    files: Sequence[Reviewed]
    not_checked: Sequence[str]
    notes: Sequence[tuple[str, str]]
    digests: Sequence[tuple[str, str]]
    engine: str
    rules_version: int
    title: str = TITLE


def shown(findings: Sequence[Finding]) -> list[Finding]:
    """The findings that a report shows; what is beyond is counted."""
    kept: list[Finding] = []
    sizes = dict.fromkeys(_SHOWN, 0)
    for finding in findings:
        sizes[finding.severity.word] += 1
        if sizes[finding.severity.word] <= _SHOWN[finding.severity.word]:
            kept.append(finding)
    return kept


def compose(reviewing: Reviewing) -> Report:
    """The report."""
    markdown = "\n".join(_lines(reviewing)) + "\n"
    return Report(markdown=markdown, html=page(reviewing.title, markdown))


def told_counts(found: Mapping[str, int]) -> str:
    """Numbers of findings in words: ``1 critical, 2 warnings, 0 remarks``."""
    return ", ".join(f"{found[word]} {_NAMES[word][found[word] != 1]}" for word in _NAMES)


def _lines(reviewing: Reviewing) -> Iterator[str]:
    yield f"# {reviewing.title}"
    yield ""
    yield f"Findings: {told_counts(counts(reviewing.findings))}."
    yield ""
    yield f"Reviewed: {inline(reviewing.basis)}. {_made(reviewing)}"
    yield ""
    yield "## Findings"
    yield ""
    kept = shown(reviewing.findings)
    for finding in kept:
        yield from _finding(finding)
    if len(kept) < len(reviewing.findings):
        yield f"{len(reviewing.findings) - len(kept)} more findings are in the list of findings only."
        yield ""
    if not reviewing.findings:
        yield "The rules that were applied found nothing. That is not a proof that nothing is wrong."
        yield ""
    yield from _looked_at(reviewing)
    yield "## Given"
    yield ""
    for name, sha256 in reviewing.digests:
        yield f"- {inline(name)}, SHA-256 {sha256}"


def _made(reviewing: Reviewing) -> str:
    if reviewing.engine == "deterministic":
        return f"Made without a language model, by analysers and rules (version {reviewing.rules_version})."
    return f"Made by analysers and rules (version {reviewing.rules_version}) and read by a language model."


def _finding(finding: Finding) -> Iterator[str]:
    sure = f"{round(finding.confidence * 100)} %"
    yield f"**{finding.severity.word}** · {inline(finding.path)}:{finding.line} · {inline(finding.title)} ({sure})"
    yield ""
    if finding.quote:
        yield from fenced(finding.quote)
        yield ""
    told = [at_line_start(finding.detail)] if finding.detail else []
    if finding.also:
        more = ", ".join(map(str, finding.also[:20]))
        told.append(f"Also on line {more}{' and more' if len(finding.also) > 20 else ''}.")
    told.append(f"Rules: {', '.join(inline(rule) for rule in finding.rules)}.")
    yield " ".join(told)
    yield ""


def _ran_over(files: Sequence[Reviewed]) -> str:
    """Which families looked at how many files, where none was looked at fully."""
    ran = Counter(family.replace("_", " ") for file in files for family in file.families)
    told = ", ".join(f"{family}: {size} of {len(files)}" for family, size in ran.items())
    return f"No file was looked at fully. Files by analysis: {told or 'none'}. What was left out of each stands below."


def _looked_at(reviewing: Reviewing) -> Iterator[str]:
    yield "## Looked at"
    yield ""
    done = [file for file in reviewing.files if not file.not_analysed]
    for file in done:
        families = ", ".join(family.replace("_", " ") for family in file.families)
        yield f"- {inline(file.path)}: {file.changed_lines} {_LINES[file.changed_lines != 1]}; {families}"
    if not done:
        yield _ran_over(reviewing.files)
    yield ""
    yield "## Not looked at, or not fully"
    yield ""
    for name, reason in not_analysed(reviewing.files):
        yield f"- {inline(name)}: {inline(reason)}"
    for told in reviewing.not_checked:
        yield f"- {at_line_start(told)}"
    for name, text in reviewing.notes:
        yield f"- {inline(name)}: {inline(text)}"
    yield ""
