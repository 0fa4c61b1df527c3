"""Who is asking, and in which workspace: its settings and its projects."""

from fastapi import APIRouter, Request, Response

from futurone_server.api.access import needs, repeatable
from futurone_server.api.guard import GuardedRoute
from futurone_server.api.lists import Paging, present_page, read_window
from futurone_server.api.services import Services
from futurone_server.api.workspaces.requests import ChangeWorkspace, NameProject
from futurone_server.api.workspaces.views import present_project, present_workspace
from futurone_server.features.keys import Capability
from futurone_server.kit.clock import to_second
from futurone_server.kit.json import JsonObject
from futurone_server.web.context import Caller
from futurone_server.web.idempotency import answered, as_sent, once

router = APIRouter(prefix="/v1", route_class=GuardedRoute)


@router.get("/whoami", summary="Who am I", tags=["Who"])
@needs(None)
async def whoami(caller: Caller, desk: Services) -> JsonObject:
    """The person who is signed in, or who made the key, and what may be done. Keys of the first start have no person.

    For a key that no person made, `id` is the key's own and `name` the workspace's.
    """
    workspace = await desk.workspaces.settings(caller.workspace_id)
    person = await desk.people.holders.person(caller.workspace_id, caller.key_id)
    key = (
        None
        if caller.session_id is not None
        else {
            "id": caller.key_id,
            "mode": caller.mode.value,
            "projects": None if caller.projects is None else sorted(caller.projects),
            "agents": None if caller.agents is None else sorted(caller.agents),
            "expires_at": None if caller.expires_at is None else to_second(caller.expires_at),
        }
    )
    return {
        "data": {
            "id": caller.key_id if person is None else person.user_id,
            "email": None if person is None else person.email,
            "name": workspace.name if person is None else person.name,
            "avatar_url": None,
            "organization_id": workspace.id,
            "created_at": to_second(workspace.created_at if person is None else person.created_at),
            "key": key,
            "capabilities": sorted(caller.capabilities),
        }
    }


@router.get("/workspace", summary="Get the workspace", tags=["Workspace"])
@needs(Capability.RUNS_READ)
async def get_workspace(caller: Caller, desk: Services) -> JsonObject:
    """The workspace of the key, with the settings that runs start from."""
    return {"data": present_workspace(await desk.settings.show(caller))}


@router.patch("/workspace", summary="Change the workspace", tags=["Workspace"])
@needs(Capability.WORKSPACE_MANAGE)
async def change_workspace(body: ChangeWorkspace, caller: Caller, desk: Services) -> JsonObject:
    """Change what is named, and leave the rest. New runs follow within a second; those under way keep theirs.

    Live and test runs start from the same settings: 403 for a test key.
    """
    return {
        "data": present_workspace(
            await desk.settings.change(caller, body.changes({model.name for model in desk.models()}))
        )
    }


@router.get("/projects", summary="List projects", tags=["Workspace"])
@needs(Capability.RUNS_READ)
async def list_projects(query: Paging, caller: Caller, desk: Services) -> JsonObject:
    """The projects that the key reaches, oldest first."""
    page = await desk.settings.projects(caller, read_window(query, desk.cursors, "projects"))
    return present_page(page, desk.cursors, "projects", present_project)


@router.post("/projects", status_code=201, summary="Create a project", tags=["Workspace"])
@needs(Capability.WORKSPACE_MANAGE)
@repeatable
async def create_project(
    request: Request, response: Response, body: NameProject, caller: Caller, desk: Services
) -> JsonObject:
    """A part of the workspace that keys can be limited to and runs can be made in."""
    project, replayed = await desk.settings.add_project(
        caller, body.name, once(request, "projects.create", as_sent(body))
    )
    return answered({"data": present_project(project)}, response, replayed=replayed)


@router.patch("/projects/{project_id}", summary="Rename a project", tags=["Workspace"])
@needs(Capability.WORKSPACE_MANAGE)
async def rename_project(project_id: str, body: NameProject, caller: Caller, desk: Services) -> JsonObject:
    """Give a project another name; its id stays."""
    return {"data": present_project(await desk.settings.rename_project(caller, project_id, body.name))}
