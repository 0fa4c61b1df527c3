"""The routes of runs: parse, call, present."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from futurone_server.api.access import Counting, counted, needs, repeatable, takes
from futurone_server.api.desk import Desk
from futurone_server.api.guard import GuardedRoute
from futurone_server.api.lists import present_page, read_window, whole
from futurone_server.api.runs.contents import FORMATS, answer_content
from futurone_server.api.runs.queries import PARAMETERS, read_filter
from futurone_server.api.runs.requests import CreateRun, SignalBody
from futurone_server.api.runs.views import present_artifact, present_plan, present_run, present_verification
from futurone_server.api.services import Services
from futurone_server.features.keys import Capability, Principal, RateClass
from futurone_server.features.runs import Action, Run, Status
from futurone_server.kit import limits
from futurone_server.kit.errors import Unauthenticated
from futurone_server.kit.json import JsonObject
from futurone_server.web.context import Caller, RequestId
from futurone_server.web.idempotency import answered, as_sent, once
from futurone_server.web.rate_limit import count, give_back

router = APIRouter(prefix="/v1/runs", tags=["Runs"], route_class=GuardedRoute)


async def _present(desk: Desk, caller: Principal, run: Run) -> JsonObject:
    """The run as it is; what it asks and what it produced are shown to those alone who may read runs."""
    if not caller.can(Capability.RUNS_READ):
        return present_run(run, [], None)
    wait = await desk.signals.open_wait(caller, run)
    found = await desk.deliverables.artifacts(caller, [run]) if run.steps_total else {}
    doing = await desk.deliverables.doing(caller, run)
    return present_run(run, found.get(run.id, []), wait, doing)


@router.post("", status_code=201, summary="Create a run")
@needs(Capability.RUNS_CREATE)
@repeatable
async def create_run(
    request: Request, response: Response, body: CreateRun, caller: Caller, desk: Services, request_id: RequestId
) -> JsonObject:
    """Take a task. The run is durable once this answers; follow it with `GET /v1/runs/{id}/events`.

    With `Idempotency-Key` (required with `input`) a repeated request gives the same run, with `replayed: true`.
    """
    wish = once(request, "runs.create", as_sent(body), required=body.is_form_b)
    order = body.order()
    if order.webhook_url is not None:
        desk.webhooks.check_url("webhook_url", order.webhook_url)
    if order.files or order.deliver_to:
        earlier = await desk.runs.placed_before(caller, wish, order.project_id)
        if earlier is not None:
            return answered(await _present(desk, caller, earlier), response, replayed=True)
    if order.deliver_to:
        await desk.connections.check_named(caller, "deliver_to", order.deliver_to)
    if order.files:
        caller.require(Capability.VAULT_READ)
        with body.own_words():
            await desk.vault.check_exist(caller.workspace_id, order.files)
    with body.own_words():
        placed = await desk.runs.create(caller, order, request_id=request_id, once=wish)
    if placed.replayed:
        return answered(await _present(desk, caller, placed.run), response, replayed=True)
    return present_run(placed.run, [], None)


@router.get("", summary="List runs")
@needs(Capability.RUNS_READ)
@takes(PARAMETERS)
async def list_runs(request: Request, caller: Caller, desk: Services) -> JsonObject:
    """The workspace's runs, newest first. Test runs are shown with `mode=test` or `mode=all` (or to test keys)."""
    paging, wanted = read_filter(request, default_mode=caller.mode.value)
    page = await desk.runs.list(caller, wanted, read_window(paging, desk.cursors, "runs"))
    artifacts = await desk.deliverables.artifacts(caller, page.items)
    waits = {run.id: await desk.signals.open_wait(caller, run) for run in page.items if run.input_id}
    return present_page(
        page, desk.cursors, "runs", lambda run: present_run(run, artifacts.get(run.id, []), waits.get(run.id))
    )


@router.get("/{run_id}", summary="Retrieve a run")
@needs(Capability.RUNS_READ)
async def get_run(
    run_id: str,
    caller: Caller,
    desk: Services,
    wait: Annotated[int, Query(ge=0, le=limits.WAIT_S_MAX, description="Hold the answer until it ends or waits.")] = 0,
) -> JsonObject:
    """The run, always consistent with its stream: if it says terminal, the terminal event can be read."""
    run = await desk.runs.get(caller, run_id)
    if wait and not _is_settled(run):
        run = await _settled(desk, caller, run, wait)
    return await _present(desk, caller, run)


def _is_settled(run: Run) -> bool:
    return run.is_terminal or run.status is Status.AWAITING_INPUT


async def _settled(desk: Desk, caller: Principal, run: Run, wait_s: float) -> Run:
    """The run once it has ended or waits for a person, or as it is when the time is over or this server goes.

    Whoever waits counts as an open stream, and like one is cut when the key is revoked: raises Unauthenticated.
    """
    feed = desk.log.news.join(run.id)
    try:
        with desk.streams.opened(caller.credential_id):
            async with asyncio.timeout(wait_s):
                while not _is_settled(run):
                    if feed.head <= run.last_event_id:
                        await feed.changed(wait_s)
                    run = await desk.runs.get(caller, run.id)
    except TimeoutError:
        pass
    except asyncio.CancelledError:
        task = asyncio.current_task()
        assert task is not None
        task.uncancel()
        if not desk.streams.is_draining:
            raise Unauthenticated("The key was revoked, or has expired.", "AUTH_KEY_REVOKED") from None
    finally:
        desk.log.news.leave(run.id)
    return run


@router.post("/{run_id}/signal", summary="Answer what a run waits for")
@needs(Capability.RUNS_SIGNAL)
@counted(Counting.BY_ROUTE)
@repeatable
async def signal_run(
    run_id: str, request: Request, response: Response, body: SignalBody, caller: Caller, desk: Services
) -> JsonObject:
    """Approve, reject, or submit the fields of a form. The first valid answer wins; the same one again is fine.

    `submit_input` counts as an execution request; `approve` and `reject` are free. A repetition with the same
    `Idempotency-Key` answers nothing that the run has asked since.
    """
    is_counted = body.action is Action.SUBMIT_INPUT
    if is_counted:
        await count(request.scope, RateClass.EXECUTION, spares_repetitions=True)
    wish = once(request, "runs.signal", {"run_id": run_id, **as_sent(body)})
    found = await desk.signals.answer(
        caller, run_id, body.action, payload=body.checked_payload(), input_id=body.input_id, once=wish
    )
    if is_counted and found.replayed:
        await give_back(request.scope, RateClass.EXECUTION)
    return answered(await _present(desk, caller, found.run), response, replayed=found.replayed)


@router.post("/{run_id}/resume", summary="Have a stalled run go on now")
@needs(Capability.RUNS_SIGNAL)
@counted(Counting.STANDARD)
async def resume_run(run_id: str, caller: Caller, desk: Services) -> JsonObject:
    """A stalled run is handed to a worker at once instead of at the next watch; any other is answered unchanged."""
    return await _present(desk, caller, await desk.runs.resume(caller, run_id))


@router.post("/{run_id}/cancel", status_code=202, summary="Cancel a run")
@needs(Capability.RUNS_CANCEL)
@counted(Counting.FREE)
async def cancel_run(run_id: str, response: Response, caller: Caller, desk: Services) -> JsonObject:
    """End a run as cancelled, whatever it is doing. 202 the first time, 200 when it was cancelled already."""
    run, is_new = await desk.runs.cancel(caller, run_id)
    if not is_new:
        response.status_code = 200
    return await _present(desk, caller, run)


@router.post("/{run_id}/ack", summary="Erase a run's content now")
@needs(Capability.RUNS_READ)
@counted(Counting.FREE)
async def acknowledge_run(run_id: str, caller: Caller, desk: Services) -> JsonObject:
    """You have what you need: the run's key is destroyed and its content erased. Ids, times and scores stay."""
    return await _present(desk, caller, await desk.erasure.acknowledge(caller, run_id))


@router.delete("/{run_id}", status_code=204, summary="Delete a run")
@needs(Capability.RUNS_CANCEL)
async def delete_run(run_id: str, caller: Caller, desk: Services) -> Response:
    """Cancel the run if needed, then delete it with its events and content."""
    await desk.erasure.delete(caller, run_id)
    return Response(status_code=204)


@router.post("/{run_id}/rerun", status_code=201, summary="Run the same order again")
@needs(Capability.RUNS_CREATE)
@repeatable
async def rerun(
    run_id: str, request: Request, response: Response, caller: Caller, desk: Services, request_id: RequestId
) -> JsonObject:
    """A new run of the same order, while its content exists; `origin.parent_run_id` names the first.

    Needs `runs:read` too.
    """
    wish = once(request, "runs.rerun", {"run_id": run_id})
    first = await desk.runs.get(caller, run_id)
    earlier = await desk.runs.placed_before(caller, wish, first.project_id)
    if earlier is not None:
        return answered(await _present(desk, caller, earlier), response, replayed=True)
    order = await desk.runs.order_again(caller, run_id)
    placed = await desk.runs.create(caller, order, request_id=request_id, once=wish)
    return answered(await _present(desk, caller, placed.run), response, replayed=placed.replayed)


@router.get("/{run_id}/artifacts", summary="List a run's artifacts")
@needs(Capability.RUNS_READ)
async def list_artifacts(run_id: str, caller: Caller, desk: Services) -> JsonObject:
    """What the run produced, without the content."""
    run = await desk.runs.get(caller, run_id)
    found = await desk.deliverables.artifacts(caller, [run])
    shown = [present_artifact(one) for one in found[run_id]]
    return whole(shown)


@router.get("/{run_id}/artifacts/{artifact_id}", summary="Read an artifact", response_class=Response)
@needs(Capability.RUNS_READ)
async def read_artifact(
    run_id: str,
    artifact_id: str,
    caller: Caller,
    desk: Services,
    wanted: Annotated[
        str, Query(alias="format", description="In which form.", json_schema_extra={"enum": FORMATS})
    ] = "original",
) -> Response:
    """The content of an artifact. 409 HELD_FOR_REVIEW for escalated runs without reviews:decide; 410 once erased.

    `html`, `pdf` and `docx` are made for you and carry the artifact's provenance in their metadata. `pdf` needs the
    server's extra of that name: 400 says what is missing.
    """
    artifact, content = await desk.deliverables.artifact(caller, run_id, artifact_id)
    return await answer_content(wanted, artifact, content, exports=desk.exports)


@router.get("/{run_id}/plan", summary="Read a run's plan")
@needs(Capability.RUNS_READ)
async def read_plan(run_id: str, caller: Caller, desk: Services) -> JsonObject:
    """The step graph with how each step stands."""
    return present_plan(await desk.deliverables.plan(caller, run_id))


@router.get("/{run_id}/verification", summary="Read how a run was verified")
@needs(Capability.RUNS_READ)
async def read_verification(run_id: str, caller: Caller, desk: Services) -> JsonObject:
    """The rubric and each of its checks with result, score and reason."""
    return present_verification(*await desk.deliverables.verification(caller, run_id))
