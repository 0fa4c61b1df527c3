"""The route of usage."""

from fastapi import APIRouter

from futurone_server.api.access import needs
from futurone_server.api.guard import GuardedRoute
from futurone_server.api.services import Services
from futurone_server.api.usage.requests import AskUsage
from futurone_server.api.usage.views import present_usage
from futurone_server.features.keys import Capability
from futurone_server.kit.json import JsonObject
from futurone_server.web.context import Caller

router = APIRouter(prefix="/v1/usage", tags=["Usage"], route_class=GuardedRoute)


@router.get("", summary="Read usage")
@needs(Capability.USAGE_READ)
async def read_usage(query: AskUsage, caller: Caller, desk: Services) -> JsonObject:
    """Tokens, money, runs and steps in a stretch of time, of live runs unless `mode` says otherwise.

    Failed runs are not billed: what they used stands in `not_billed`. Usage outlives the runs that it is of. A key that
    is limited to projects or agents is answered about these alone.
    """
    return {"data": present_usage(await desk.usage.read(caller, query.query(desk.clock.now())))}
