"""The verb ``runs``: list, read, follow, answer, cancel and erase runs."""

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from futurone._run_models import Run
from futurone.cli._arguments import read_object
from futurone.cli._deliverables import save_artifacts
from futurone.cli._desk import Desk, verb
from futurone.cli._invocation import invocation
from futurone.cli._narration import Narrator
from futurone.cli._outcome import check_line, tell_outcome
from futurone.cli._text import columns, one_line
from futurone.cli._watch import follow as follow_run
from futurone.cli._watch import wait as wait_for

app = typer.Typer(
    help="List, read, follow, answer, cancel and erase runs.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

RunId = Annotated[str, typer.Argument(metavar="RUN", help="The run's id.")]
_PAGE_MAX = 100


@app.command("list")
@verb
def list_runs(
    desk: Desk,
    status: Annotated[list[str] | None, typer.Option("--status", help="Only in this state; repeatable.")] = None,
    agent: Annotated[str | None, typer.Option(help="Only of this agent.")] = None,
    search: Annotated[str | None, typer.Option("--search", "-q", help="In ids, metadata and labels.")] = None,
    mode: Annotated[str | None, typer.Option(help="live (default), test or all.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 20,
) -> None:
    """List runs, the newest first."""
    page_size = min(limit, _PAGE_MAX)
    runs = desk.client.runs.list(status=status, agent=agent, q=search, mode=mode, page_size=page_size)
    for run in islice(runs, limit):
        desk.out.record(run)
        desk.out.line(_row(run))


@app.command()
@verb
def get(
    desk: Desk,
    run_id: RunId,
    wait: Annotated[float | None, typer.Option(help="Wait so many seconds for the outcome, and exit by it.")] = None,
) -> int:
    """Show how a run stands and what to do next."""
    if wait is not None:
        return tell_outcome(desk, wait_for(desk, run_id, timeout_s=wait))
    tell_outcome(desk, desk.client.runs.get(run_id))
    return 0


@app.command()
@verb
def follow(
    desk: Desk,
    run_id: RunId,
    after: Annotated[int | None, typer.Option(help="Begin after this event.")] = None,
    timeout: Annotated[float | None, typer.Option(help="Seconds to wait at most.")] = None,
) -> int:
    """Show a run's events as they happen until it ends or waits, and exit by its outcome."""
    desk.client.runs.get(run_id)  # a wrong id or no server is said at once, not after the stream's patience
    narrator = Narrator()
    run = follow_run(desk, run_id, narrator=narrator, after=after, timeout_s=timeout)
    return tell_outcome(desk, run, narrator=narrator)


@app.command()
@verb
def cancel(desk: Desk, run_id: RunId) -> None:
    """End a run."""
    tell_outcome(desk, desk.client.runs.cancel(run_id))


@app.command()
@verb
def signal(
    desk: Desk,
    run_id: RunId,
    action: Annotated[str, typer.Argument(help="approve, reject or submit_input.")],
    payload: Annotated[str | None, typer.Option(help="A JSON object: the form's values.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why, when rejecting.")] = None,
    input_id: Annotated[str | None, typer.Option(help="Only if it waits for exactly this input.")] = None,
) -> None:
    """Answer a run that waits for a person."""
    values = read_object(payload, option="--payload") if payload is not None else {}
    if reason is not None:
        values["reason"] = reason
    run = desk.client.runs.signal(run_id, action.replace("-", "_"), payload=values or None, input_id=input_id)
    desk.out.record(run)
    desk.out.line(f"Answered. Follow it: {invocation('runs', 'follow', run_id)}")


@app.command()
@verb
def events(
    desk: Desk,
    run_id: RunId,
    after: Annotated[int, typer.Option(min=0, help="Begin after this entry.")] = 0,
) -> None:
    """Print the entries of a run's log so far."""
    for entry in desk.client.runs.event_log(run_id, after=after):
        desk.out.record(entry)
        kind = (entry.payload.get("value") or {}).get("kind", "")
        moment = entry.timestamp.strftime("%H:%M:%S.%f")[:-3] if entry.timestamp else None
        desk.out.line(f"{entry.seq:>5}  {columns(moment, entry.type)} {one_line(kind)}".rstrip())


@app.command()
@verb
def artifacts(
    desk: Desk,
    run_id: RunId,
    out: Annotated[Path | None, typer.Option("--out", help="Save them in this directory.")] = None,
    output_format: Annotated[str | None, typer.Option("--format", help="md, html, pdf, docx or original.")] = None,
) -> None:
    """List a run's deliverables, or save them."""
    if out is not None:
        save_artifacts(desk, run_id, directory=out, output_format=output_format)
        return
    for artifact in desk.client.runs.artifacts(run_id):
        desk.out.record(artifact)
        desk.out.line(columns(artifact.id, artifact.media_type, artifact.label or artifact.type))


@app.command()
@verb
def rerun(
    desk: Desk,
    run_id: RunId,
    live: Annotated[bool, typer.Option("--follow", help="Show what happens as it happens.")] = False,
) -> int:
    """Start a new run of the same order."""
    run = desk.client.runs.rerun(run_id)
    desk.out.line(f"Run {run.id}", style="strong")
    desk.out.record(run)
    if not live:
        return 0
    narrator = Narrator()
    return tell_outcome(desk, follow_run(desk, run.id, narrator=narrator), narrator=narrator)


@app.command()
@verb
def plan(desk: Desk, run_id: RunId) -> None:
    """Show what a run sets out to do, and how far each step is."""
    found = desk.client.runs.plan(run_id)
    desk.out.record(found)
    desk.out.line(one_line(found.goal or "(erased)"), style="strong")
    states = [one_line(step.state or "") for step in found.steps]
    ids = [one_line(step.id) for step in found.steps]
    for step, state, step_id in zip(found.steps, states, ids, strict=True):
        after = f"  (after {', '.join(one_line(each) for each in step.depends_on)})" if step.depends_on else ""
        label = one_line(step.label or step.kind or "")
        desk.out.line(f"  {state:<{max(map(len, states))}}  {step_id:<{max(map(len, ids))}}  {label}{after}")


@app.command()
@verb
def verification(desk: Desk, run_id: RunId) -> None:
    """Show every check of a run's result with its score and reason."""
    found = desk.client.runs.verification(run_id)
    desk.out.record(found)
    confidence = "none" if found.confidence is None else f"{found.confidence:g}"
    threshold = "" if found.threshold is None else f" (threshold {found.threshold:g})"
    desk.out.line(f"confidence {confidence}{threshold}", style="strong")
    for check in found.checks:
        line = check_line(check, with_reason=True)
        desk.out.line(line.text, style=line.style)


@app.command()
@verb
def ack(desk: Desk, run_id: RunId) -> None:
    """Say that you have what you need: an ended run's content is erased now; ids, times and scores stay."""
    run = desk.client.runs.ack(run_id)
    desk.out.record(run)
    desk.out.line(f"The content of {one_line(run.id)} is erased")


@app.command()
@verb
def receipt(desk: Desk, run_id: RunId) -> None:
    """Show the signed receipt of an erasure: what was destroyed, when, and what could still open a backup."""
    found = desk.client.runs.receipt(run_id)
    desk.out.record(found)
    told = found.receipt
    desk.out.line(
        f"Erased at {one_line(str(told.get('erased_at')))} ({one_line(str(told.get('cause')))})", style="strong"
    )
    for name, count in sorted((told.get("destroyed") or {}).items()):
        desk.out.line(f"  {one_line(str(count)):>6}  {one_line(name)}")
    desk.out.line(one_line(_of_wrapping(told.get("wrapping_key") or {})))


@app.command()
@verb
def delete(desk: Desk, run_ids: Annotated[list[str], typer.Argument(metavar="RUN...", help="The runs' ids.")]) -> None:
    """Cancel runs if need be, and delete them for good, with their events and content."""
    for run_id in run_ids:
        desk.client.runs.delete(run_id)
        desk.out.record({"id": run_id, "deleted": True})
        desk.out.line(f"{run_id} is deleted")


def _row(run: Run) -> str:
    confidence = f"{run.confidence:.2f}" if run.confidence is not None else None
    created = run.created_at.strftime("%Y-%m-%d %H:%M:%S") if run.created_at else None
    return columns(run.id, created, run.status, confidence, run.agent)


def _of_wrapping(key: Mapping[str, Any]) -> str:
    """What has become of the key above the run's."""
    if key.get("state") == "destroyed":
        return f"The key that wrapped the run's key was destroyed at {key.get('destroyed_at')}: no backup opens."
    if key.get("state") == "pending":
        return f"The key that wrapped the run's key is destroyed by {key.get('destroyed_by')}; backups open until then."
    if key.get("state") == "elsewhere":
        return (
            "The key that wrapped the run's key is not at this server, as after a restore: the server that was backed"
            " up destroys it; until then backups open with it."
        )
    return "The run was to be kept: backups from before the erasure still open with the server's root key."
