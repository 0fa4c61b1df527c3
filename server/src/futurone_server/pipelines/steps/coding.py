"""The steps of a review: read the change, let each family of analysers look at it, merge, compose, verify."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from futurone_server.features.runs import Escalation, SourceRef
from futurone_server.kit import json, limits
from futurone_server.models.port import Ask, ModelError
from futurone_server.pipelines.indexing import think
from futurone_server.pipelines.outcomes import EscalatedError, StepFailedError, TransientError
from futurone_server.pipelines.prompting import load_prompt
from futurone_server.pipelines.review.accounting import account, not_checked
from futurone_server.pipelines.review.finding import Finding, Reviewed
from futurone_server.pipelines.review.grouping import not_analysed, told_unread
from futurone_server.pipelines.review.material import analyse as run_analyser
from futurone_server.pipelines.review.material import changes_of, given, read_anew
from futurone_server.pipelines.review.merging import FINDINGS_MAX, counts, merge
from futurone_server.pipelines.review.reading import PARTS_MAX, conventions, held, parts, question
from futurone_server.pipelines.review.report import TITLE, WHOLE_TITLE, Reviewing, shown, told_counts
from futurone_server.pipelines.review.report import compose as compose_report
from futurone_server.pipelines.steps.context import StepContext
from futurone_server.pipelines.verification.coding import Delivered, review_outcome, verify_changes
from futurone_server.pipelines.verification.rubric import load_rubric
from futurone_server.tools.analysers import Analysis, Found, rule_book
from futurone_server.tools.changes import TOO_MUCH, Changes, Scope, UnreadableChangesError

_SEVERITY = {True: "pass", False: "warning"}
_SAID_MAX = 200
_NOT_READ_SAID_MAX = 50
_FAULTS_SAID_MAX = 5


async def intake(context: StepContext) -> object:
    """Read the change, and say what of it will not be looked at."""
    files = await given(context.sources, context.run.files)
    digests = [[one.name, hashlib.sha256(one.data).hexdigest()] for one in files]

    async def read() -> object:
        changes = await _changes(context)
        return {"basis": changes.basis, "files": len(changes.files), "changed_lines": changes.line_count}

    await context.call("changes.read", {"files": [one.name for one in files]}, read)
    changes = await _changes(context)
    for note in changes.notes[:_NOT_READ_SAID_MAX]:
        severity = "warning" if note.name == TOO_MUCH else "info"
        context.finding(severity, "About what was given", note.text, note.name)
    left_out = account(replace(changes, files=tuple(file for file in changes.files if file.left_out is not None)), ())
    for name, reason in islice(not_analysed(left_out), _NOT_READ_SAID_MAX):
        context.finding("info", "Not looked at", reason, name)
    read_files = len(changes.files) - len(left_out)
    if not read_files:
        # What is wrong with a given file itself is told in a sentence of its own.
        unread = told_unread([] if changes.faults else changes.files)
        told = ["Nothing in the given files can be reviewed.", *changes.faults[:_FAULTS_SAID_MAX], unread]
        raise _nothing(" ".join(filter(None, told)))
    context.narrate(f"Reviewed are {changes.basis}. Lines: {changes.line_count}. Files: {read_files}.")
    title = WHOLE_TITLE if changes.scope is Scope.WHOLE else TITLE
    return {"digests": digests, "basis": changes.basis, "lines": changes.line_count, "title": title}


async def analyse(context: StepContext) -> object:
    """Let one family of analysers look at the change."""
    family = str(context.step.args["family"])
    changes = await _changes(context)

    async def use() -> object:
        return (await run_analyser(context.sources, family, changes)).to_json()

    told = Analysis.from_json(_mapping(await context.call(f"analyse.{family}", {"family": family}, use)))
    for missing in told.missing:
        context.finding("info", f"Not done: {family.replace('_', ' ')}", missing)
    if told.files and not told.found:
        title = f"{family.replace('_', ' ').capitalize()}: nothing found"
        context.finding("pass", title, f"The rules found nothing on the changed lines. Files: {len(told.files)}.")
    return told.to_json()


async def read_change(context: StepContext) -> object:
    """Have a model read the change part by part; what it says of code that is not there is dropped and counted.

    Where no model answers, the analysers' findings are still worth having: the step says why, and the review is held.
    """
    changes = await _changes(context)
    secrets = Analysis.from_json(_mapping(await context.result("secrets")))
    prompt, said = load_prompt("review-1"), conventions(changes)
    all_parts = parts(changes)
    found: list[Found] = []
    dropped = done = 0
    failed = ""
    for part in all_parts[:PARTS_MAX]:
        lines = {one.line for one in secrets.found if one.path == part.file.path}
        ask = Ask(
            routing=prompt.routing,
            instructions=prompt.instructions,
            prompt=question(part, said, lines),
            schema=prompt.schema,
            answer_tokens_max=prompt.answer_tokens_max,
        )
        try:
            answer = await context.ask(ask)
        except StepFailedError as error:
            failed = _failed_model(error, context.attempt)
            break
        kept, lost = held(part, _mapping(answer.value))
        found += kept
        dropped += lost
        done += 1
    missing = [f"not done: {failed}"] if failed else []
    if dropped:
        missing.append(f"{dropped} findings of the model quoted no changed line and were dropped")
    if len(all_parts) > done:
        missing.append(f"{len(all_parts) - done} of {len(all_parts)} parts of the change were not read by the model")
    for one in missing:
        context.finding("info", "Not done: reading", one)
    read = tuple(dict.fromkeys(part.file.path for part in all_parts[:done]))
    analysis = Analysis(family="reading", found=tuple(found), files=read, missing=tuple(missing))
    return {**analysis.to_json(), "models": list(dict.fromkeys(context.models)), "failed": failed}


def _failed_model(error: StepFailedError, attempt: int) -> str:
    """Why no model answered. Raises what is no failure of a model (a budget, a file that is gone), or may pass."""
    is_worth_another = isinstance(error, TransientError) and attempt < limits.STEP_ATTEMPTS_MAX
    if is_worth_another or not isinstance(error.__cause__, ModelError):
        raise error
    return f"{error.reason}: {error.message}"


async def merge_findings(context: StepContext) -> object:
    """Put the findings together and say each once."""
    changes, analyses = await _changes(context), await _analyses(context, context.step.depends_on)
    findings = await think(lambda: merge(changes, analyses, rule_book()))
    for finding in findings[:_SAID_MAX]:
        sure = f"{finding.detail} Confidence {finding.confidence:.2f}; {', '.join(finding.rules)}.".strip()
        context.finding(finding.severity.word, finding.title, sure, finding.location)
    context.narrate(f"Findings: {told_counts(counts(findings))}.")
    kept = findings[:FINDINGS_MAX]
    return {
        "findings": [finding.to_json() for finding in kept],
        "omitted": len(findings) - len(kept),
        "files": [one.to_json() for one in await think(lambda: account(changes, analyses))],
        "not_checked": not_checked(changes, analyses),
    }


async def compose_review(context: StepContext) -> object:
    """Compose the report, and the list of findings for programs."""
    merged = _mapping(await context.result("merge"))
    taken = _mapping(await context.result("intake"))
    changes = await _changes(context)
    findings = [Finding.from_json(one) for one in merged["findings"]]
    notes = [(note.name, note.text) for note in changes.notes]
    if merged["omitted"]:
        notes.append(("findings", f"{merged['omitted']} findings of the least severity were left out."))
    reading = await _reading(context)
    engine = "model" if reading.get("files") else "deterministic"
    reviewing = Reviewing(
        basis=str(taken["basis"]),
        findings=findings,
        files=[Reviewed.from_json(one) for one in merged["files"]],
        not_checked=merged["not_checked"],
        notes=notes,
        digests=[(name, sha256) for name, sha256 in taken["digests"]],
        engine=engine,
        rules_version=rule_book().version,
        title=str(taken["title"]),
    )
    report = await think(lambda: compose_report(reviewing))
    listing = {
        "version": 1,
        "rules": {"version": rule_book().version, "precision": rule_book().source},
        "basis": reviewing.basis,
        "counts": counts(findings),
        "shown": len(shown(findings)),
        **merged,
    }
    models = reading["models"] if engine == "model" else ()
    made: Any = {
        "engine": engine,
        "models": models,
        "sources": [SourceRef(name=name, sha256=sha256) for name, sha256 in taken["digests"]],
    }
    review = await context.artifact(
        "review", "Review", report.markdown, html=report.html, citations=len(findings), **made
    )
    text = json.dump(listing).decode()
    listed = await context.artifact("findings", "Findings", text, media_type="application/json", **made)
    return {"review": review, "findings": listed}


async def verify_review(context: StepContext) -> object:
    """Check the stored review against the files, which are read anew."""
    composed = _mapping(await context.result("compose"))
    taken = _mapping(await context.result("intake"))
    analyses = await _analyses(context, _families(context))
    files = await given(context.sources, context.run.files)
    try:
        changes = await read_anew(context.sources, files)
    except UnreadableChangesError as error:
        raise _nothing(str(error)) from error
    delivered = Delivered(
        markdown=str(_mapping(await context.content(f"artifact/{composed['review']}"))["text"]),
        listing=str(_mapping(await context.content(f"artifact/{composed['findings']}"))["text"]),
        digests=tuple(sha256 for _, sha256 in taken["digests"]),
    )
    rubric, threshold = load_rubric("coding"), context.run.threshold
    verdict = await think(lambda: verify_changes(delivered, files, changes, analyses, rubric, threshold=threshold))
    for check in verdict.checks:
        context.finding(_SEVERITY[check.passed], check.name.replace("_", " "), check.reason)
    not_read = str((await _reading(context)).get("failed", ""))
    return review_outcome(verdict, delivered, changes, analyses, not_read=not_read)


async def _changes(context: StepContext) -> Changes:
    try:
        return await changes_of(context.sources, context.run.files)
    except UnreadableChangesError as error:
        raise _nothing(str(error)) from error


async def _analyses(context: StepContext, families: Sequence[str]) -> Sequence[Analysis]:
    return [Analysis.from_json(_mapping(await context.result(family))) for family in families]


async def _reading(context: StepContext) -> dict[str, Any]:
    """What the step gave that has a model read; nothing where no model was to."""
    return _mapping(await context.result("reading")) if "reading" in _families(context) else {}


def _families(context: StepContext) -> list[str]:
    families = context.step.args["families"]
    assert isinstance(families, list)
    return families


def _nothing(message: str) -> EscalatedError:
    return EscalatedError(
        Escalation(
            reason="NO_SOURCES",
            message=message,
            needs=(
                "Give code that can be read: a unified diff, a zip that is whole and not encrypted, a Git bundle with"
                " all its commits, or source files as UTF-8 text. Documents are for the agents research and content.",
            ),
        )
    )


def _mapping(value: object) -> dict[str, Any]:
    assert isinstance(value, dict)
    return value
