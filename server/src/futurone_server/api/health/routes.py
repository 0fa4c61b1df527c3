"""Whether the server lives, is ready, and which version it is."""

from fastapi import APIRouter, Response

from futurone_server import VERSION
from futurone_server.api.access import needs
from futurone_server.api.guard import GuardedRoute
from futurone_server.api.services import Services
from futurone_server.kit import json
from futurone_server.kit.json import JsonObject

router = APIRouter(tags=["Health"], route_class=GuardedRoute)


@router.get("/health/live", summary="Is the process alive")
@needs(None)
async def live() -> JsonObject:
    """200 as long as the process answers. No key needed."""
    return {"status": "ok"}


@router.get("/health/ready", summary="Can it take requests")
@needs(None)
async def ready(desk: Services) -> Response:
    """200 when the database takes a statement and the server is not draining, else 503. No key needed."""
    is_ready = not desk.streams.is_draining and await desk.db.answers()
    body = json.dump({"status": "ok" if is_ready else "unavailable"})
    return Response(body, 200 if is_ready else 503, media_type="application/json")


@router.get("/health/deps", summary="What it stands on")
@needs(None)
async def dependencies(desk: Services) -> Response:
    """Each dependency with ok or unavailable. No key needed, and no detail given."""
    is_up = await desk.db.answers()
    body = json.dump({"data": {"database": "ok" if is_up else "unavailable"}})
    return Response(body, 200 if is_up else 503, media_type="application/json")


@router.get("/v1/version", summary="Which version is this")
@needs(None)
async def version() -> JsonObject:
    """The server's version and the API's. No key needed."""
    return {"data": {"version": VERSION, "api": "v1"}}
