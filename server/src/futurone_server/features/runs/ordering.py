"""How an order becomes a run: what it does not say is filled in from its caller and the workspace."""

from datetime import datetime

from futurone_server.features.keys import Principal
from futurone_server.features.runs.types import Order, Retention, Run, Spent, Status
from futurone_server.features.workspaces import RetentionMode, Workspace
from futurone_server.kit.ids import new_id


def new_run(caller: Principal, order: Order, workspace: Workspace, *, at: datetime, request_id: str) -> Run:
    """The run that an order becomes, queued."""
    default = Retention(mode=RetentionMode(workspace.retention), window_s=workspace.window_s)
    return Run(
        id=new_id("fo_run_", at),
        workspace_id=caller.workspace_id,
        project_id=project_of(caller, order.project_id, workspace),
        mode=caller.mode,
        agent=order.agent or workspace.default_agent,
        status=Status.QUEUED,
        threshold=workspace.threshold if order.threshold is None else order.threshold,
        confidence=None,
        steps_completed=0,
        steps_total=0,
        budget=order.budget,
        retention=order.retention or default,
        rubric=order.rubric,
        webhook_url=order.webhook_url,
        deliver_to=order.deliver_to,
        metadata=order.metadata,
        caller_workspace_id=order.caller_workspace_id,
        subject_id=order.subject_id,
        origin=order.origin,
        trigger_id=order.trigger_id,
        parent_run_id=order.parent_run_id,
        attempt=order.attempt,
        files=order.files,
        tool_calls=0,
        spent=Spent(),
        error=None,
        escalation=None,
        score=None,
        segment=1,
        recoveries=0,
        worked_ms=0,
        ready_at=at,
        worker_id=None,
        input_id=None,
        last_event_id=1,
        is_erased=False,
        erased_at=None,
        erases_at=None,
        since=at,
        created_at=at,
        started_at=None,
        completed_at=None,
        request_id=request_id,
        created_by=caller.key_id,
    )


def project_of(caller: Principal, wanted: str | None, workspace: Workspace) -> str:
    """The project that is meant: the one named, else the key's only one, else the workspace's default."""
    if wanted is not None:
        return wanted
    scoped = caller.projects
    return next(iter(scoped)) if scoped and len(scoped) == 1 else workspace.default_project_id
