"""Who is asking."""

from fastapi import APIRouter

from futurone_server.api.access import needs
from futurone_server.api.guard import GuardedRoute
from futurone_server.api.services import Services
from futurone_server.kit.clock import to_second
from futurone_server.kit.json import JsonObject
from futurone_server.web.context import Caller

router = APIRouter(prefix="/v1", tags=["Who"], route_class=GuardedRoute)


@router.get("/whoami", summary="Who am I")
@needs(None)
async def whoami(caller: Caller, desk: Services) -> JsonObject:
    """The person behind a key, and what the key may do. Keys made on this server's first start have no person yet."""
    workspace = await desk.workspaces.settings(caller.workspace_id)
    key = {
        "id": caller.key_id,
        "mode": caller.mode.value,
        "projects": None if caller.projects is None else sorted(caller.projects),
        "agents": None if caller.agents is None else sorted(caller.agents),
        "expires_at": None if caller.expires_at is None else to_second(caller.expires_at),
    }
    return {
        "data": {
            "id": caller.key_id,
            "email": None,
            "name": workspace.name,
            "avatar_url": None,
            "organization_id": workspace.id,
            "created_at": to_second(workspace.created_at),
            "key": key,
            "capabilities": sorted(caller.capabilities),
        }
    }
