"""How a review comes about: the row changes that belong in the commit in which its run escalates."""

from datetime import datetime

from futurone_server.eventlog import Write
from futurone_server.features.reviews import rules, store
from futurone_server.features.runs import Run
from futurone_server.features.runs import rules as run_rules
from futurone_server.store.messages import Statement


def opening(run: Run, at: datetime) -> Write:
    """A run has escalated: a person is to decide over it. Bears being done twice."""
    values = {
        "workspace_id": run.workspace_id,
        "id": run_rules.review_id(run.id),
        "run_id": run.id,
        "project_id": run.project_id,
        "agent": run.agent,
        "mode": run.mode.value,
        "due_at": rules.due_at(at),
        "at": at,
    }
    return Write(statement=store.OPEN, values=values)


def expiring(run_id: str, at: datetime) -> Statement:
    """The content of a run is erased: nobody can decide over it any more. Does nothing to a decided review."""
    return store.expiring(run_id, at)
