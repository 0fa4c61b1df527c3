"""The verb ``workspace``: show and change the workspace's settings, and its projects."""

from typing import Annotated

import typer

from futurone._models import WorkspaceSettings
from futurone._orders import WorkspaceChanges
from futurone.cli._desk import Desk, verb
from futurone.cli._text import columns

app = typer.Typer(
    help="Show and change the workspace and its projects.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

_ALL_OR_NONE: dict[str, list[str] | None] = {"all": None, "none": []}


@app.command()
@verb
def show(desk: Desk) -> None:
    """Show the settings that runs start from."""
    _tell(desk, desk.client.workspace.get())


@app.command("set")
@verb
def change(
    desk: Desk,
    name: Annotated[str | None, typer.Option(help="For people.")] = None,
    threshold: Annotated[float | None, typer.Option(help="The confidence that a run needs, 0 to 1.")] = None,
    retention: Annotated[str | None, typer.Option(help="zero or keep.")] = None,
    window: Annotated[int | None, typer.Option(min=0, help="Seconds a finished run's content stays.")] = None,
    default_agent: Annotated[str | None, typer.Option(help="Who takes a run that names no agent.")] = None,
    runs_at_once: Annotated[int | None, typer.Option(min=1, help="The most runs in work together.")] = None,
    queued_runs: Annotated[int | None, typer.Option(min=1, help="The most runs that wait.")] = None,
    models: Annotated[str | None, typer.Option(help="Those that runs may ask, by comma; all; none.")] = None,
) -> None:
    """Change what is named; new runs follow within a second."""
    changes: WorkspaceChanges = {"name": name, "threshold": threshold, "default_agent": default_agent}
    if retention is not None or window is not None:
        mode = retention or desk.client.workspace.get().retention.mode
        changes["retention"] = {"mode": mode} if window is None else {"mode": mode, "window_s": window}
    limits = {"runs_at_once": runs_at_once, "queued_runs": queued_runs}
    if named := {name: value for name, value in limits.items() if value is not None}:
        changes["limits"] = named
    if models is not None:
        changes["models"] = _ALL_OR_NONE.get(models, [one.strip() for one in models.split(",")])
    _tell(desk, desk.client.workspace.change(**changes))


@app.command()
@verb
def projects(desk: Desk) -> None:
    """List the projects."""
    for project in desk.client.workspace.projects():
        desk.out.record(project)
        desk.out.line(columns(project.id, project.name))


@app.command("add-project")
@verb
def add_project(desk: Desk, name: Annotated[str, typer.Argument(help="For people.")]) -> None:
    """Make a project."""
    project = desk.client.workspace.create_project(name)
    desk.out.record(project)
    desk.out.line(columns(project.id, project.name))


@app.command("rename-project")
@verb
def rename_project(
    desk: Desk,
    project_id: Annotated[str, typer.Argument(metavar="PROJECT_ID")],
    name: Annotated[str, typer.Argument(help="The new name.")],
) -> None:
    """Give a project another name."""
    project = desk.client.workspace.rename_project(project_id, name)
    desk.out.record(project)
    desk.out.line(columns(project.id, project.name))


def _tell(desk: Desk, settings: WorkspaceSettings) -> None:
    desk.out.record(settings)
    retention = settings.retention
    desk.out.line(columns(settings.id, settings.name))
    desk.out.line(f"threshold {settings.threshold}, default agent {settings.default_agent}")
    desk.out.line(f"retention {retention.mode}, collected within {retention.window_s} s")
    desk.out.line(f"at most {settings.limits.runs_at_once} runs in work, {settings.limits.queued_runs} waiting")
    desk.out.line(f"models {'all' if settings.models is None else ', '.join(settings.models) or 'none'}")
