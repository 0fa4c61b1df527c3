"""What follows from what: one table of consequences, each written in the commit of its event."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from futurone_server.eventlog import Write
from futurone_server.features.runs import Ending, Run
from futurone_server.features.runs import rules as run_rules
from futurone_server.store import due

_ENGINE_ROWS_S = 30


def when_run_ends(run: Run, ending: Ending, at: datetime) -> Sequence[Write]:
    """A run has ended: its content is erased at its time, and the engine forgets its segments."""
    release = due.row("release", run.id, run.workspace_id, at + timedelta(seconds=_ENGINE_ROWS_S))
    writes = [Write(statement=due.ADD, values=release)]
    erases_at = run_rules.erases_at(run, ending.status, at)
    if erases_at is not None:
        writes.append(Write(statement=due.ADD, values=due.row("erase", run.id, run.workspace_id, erases_at)))
    return writes
