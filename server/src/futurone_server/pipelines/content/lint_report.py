"""The lint report: what was found in the drafts, with its place and what could stand there, in Markdown and HTML."""

from collections.abc import Iterator, Sequence

from futurone_server.features.runs import Escalation
from futurone_server.pipelines.content.counting import counted
from futurone_server.pipelines.content.finding import Finding, Severity
from futurone_server.pipelines.content.foreign import foreign
from futurone_server.pipelines.content.keeping import ENGLISH_ONLY
from futurone_server.pipelines.content.kinds import called, has_own_lines
from futurone_server.pipelines.content.lint import Lint
from futurone_server.pipelines.content.readability import band
from futurone_server.pipelines.outcomes import EscalatedError
from futurone_server.pipelines.research.escaping import shortened

MADE = (
    "Made without a language model (engine: deterministic). Nothing in the drafts was changed; every line below is a "
    "place to look at, with what stands there and what could."
)
_NAME_CHARS_MAX = 60
NO_FINDINGS = "Nothing was found."
HEADINGS = {
    Severity.ERROR: "Errors",
    Severity.WARNING: "Warnings",
    Severity.ADVICE: "Advice",
}
_NO_TEXT = Escalation(
    reason="NO_SOURCES",
    message="There is no text to look through: the drafts are empty, or hold no sentences.",
    needs=("Give a draft with text in it, and run the task again.",),
)
FINDING_COLUMNS = ("Where", "Rule", "Found", "Problem", "Suggestion")
CONSTRAINT_COLUMNS = ("Constraint", "Result", "Measured")
MEASURE_COLUMNS = ("Measure", "Value")


def compose(lints: Sequence[Lint], unread: Sequence[tuple[str, str]] = ()) -> tuple[str, str]:
    """Title and Markdown of the report. ``unread`` are files that could not be read, each with why.

    Raises EscalatedError (NO_SOURCES) where there is not a word to look through.
    """
    if not any(lint.measures.words or lint.findings for lint in lints):
        raise EscalatedError(_NO_TEXT)
    title = (
        f"Lint report: {shortened(lints[0].name, _NAME_CHARS_MAX)}"
        if len(lints) == 1
        else f"Lint report: {counted(len(lints), 'draft')}"
    )
    parts = [f"# {foreign(title)}", f"*{MADE}*", _summary(lints)]
    parts += [f"- **{foreign(name)}** could not be read: {foreign(why)}" for name, why in unread]
    for number, lint in enumerate(lints, 1):
        parts += _draft(number, lint)
    return title, "\n\n".join(parts) + "\n"


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; cells are escaped."""
    lines = [columns, ["---"] * len(columns), *([foreign(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _summary(lints: Sequence[Lint]) -> str:
    counts = {severity: sum(lint.count(severity) for lint in lints) for severity in Severity}
    broken = sum(kept.is_kept is False for lint in lints for kept in lint.kept)
    checked = sum(kept.is_kept is not None for lint in lints for kept in lint.kept)
    told = ", ".join(f"{HEADINGS[severity].lower()}: {count}" for severity, count in counts.items())
    return f"Findings: {sum(counts.values())} ({told}). Constraints of the task not kept: {broken} of {checked}."


def _draft(number: int, lint: Lint) -> Iterator[str]:
    yield f"## {number}. {foreign(lint.name)}"
    kind = called(lint.media_type)
    yield f"{foreign(f'{kind[0].upper()}{kind[1:]}')}, {lint.size_bytes} bytes, SHA-256 `{lint.sha256}`."
    if not has_own_lines(lint.media_type):
        yield f"Lines are counted in the text that was read out of the {foreign(kind)}, where empty lines count too."
    if lint.kept:
        yield "### Constraints of the task"
        yield table(CONSTRAINT_COLUMNS, [(kept.told, kept.word, kept.measured) for kept in lint.kept])
    yield "### Findings"
    if not lint.findings:
        yield NO_FINDINGS
    for severity, heading in HEADINGS.items():
        found = [finding for finding in lint.findings if finding.severity is severity]
        if found:
            yield f"#### {heading}"
            yield table(FINDING_COLUMNS, [_row(lint, finding) for finding in found])
    if lint.left_out:
        verb = "is" if lint.left_out == 1 else "are"
        yield f"{counted(lint.left_out, 'further finding')} {verb} not listed."
    yield "### Measures"
    yield table(MEASURE_COLUMNS, list(_measured(lint)))
    yield "### What was not checked"
    yield "\n".join(f"- {foreign(told)}" for told in lint.unchecked)


def _row(lint: Lint, finding: Finding) -> tuple[str, ...]:
    return (f"{lint.name}:{finding.line}", finding.rule.value, finding.excerpt, finding.message, finding.suggestion)


def _measured(lint: Lint) -> Iterator[tuple[str, str]]:
    """The measures as rows of a table; syllables are counted by the rules of English."""
    measures = lint.measures
    yield "Language", lint.language or "not known"
    yield "Words", str(measures.words)
    yield "Sentences", str(measures.sentences)
    yield "Words per sentence", f"{measures.words_per_sentence:.1f}"
    if measures.words:
        yield "Longest sentence", f"{counted(measures.longest, 'word')} ({lint.name}:{measures.longest_line})"
    if not lint.is_english:
        yield "Flesch reading ease", ENGLISH_ONLY
        return
    yield "Syllables (estimated)", str(measures.syllables)
    if measures.ease is not None and measures.grade is not None:
        yield "Flesch reading ease", f"{measures.ease:.1f} ({band(measures.ease)})"
        yield "Flesch–Kincaid grade", f"{measures.grade:.1f}"
