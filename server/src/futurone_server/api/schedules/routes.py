"""The routes of schedules."""

from fastapi import APIRouter, Request, Response

from futurone_server.api.access import Counting, counted, needs, repeatable
from futurone_server.api.desk import Desk
from futurone_server.api.guard import GuardedRoute
from futurone_server.api.lists import Paging, present_page, read_window
from futurone_server.api.runs.views import present_run
from futurone_server.api.schedules.requests import ChangeSchedule, CreateSchedule, within
from futurone_server.api.schedules.views import present_fire, present_schedule
from futurone_server.api.services import Services
from futurone_server.features.keys import Capability, Principal
from futurone_server.features.schedules import Opened, Programme
from futurone_server.kit.json import JsonObject
from futurone_server.web.context import Caller, RequestId
from futurone_server.web.idempotency import answered, as_sent, once

router = APIRouter(prefix="/v1/schedules", tags=["Schedules"], route_class=GuardedRoute)


def _shown(desk: Desk, caller: Principal, opened: Opened) -> JsonObject:
    """The schedule; what it runs is shown to those alone who may read runs."""
    shown = present_schedule(opened, desk.clock.now())
    return {"data": shown if caller.can(Capability.RUNS_READ) else {**shown, "run": None}}


async def _check_told(desk: Desk, caller: Principal, run: Programme | None) -> None:
    """Refuse to run what tells its end where nothing is told. Raises Invalid."""
    if run is not None and run.order.webhook_url is not None:
        desk.webhooks.check_url("webhook_url", run.order.webhook_url)
    if run is not None and run.order.deliver_to:
        await desk.connections.check_named(caller, "deliver_to", run.order.deliver_to)


@router.get("", summary="List schedules")
@needs(Capability.RUNS_READ)
async def list_schedules(query: Paging, caller: Caller, desk: Services) -> JsonObject:
    """The schedules that the key reaches, newest first: those of its projects and agents, and with a test key those
    that test keys made.
    """
    page = await desk.schedules.list(caller, read_window(query, desk.cursors, "schedules"))
    now = desk.clock.now()
    return present_page(page, desk.cursors, "schedules", lambda opened: present_schedule(opened, now))


@router.post("", status_code=201, summary="Create a schedule")
@needs(Capability.RUNS_CREATE)
@counted(Counting.STANDARD)
@repeatable
async def create_schedule(
    request: Request, response: Response, body: CreateSchedule, caller: Caller, desk: Services
) -> JsonObject:
    """Run something whenever it is time. `run` is checked now as `POST /v1/runs` checks it, and again at each fire.

    It fires in the name of the key that makes it, as long as that key may: a schedule whose key is revoked, expired or
    no longer allowed to pauses itself.
    """
    wish = once(request, "schedules.create", as_sent(body))
    wanted = body.wanted()
    with within(body.run):
        await _check_told(desk, caller, wanted.run)
        made = await desk.schedules.create(caller, wanted, once=wish)
    return answered(_shown(desk, caller, made), response, replayed=made.replayed)


@router.get("/{schedule_id}", summary="Retrieve a schedule")
@needs(Capability.RUNS_READ)
async def get_schedule(schedule_id: str, caller: Caller, desk: Services) -> JsonObject:
    """A schedule with what it runs, when it is due next, and what became of its last due time."""
    return _shown(desk, caller, await desk.schedules.get(caller, schedule_id))


@router.patch("/{schedule_id}", summary="Change a schedule")
@needs(Capability.RUNS_CREATE)
async def change_schedule(schedule_id: str, body: ChangeSchedule, caller: Caller, desk: Services) -> JsonObject:
    """Change when it runs or what. With another `run` it fires in the name of the key that changes it."""
    change = body.change()
    with within(body.run):
        await _check_told(desk, caller, change.run)
        return _shown(desk, caller, await desk.schedules.change(caller, schedule_id, change))


@router.delete("/{schedule_id}", status_code=204, summary="Delete a schedule")
@needs(Capability.RUNS_CREATE)
async def delete_schedule(schedule_id: str, caller: Caller, desk: Services) -> Response:
    """Delete it with its ledger; the key of what it runs is destroyed. The runs that it made stay."""
    await desk.schedules.delete(caller, schedule_id)
    return Response(status_code=204)


@router.post("/{schedule_id}/pause", summary="Pause a schedule")
@needs(Capability.RUNS_CREATE)
@counted(Counting.STANDARD)
async def pause_schedule(schedule_id: str, caller: Caller, desk: Services) -> JsonObject:
    """No more runs until it is resumed. What is due meanwhile stands in the ledger as skipped. Repeatable."""
    return _shown(desk, caller, await desk.schedules.pause(caller, schedule_id))


@router.post("/{schedule_id}/resume", summary="Resume a schedule")
@needs(Capability.RUNS_CREATE)
@counted(Counting.STANDARD)
async def resume_schedule(schedule_id: str, caller: Caller, desk: Services) -> JsonObject:
    """Go on, in the name of the key that says so, for which `run` is checked again. Repeatable."""
    opened = await desk.schedules.resume(caller, schedule_id)
    return _shown(desk, caller, opened)


@router.post("/{schedule_id}/run", status_code=201, summary="Run a schedule now")
@needs(Capability.RUNS_CREATE)
@repeatable
async def run_schedule(
    schedule_id: str, request: Request, response: Response, caller: Caller, desk: Services, request_id: RequestId
) -> JsonObject:
    """A run of what it runs, now and in the name of the key that asks, paused or not. The ledger calls it manual.

    It does not count towards the daily cap, and moves no due time.
    """
    wish = once(request, "schedules.run", {"schedule_id": schedule_id})
    placed = await desk.schedules.run(caller, schedule_id, request_id=request_id, once=wish)
    return answered(present_run(placed.run, [], None), response, replayed=placed.replayed)


@router.get("/{schedule_id}/fires", summary="List what became of a schedule's due times")
@needs(Capability.RUNS_READ)
async def list_fires(schedule_id: str, query: Paging, caller: Caller, desk: Services) -> JsonObject:
    """The ledger, newest first, for ninety days. Each due time stands in it once: it ran, was skipped, or missed."""
    page = await desk.schedules.fires(caller, schedule_id, read_window(query, desk.cursors, "fires"))
    return present_page(page, desk.cursors, "fires", present_fire)
