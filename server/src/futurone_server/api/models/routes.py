"""The route of the configured models."""

from fastapi import APIRouter

from futurone_server.api.access import needs
from futurone_server.api.guard import GuardedRoute
from futurone_server.api.lists import whole
from futurone_server.api.models.views import present_model
from futurone_server.api.services import Services
from futurone_server.features.keys import Capability
from futurone_server.kit.json import JsonObject
from futurone_server.web.context import Caller

router = APIRouter(prefix="/v1/models", tags=["Models"], route_class=GuardedRoute)


@router.get("", summary="List the models")
@needs(Capability.RUNS_READ)
async def list_models(caller: Caller, desk: Services) -> JsonObject:
    """The language models this server is configured with, in the order in which they are named.

    Each has its classes of work and its price in US dollars per million tokens; ``priced`` is false where nobody knows
    it. No model is configured on a fresh server: what needs one is then held for review with ``MODEL_REQUIRED``.
    """
    del caller  # who may read runs may know what carries them out; the models are the server's, not a workspace's
    return whole([present_model(model) for model in desk.models()])
