"""The verb ``reviews``: look after and decide what is held for a person; say of the rest whether it was right."""

from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from futurone._review_models import Review
from futurone.cli._arguments import read_text
from futurone.cli._desk import Desk, verb
from futurone.cli._failures import UsageFailure
from futurone.cli._invocation import invocation
from futurone.cli._text import columns, one_line

app = typer.Typer(
    help="Decide over what is held for a person.", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)
ReviewId = Annotated[str, typer.Argument(metavar="REVIEW_ID")]
Note = Annotated[str | None, typer.Option("--note", help="Why.")]
Hash = Annotated[
    str | None, typer.Option("--hash", help="Decide over this alone: the content_hash that you were shown.")
]


@app.command("list")
@verb
def list_reviews(
    desk: Desk,
    status: Annotated[list[str] | None, typer.Option(help="pending, accepted, …; repeatable.")] = None,
    assignee: Annotated[str | None, typer.Option(help="Of one key or person.")] = None,
    agent: Annotated[str | None, typer.Option(help="Of one agent's runs.")] = None,
    mode: Annotated[str | None, typer.Option(help="live, test or all.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
) -> None:
    """List the reviews, newest first."""
    found = desk.client.reviews.list(status=status, assignee=assignee, agent=agent, mode=mode)
    for review in islice(found, limit):
        desk.out.record(review)
        sure = "-" if review.confidence is None else f"{review.confidence:.2f}"
        due = f"due {review.due_at:%Y-%m-%d %H:%M}Z" if review.due_at and review.status == "pending" else ""
        desk.out.line(columns(review.id, review.status, review.agent, sure, review.reason_code, due))


@app.command()
@verb
def show(desk: Desk, review_id: ReviewId) -> None:
    """Show what is held, why, and what would resolve each doubt."""
    review = desk.client.reviews.get(review_id)
    desk.out.record(review)
    desk.out.line(columns(review.id, review.status, review.run_id), style="strong")
    desk.out.line(f"{one_line(review.reason_code)}: {one_line(review.message)}")
    for need in review.needs:
        desk.out.line(f"- {one_line(need)}")
    for section in review.flagged or []:
        told = f"{section.get('number')}. {section.get('question')} ({section.get('confidence')})"
        desk.out.line(f"flagged: {one_line(told)}")
    for said in review.discussion:
        desk.out.line(f"{one_line(said.author)}: {one_line(said.text or 'erased')}")
    if review.deliverable is None:
        desk.out.words("Its content has been erased.")
    for one in review.deliverable or []:
        desk.out.line(columns(one.id, one.type, one.media_type), style="strong")
        for line in (one.content or f"Too long to be shown here: runs artifact {review.run_id} {one.id}").splitlines():
            desk.out.line(one_line(line))
    if review.status == "pending":
        desk.out.words(f"To release it: {invocation('reviews', 'accept', one_line(review.id))}")


@app.command()
@verb
def assign(
    desk: Desk,
    review_id: ReviewId,
    assignee: Annotated[
        str | None, typer.Argument(help="A key's or a person's id; nobody in particular without.")
    ] = None,
) -> None:
    """Say who is to decide."""
    review = desk.client.reviews.assign(review_id, assignee)
    desk.out.record(review)
    desk.out.line(f"{one_line(review.id)} is assigned to {one_line(review.assignee or 'nobody in particular')}")


@app.command()
@verb
def comment(
    desk: Desk,
    review_id: ReviewId,
    text: Annotated[str, typer.Argument(help="What to say; - reads standard input.")],
) -> None:
    """Say something to the other reviewers; it is erased with the run's content."""
    said = desk.client.reviews.comment(review_id, read_text(text))
    desk.out.record(said)
    desk.out.line(one_line(said.id))


@app.command()
@verb
def accept(
    desk: Desk,
    review_id: ReviewId,
    note: Note = None,
    edited: Annotated[Path | None, typer.Option("--edited", help="Release the text of this file instead.")] = None,
    content_hash: Hash = None,
) -> None:
    """Release what is held."""
    text = None if edited is None else edited.read_text("utf-8")
    review = _seen(desk, review_id, content_hash)
    _tell(desk, desk.client.reviews.accept(review, note=note, edited_content=text))


@app.command()
@verb
def revise(
    desk: Desk,
    review_id: ReviewId,
    note: Annotated[str, typer.Argument(help="What to do otherwise; - reads standard input.")],
    content_hash: Hash = None,
) -> None:
    """Have the work done again by a run that is told the note."""
    text = read_text(note)
    _tell(desk, desk.client.reviews.revise(_seen(desk, review_id, content_hash), text))


@app.command()
@verb
def reject(desk: Desk, review_id: ReviewId, note: Note = None, content_hash: Hash = None) -> None:
    """Release nothing."""
    _tell(desk, desk.client.reviews.reject(_seen(desk, review_id, content_hash), note=note))


@app.command()
@verb
def disposition(
    desk: Desk,
    run_id: Annotated[str, typer.Argument(metavar="RUN_ID", help="A run that has completed.")],
    said: Annotated[str, typer.Argument(metavar="accepted|rejected", help="Whether its work was right as it was.")],
    note: Note = None,
) -> None:
    """Say of a completed run whether its work was right."""
    found = desk.client.runs.disposition(run_id, said, note=note)
    desk.out.record(found)
    desk.out.line(f"{one_line(found.run_id)} is {one_line(found.disposition)}", style="strong")


@app.command()
@verb
def calibration(desk: Desk, agent: Annotated[str | None, typer.Option(help="Of one agent.")] = None) -> None:
    """Show how well confidences have held against what people decided."""
    for report in desk.client.calibration(agent):
        desk.out.record(report)
        judged = f"{report.right} of {report.n} right"
        curve = "calibrated" if report.calibrated else f"uncalibrated below {report.labels_wanted} labels"
        errors = " ".join(f"{name} {value:.3f}" for name, value in report.told.items())
        desk.out.line(columns(report.agent, f"{report.rubric} {report.version}", judged, curve, errors))


def _seen(desk: Desk, review_id: str, content_hash: str | None) -> Review:
    """The review as it is now. Raises UsageFailure where it is not what the caller was shown, or is erased."""
    review = desk.client.reviews.get(review_id)
    if review.content_hash is None:
        raise UsageFailure("Its content has been erased: nobody can decide over it any more.")
    if content_hash is not None and content_hash != review.content_hash:
        raise UsageFailure("The review shows something else than what this hash was of: show it again.")
    return review


def _tell(desk: Desk, review: Review) -> None:
    desk.out.record(review)
    desk.out.line(f"{one_line(review.id)} is {one_line(review.status)}", style="strong")
    if review.child_run_id:
        desk.out.line(f"Run {one_line(review.child_run_id)}")
