"""The routes of webhooks."""

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from futurone_server.api.access import needs, repeatable
from futurone_server.api.guard import GuardedRoute
from futurone_server.api.lists import Paging, present_page, read_window
from futurone_server.api.services import Services
from futurone_server.api.webhooks.requests import (
    ChangeEndpoint,
    CreateEndpoint,
    ListDeadLetters,
    ListDeliveries,
    ReplayDeadLetters,
    RotateSecret,
)
from futurone_server.api.webhooks.trials import settled
from futurone_server.api.webhooks.views import (
    present_dead_letter,
    present_delivery,
    present_endpoint,
    present_made,
    present_replayed,
    present_secret,
)
from futurone_server.features.keys import Capability
from futurone_server.kit.json import JsonObject
from futurone_server.web.context import Caller
from futurone_server.web.idempotency import answered, as_sent, once

router = APIRouter(prefix="/v1/webhooks", tags=["Webhooks"], route_class=GuardedRoute)


@router.get("/endpoints", summary="List endpoints")
@needs(Capability.WEBHOOKS_MANAGE)
async def list_endpoints(query: Paging, caller: Caller, desk: Services) -> JsonObject:
    """The workspace's endpoints, newest first; never a secret. A test key sees those that test keys made."""
    page = await desk.webhooks.list(caller, read_window(query, desk.cursors, "endpoints"))
    return present_page(page, desk.cursors, "endpoints", present_endpoint)


@router.post("/endpoints", status_code=201, summary="Create an endpoint")
@needs(Capability.WEBHOOKS_MANAGE)
@repeatable
async def create_endpoint(
    request: Request, response: Response, body: CreateEndpoint, caller: Caller, desk: Services
) -> JsonObject:
    """Have an address told of events. `secret` is shown in this answer and never again."""
    wish = once(request, "webhooks.create", as_sent(body))
    made = await desk.webhooks.create(caller, body.url, events=body.wanted(), description=body.description, once=wish)
    return answered({"data": present_made(made)}, response, replayed=made.replayed)


@router.get("/endpoints/{endpoint_id}", summary="Retrieve an endpoint")
@needs(Capability.WEBHOOKS_MANAGE)
async def get_endpoint(endpoint_id: str, caller: Caller, desk: Services) -> JsonObject:
    """An endpoint with its health, never with its secret."""
    return {"data": present_endpoint(await desk.webhooks.get(caller, endpoint_id))}


@router.patch("/endpoints/{endpoint_id}", summary="Change an endpoint")
@needs(Capability.WEBHOOKS_MANAGE)
async def change_endpoint(endpoint_id: str, body: ChangeEndpoint, caller: Caller, desk: Services) -> JsonObject:
    """Change its address, events, description or status. Enabling it, or a new address, clears its health."""
    return {"data": present_endpoint(await desk.webhooks.change(caller, endpoint_id, body.change()))}


@router.delete("/endpoints/{endpoint_id}", status_code=204, summary="Delete an endpoint")
@needs(Capability.WEBHOOKS_MANAGE)
async def delete_endpoint(endpoint_id: str, caller: Caller, desk: Services) -> Response:
    """Delete it with its secrets. What waits for it goes to the dead letters."""
    await desk.webhooks.delete(caller, endpoint_id)
    return Response(status_code=204)


@router.post("/endpoints/{endpoint_id}/rotate-secret", summary="Rotate an endpoint's secret")
@needs(Capability.WEBHOOKS_MANAGE)
@repeatable
async def rotate_endpoint_secret(
    endpoint_id: str,
    request: Request,
    response: Response,
    caller: Caller,
    desk: Services,
    body: Annotated[RotateSecret | None, Body()] = None,
) -> JsonObject:
    """A new secret, shown once. Until the overlap is over `webhook-signature` lists both, and
    `X-FuturOne-Signature`, which has room for one, is made with the old one. `cut_over` ends the overlap.
    """
    asked = body or RotateSecret()
    wish = once(request, "webhooks.rotate", {"endpoint_id": endpoint_id, **as_sent(asked)})
    made = await desk.webhooks.rotate(caller, endpoint_id, asked.rotation(), wish)
    return answered({"data": present_made(made)}, response, replayed=made.replayed)


@router.post("/endpoints/{endpoint_id}/test", summary="Send a test event")
@needs(Capability.WEBHOOKS_MANAGE)
@repeatable
async def test_endpoint(
    endpoint_id: str, request: Request, response: Response, caller: Caller, desk: Services
) -> JsonObject:
    """Send the event `webhook.test` once, and answer what came of it; after 25 seconds as it then stands."""
    wish = once(request, "webhooks.test", {"endpoint_id": endpoint_id})
    tested = await desk.webhooks.test(caller, endpoint_id, wish)
    delivery = await settled(desk.clock, lambda: desk.deliveries.get(caller, tested.delivery_id))
    return answered({"data": present_delivery(delivery)}, response, replayed=tested.replayed)


@router.post("/signing-secret/rotate", summary="Rotate the signing secret of runs' own addresses")
@needs(Capability.WEBHOOKS_MANAGE)
@repeatable
async def rotate_signing_secret(
    request: Request,
    response: Response,
    caller: Caller,
    desk: Services,
    body: Annotated[RotateSecret | None, Body()] = None,
) -> JsonObject:
    """What signs for addresses that runs name in `webhook_url`: a new secret, or the first, shown once."""
    asked = body or RotateSecret()
    wish = once(request, "webhooks.signing_secret", as_sent(asked))
    made = await desk.webhooks.rotate_signing(caller, asked.rotation(), wish)
    return answered({"data": present_secret(made)}, response, replayed=made.replayed)


@router.get("/deliveries", summary="List deliveries")
@needs(Capability.WEBHOOKS_MANAGE)
async def list_deliveries(query: ListDeliveries, caller: Caller, desk: Services) -> JsonObject:
    """What was told to whom and what came of it, newest first, for thirty days."""
    page = await desk.deliveries.list(caller, query.filter(), read_window(query, desk.cursors, "deliveries"))
    return present_page(page, desk.cursors, "deliveries", present_delivery)


@router.get("/dead-letters", summary="List dead letters")
@needs(Capability.WEBHOOKS_MANAGE)
async def list_dead_letters(query: ListDeadLetters, caller: Caller, desk: Services) -> JsonObject:
    """Deliveries that were given up: after eight attempts, or because their endpoint is disabled or deleted.

    Each with the event itself. They are kept for seven days.
    """
    page = await desk.deliveries.list(caller, query.filter(), read_window(query, desk.cursors, "dead_letters"))
    return present_page(page, desk.cursors, "dead_letters", present_dead_letter)


@router.post("/dead-letters/replay", summary="Replay dead letters")
@needs(Capability.WEBHOOKS_MANAGE)
@repeatable
async def replay_dead_letters(
    request: Request, response: Response, body: ReplayDeadLetters, caller: Caller, desk: Services
) -> JsonObject:
    """Send several again, by `ids` or by the time of their death, ten a second per receiver.

    A repetition with the same `Idempotency-Key` sends nothing again, and says so with an empty list.
    """
    wish = once(request, "webhooks.replay", as_sent(body))
    found = await desk.deliveries.replay(caller, body.which(), wish)
    return answered({"data": present_replayed(found)}, response, replayed=found.replayed)


@router.post("/dead-letters/{delivery_id}/replay", summary="Replay a dead letter")
@needs(Capability.WEBHOOKS_MANAGE)
@repeatable
async def replay_dead_letter(
    delivery_id: str, request: Request, response: Response, caller: Caller, desk: Services
) -> JsonObject:
    """Send it again: same event id, a new timestamp, a fresh schedule. What is on its way already stays so."""
    wish = once(request, "webhooks.replay_one", {"delivery_id": delivery_id})
    found, replayed = await desk.deliveries.replay_one(caller, delivery_id, wish)
    return answered({"data": present_delivery(found)}, response, replayed=replayed)
