"""The routes of connections."""

from fastapi import APIRouter, Request, Response

from futurone_server.api.access import needs, repeatable
from futurone_server.api.connections.requests import ChangeConnection, CreateConnection
from futurone_server.api.connections.views import present_connection
from futurone_server.api.guard import GuardedRoute
from futurone_server.api.lists import Paging, present_page, read_window
from futurone_server.api.services import Services
from futurone_server.api.webhooks.trials import settled
from futurone_server.api.webhooks.views import present_delivery
from futurone_server.features.keys import Capability
from futurone_server.kit.json import JsonObject
from futurone_server.web.context import Caller
from futurone_server.web.idempotency import answered, as_sent, once

router = APIRouter(prefix="/v1/connections", tags=["Connections"], route_class=GuardedRoute)


@router.get("", summary="List connections")
@needs(Capability.CONNECTIONS_MANAGE)
async def list_connections(query: Paging, caller: Caller, desk: Services) -> JsonObject:
    """The workspace's connections, newest first; never a secret. A test key sees those that test keys made."""
    page = await desk.connections.list(caller, read_window(query, desk.cursors, "connections"))
    return present_page(page, desk.cursors, "connections", present_connection)


@router.post("", status_code=201, summary="Create a connection")
@needs(Capability.CONNECTIONS_MANAGE)
@repeatable
async def create_connection(
    request: Request, response: Response, body: CreateConnection, caller: Caller, desk: Services
) -> JsonObject:
    """Connect a chat or a mailbox, so that runs can name it in `deliver_to`. The URL is sealed and not shown again."""
    wish = once(request, "connections.create", as_sent(body))
    made = await desk.connections.create(caller, body.name, url=body.url, once=wish)
    return answered({"data": present_connection(made.connection)}, response, replayed=made.replayed)


@router.get("/{connection_id}", summary="Retrieve a connection")
@needs(Capability.CONNECTIONS_MANAGE)
async def get_connection(connection_id: str, caller: Caller, desk: Services) -> JsonObject:
    """A connection with its health, never with its secret."""
    return {"data": present_connection(await desk.connections.get(caller, connection_id))}


@router.patch("/{connection_id}", summary="Change a connection")
@needs(Capability.CONNECTIONS_MANAGE)
async def change_connection(connection_id: str, body: ChangeConnection, caller: Caller, desk: Services) -> JsonObject:
    """Change its name or its URL. Another URL clears its health, and what waits goes there."""
    return {"data": present_connection(await desk.connections.change(caller, connection_id, body.change()))}


@router.delete("/{connection_id}", status_code=204, summary="Delete a connection")
@needs(Capability.CONNECTIONS_MANAGE)
async def delete_connection(connection_id: str, caller: Caller, desk: Services) -> Response:
    """Delete it with its secret. What waits for it goes to the dead letters, and so does what names it later."""
    await desk.connections.delete(caller, connection_id)
    return Response(status_code=204)


@router.post("/{connection_id}/test", summary="Try a connection out")
@needs(Capability.CONNECTIONS_MANAGE)
@repeatable
async def test_connection(
    connection_id: str, request: Request, response: Response, caller: Caller, desk: Services
) -> JsonObject:
    """Send a message that says it is a trial, once, and answer what came of it; after 25 seconds as it then stands."""
    wish = once(request, "connections.test", {"connection_id": connection_id})
    delivery_id, replayed = await desk.trials.begin(caller, connection_id, wish)
    delivery = await settled(desk.clock, lambda: desk.trials.get(caller, delivery_id))
    return answered({"data": present_delivery(delivery)}, response, replayed=replayed)
