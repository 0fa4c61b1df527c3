"""A workspace and a project as they go over the wire."""

from futurone_server.features.workspaces import Project, Workspace
from futurone_server.kit.clock import to_second
from futurone_server.kit.json import JsonObject


def present_workspace(workspace: Workspace) -> JsonObject:
    """A workspace with its settings."""
    return {
        "id": workspace.id,
        "name": workspace.name,
        "threshold": workspace.threshold,
        "retention": {"mode": workspace.retention.value, "window_s": workspace.window_s},
        "default_agent": workspace.default_agent,
        "default_project_id": workspace.default_project_id,
        "limits": {"runs_at_once": workspace.runs_at_once, "queued_runs": workspace.queued_runs},
        "models": None if workspace.models is None else list(workspace.models),
        "created_at": to_second(workspace.created_at),
    }


def present_project(project: Project) -> JsonObject:
    """A project."""
    return {"id": project.id, "name": project.name, "created_at": to_second(project.created_at)}
