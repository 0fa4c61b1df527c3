"""The verb ``schedules``: create, list, show, pause, resume, run and delete schedules, and read their ledger."""

from itertools import islice
from typing import Annotated

import typer

from futurone._orders import RunOrder
from futurone._schedule_models import Schedule
from futurone.cli._arguments import read_object, read_text
from futurone.cli._desk import Desk, verb
from futurone.cli._failures import UsageFailure
from futurone.cli._invocation import invocation
from futurone.cli._text import columns, one_line

app = typer.Typer(
    help="Have runs placed when their time comes.", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)
ScheduleId = Annotated[str, typer.Argument(metavar="SCHEDULE_ID")]


@app.command()
@verb
def create(  # noqa: PLR0913 - a parameter for each option
    desk: Desk,
    name: Annotated[str, typer.Argument(help="For people.")],
    cron: Annotated[str, typer.Argument(help="Such as '30 8 * * MON', or @daily.")],
    agent: Annotated[str, typer.Argument(help="research, coding, strategy, content, or an agent's id.")],
    task: Annotated[str | None, typer.Argument(help="What to do, in plain words; - reads standard input.")] = None,
    timezone: Annotated[str | None, typer.Option(help="Such as Europe/Berlin; UTC by default.")] = None,
    missed: Annotated[str | None, typer.Option(help="What was missed: skip, once or all.")] = None,
    daily_cap: Annotated[int | None, typer.Option(min=1, help="Runs a day at most.")] = None,
    file: Annotated[list[str] | None, typer.Option("--file", "-f", help="A vault file's id; repeatable.")] = None,
    input_json: Annotated[str | None, typer.Option("--input", help="A JSON object instead of a task.")] = None,
) -> None:
    """Have an agent given a task whenever it is time."""
    order: RunOrder = {"agent": agent}
    if (task is None) == (input_json is None):
        raise UsageFailure("Give either a task or --input.")
    if task is not None:
        order["task"] = read_text(task)
    if input_json is not None:
        order["input"] = read_object(input_json, option="--input")
    if file:
        order["files"] = file
    made = desk.client.schedules.create(name, cron, run=order, timezone=timezone, missed=missed, daily_cap=daily_cap)
    desk.out.record(made)
    desk.out.line(one_line(made.id), style="strong")
    desk.out.line(f"fires first at {_when(made)}")


@app.command("list")
@verb
def list_schedules(desk: Desk) -> None:
    """List the schedules, newest first."""
    for schedule in desk.client.schedules.list():
        desk.out.record(schedule)
        standing = schedule.paused_reason or schedule.status
        desk.out.line(columns(schedule.id, schedule.name, schedule.cron, schedule.timezone, standing, _when(schedule)))


@app.command()
@verb
def show(desk: Desk, schedule_id: ScheduleId) -> None:
    """Show a schedule, when it fires next and what became of its last due time."""
    schedule = desk.client.schedules.get(schedule_id)
    desk.out.record(schedule)
    desk.out.line(columns(schedule.id, schedule.name), style="strong")
    desk.out.line(f"{schedule.cron} in {schedule.timezone}; missed: {schedule.missed}; {schedule.daily_cap} a day")
    if schedule.status == "paused":
        desk.out.line(f"paused: {schedule.paused_reason}")
        desk.out.words(f"To have it go on: {invocation('schedules', 'resume', one_line(schedule.id))}")
    else:
        desk.out.line(f"fires next at {_when(schedule)}")
    last = schedule.last_fire
    if last is not None:
        desk.out.line(columns("last:", f"{last.due_at:%Y-%m-%d %H:%M}Z", last.outcome, last.reason or last.run_id))


@app.command()
@verb
def pause(desk: Desk, schedule_id: ScheduleId) -> None:
    """Make no more runs until it is resumed."""
    paused = desk.client.schedules.pause(schedule_id)
    desk.out.record(paused)
    desk.out.line(f"{one_line(paused.id)} is paused")


@app.command()
@verb
def resume(desk: Desk, schedule_id: ScheduleId) -> None:
    """Go on, in the name of this command's key."""
    resumed = desk.client.schedules.resume(schedule_id)
    desk.out.record(resumed)
    desk.out.line(f"{one_line(resumed.id)} fires next at {_when(resumed)}")


@app.command()
@verb
def run(desk: Desk, schedule_id: ScheduleId) -> None:
    """Run it now, paused or not."""
    started = desk.client.schedules.run(schedule_id)
    desk.out.record(started)
    desk.out.line(f"Run {one_line(started.id)}", style="strong")


@app.command()
@verb
def delete(desk: Desk, schedule_id: ScheduleId) -> None:
    """Delete a schedule with its ledger; its runs stay."""
    desk.client.schedules.delete(schedule_id)
    desk.out.record({"id": schedule_id, "deleted": True})
    desk.out.line(f"{schedule_id} is deleted")


@app.command()
@verb
def fires(
    desk: Desk,
    schedule_id: ScheduleId,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
) -> None:
    """Show what became of its due times, newest first."""
    for fire in islice(desk.client.schedules.fires(schedule_id), limit):
        desk.out.record(fire)
        outcome = "by hand" if fire.manual else fire.outcome
        told = fire.reason or columns(fire.run_id, fire.run_status)
        desk.out.line(columns(f"{fire.due_at:%Y-%m-%d %H:%M}Z", outcome, told))


def _when(schedule: Schedule) -> str:
    return f"{schedule.next_fire_at:%Y-%m-%d %H:%M}Z" if schedule.next_fire_at else "-"
