"""The verb ``run``: hand over files and a task, then stay with the run."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from futurone._orders import RunOrder
from futurone.cli._arguments import read_object, read_pairs, read_text
from futurone.cli._deliverables import save_artifacts
from futurone.cli._desk import Desk, verb
from futurone.cli._failures import UsageFailure
from futurone.cli._narration import Narrator
from futurone.cli._outcome import tell_outcome
from futurone.cli._watch import follow, wait

_FILE = typer.Option("--file", "-f", exists=True, dir_okay=False, readable=True, help="A file to work on; repeatable.")


@verb
def run(  # noqa: PLR0913 - a parameter for each option
    desk: Desk,
    agent: Annotated[str, typer.Argument(help="research, coding, strategy, content, or an agent's id.")],
    task: Annotated[str | None, typer.Argument(help="What to do, in plain words; - reads standard input.")] = None,
    file: Annotated[list[Path] | None, _FILE] = None,
    input_json: Annotated[str | None, typer.Option("--input", help="A JSON object instead of a task.")] = None,
    live: Annotated[bool, typer.Option("--follow", help="Show what happens as it happens.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Save the deliverables in this directory.")] = None,
    stay: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for the outcome.")] = True,
    timeout: Annotated[float | None, typer.Option(help="Seconds to wait at most.")] = None,
    threshold: Annotated[float | None, typer.Option(help="The confidence to reach, 0 to 1.")] = None,
    retention: Annotated[str | None, typer.Option(help="zero or keep.")] = None,
    deliver_to: Annotated[
        list[str] | None, typer.Option(help="A connection whose people are told the outcome; repeatable.")
    ] = None,
    metadata: Annotated[list[str] | None, typer.Option("--metadata", help="name=value; repeatable.")] = None,
    idempotency_key: Annotated[str | None, typer.Option(help="The same key twice is one run.")] = None,
) -> int:
    """Give an agent a task and wait for the outcome.

    Exits with 0 completed, 3 escalated, 4 failed, 5 cancelled, 6 waiting for input, 7 not done in time.
    """
    order = _order(agent, task, input_json=input_json)
    order |= {"threshold": threshold, "retention": retention}
    order |= {"deliver_to": [{"connection": one} for one in deliver_to] if deliver_to else None}
    order |= {"metadata": read_pairs(metadata or [], option="--metadata")}
    files = _upload(desk, file or [])
    if files:
        order |= {"files": files}
    started = desk.client.runs.create(idempotency_key=idempotency_key, **order)
    desk.out.line(f"Run {started.id}", style="strong")
    desk.out.record(started)
    if not stay and not live:
        return 0
    narrator = Narrator() if live else None
    ended = (
        follow(desk, started.id, narrator=narrator, timeout_s=timeout)
        if narrator
        else wait(desk, started.id, timeout_s=timeout)
    )
    is_saved = out is not None and ended.is_terminal and save_artifacts(desk, ended.id, directory=out)
    return tell_outcome(desk, ended, narrator=narrator, is_saved=is_saved)


def _order(agent: str, task: str | None, *, input_json: str | None) -> RunOrder:
    if (task is None) == (input_json is None):
        raise UsageFailure("Give either a TASK or --input, not both and not neither")
    if task is not None:
        return {"agent": agent, "task": read_text(task)}
    given: dict[str, Any] = read_object(read_text(input_json or ""), option="--input")
    return {"agent": agent, "input": given}


def _upload(desk: Desk, paths: Sequence[Path]) -> list[str]:
    files = [desk.client.vault.upload(path).id for path in paths]
    if files:
        desk.out.line(f"Put into the vault: {', '.join(path.name for path in paths)}", style="dim")
    return files
