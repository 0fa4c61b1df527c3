"""Every request about the workspace and its projects, and how its answer is read."""

from collections.abc import Mapping
from typing import Any

from futurone._models import Page, Project, WorkspaceSettings, resource
from futurone._requests import Call, Request, encode_json, get_page, post, segment

_JSON = {"content-type": "application/json"}


def get_workspace() -> Call[WorkspaceSettings]:
    """The settings that runs start from."""
    return Call(request=Request(method="GET", url="/v1/workspace"), read=resource(WorkspaceSettings))


def change_workspace(changes: Mapping[str, Any]) -> Call[WorkspaceSettings]:
    """What is named changes; the rest stays. For ``models`` None is a value: all of them."""
    body = {name: value for name, value in changes.items() if value is not None or name == "models"}
    request = Request(method="PATCH", url="/v1/workspace", content=encode_json(body), headers=_JSON)
    return Call(request=request, read=resource(WorkspaceSettings))


def project_page(page_size: int | None, cursor: str | None) -> Call[Page[Project]]:
    """One page of projects."""
    return Call(request=get_page("/v1/projects", {"page_size": page_size}, cursor=cursor), read=resource(Page[Project]))


def create_project(name: str, *, idempotency_key: str | None) -> Call[Project]:
    """A new project."""
    request = post("/v1/projects", {"name": name}, idempotency_key=idempotency_key)
    return Call(request=request, read=resource(Project))


def rename_project(project_id: str, name: str) -> Call[Project]:
    """Another name for a project."""
    url = f"/v1/projects/{segment(project_id)}"
    request = Request(method="PATCH", url=url, content=encode_json({"name": name}), headers=_JSON)
    return Call(request=request, read=resource(Project))
