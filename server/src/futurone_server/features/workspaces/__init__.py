"""Workspaces: the tenant, its projects and its settings."""

from futurone_server.features.workspaces.service import WorkspaceService
from futurone_server.features.workspaces.types import Project, RetentionMode, Workspace

__all__ = ["Project", "RetentionMode", "Workspace", "WorkspaceService"]
