"""Runs on a real database, with the time and the worker in the test's hands: every state, every race, every end."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from conftest import Databases
from futurone_server.eventlog import Content, EventType
from futurone_server.features.keys import Capability, Mode, Principal
from futurone_server.features.runs import Action, Budget, Order, Retention, Run, RunWork, Status
from futurone_server.features.settings import Changes
from futurone_server.features.workspaces import RetentionMode
from futurone_server.kit import limits
from futurone_server.kit.clock import ManualClock, SystemClock
from futurone_server.kit.errors import Conflict, Forbidden, Gone, NotFound, RateLimited
from futurone_server.main import Server
from futurone_server.store.database import SYSTEM
from futurone_server.store.idempotency import Once
from house import EVERYTHING, Tenant, add_tenant, carry_out, open_server, principal

pytestmark = pytest.mark.anyio


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(SystemClock().now())


@pytest.fixture
async def house(databases: Databases, database: str, clock: ManualClock) -> AsyncIterator[Server]:
    async with open_server(database, databases.role, clock=clock) as found:
        yield found


@pytest.fixture
def caller(tenant: Tenant) -> Principal:
    return principal(tenant.workspace_id, mode=Mode.TEST)


def work_of(house: Server) -> RunWork:
    return RunWork(house.desk.runs._house)


async def place(house: Server, caller: Principal, task: str = "[test:complete]", **changes: Any) -> Run:
    once = changes.pop("once", None)
    usual: dict[str, Any] = {"agent": "research", "metadata": {}, "budget": Budget()}
    order = Order(brief=Content({"task": task}), **{**usual, **changes})
    return (await house.desk.runs.create(caller, order, request_id="req_1", once=once)).run


async def types(house: Server, run: Run) -> list[EventType]:
    return [event.type for event in await house.desk.log.page(run.workspace_id, run.id, 0, 1000)]


async def in_state(house: Server, caller: Principal, status: Status) -> Run:
    """A run in a given state, brought there as it happens in life."""
    tasks = {Status.AWAITING_INPUT: "[test:input]", Status.FAILED: "[test:fail]", Status.ESCALATED: "[test:escalate]"}
    run = await place(house, caller, tasks.get(status, "[test:complete]"))
    if status is Status.QUEUED:
        return run
    work = work_of(house)
    if status in (Status.PLANNING, Status.RUNNING, Status.STALLED):
        (claimed,) = (await work.claim("wkr_1", 1)).runs
        if status is not Status.PLANNING:
            async with house.desk.db.transaction(SYSTEM) as tx:
                await tx.execute(text("UPDATE runs SET status = 'running' WHERE id = :id"), {"id": run.id})
        if status is Status.STALLED:
            found = await house.desk.runs.get(caller, run.id)
            async with house.desk.db.transaction(SYSTEM) as tx:
                assert await work.stall(tx, found)
        assert claimed.run_id == run.id
    elif status is Status.CANCELLED:
        await house.desk.runs.cancel(caller, run.id)
    else:
        await carry_out(house)
    return await house.desk.runs.get(caller, run.id)


@pytest.mark.parametrize("status", list(Status))
async def test_a_run_can_be_brought_into_every_state(status: Status, house: Server, caller: Principal) -> None:
    assert (await in_state(house, caller, status)).status is status


@pytest.mark.parametrize("status", [one for one in Status if one not in ("completed", "escalated", "failed")])
async def test_cancelling_ends_a_run_in_whatever_state_it_is(status: Status, house: Server, caller: Principal) -> None:
    run = await in_state(house, caller, status)
    ended, is_new = await house.desk.runs.cancel(caller, run.id)
    assert (ended.status, is_new) == (Status.CANCELLED, status is not Status.CANCELLED)
    assert (ended.worker_id, ended.ready_at, ended.input_id) == (None, None, None)
    assert (await types(house, run)).count(EventType.ENDED) == 1
    assert await carry_out(house) == 0, "nothing is left to be carried out"
    assert await house.desk.runs.cancel(caller, run.id) == (ended, False)


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.ESCALATED, Status.FAILED])
async def test_an_end_is_for_good(status: Status, house: Server, caller: Principal) -> None:
    run = await in_state(house, caller, status)
    with pytest.raises(Conflict) as refused:
        await house.desk.runs.cancel(caller, run.id)
    assert refused.value.details["status"] == status.value
    with pytest.raises(Conflict):
        await house.desk.signals.answer(caller, run.id, Action.APPROVE, payload=None, input_id=None)
    assert await house.desk.runs.get(caller, run.id) == run


async def test_a_worker_that_lost_its_run_writes_nothing_more(house: Server, caller: Principal) -> None:
    run = await place(house, caller, "[test:steps 3]")
    (claimed,) = (await work_of(house).claim(house.worker.engine.worker_id, 1)).runs
    carrying = asyncio.create_task(house.worker.conductor.segment(claimed.key))
    await house.desk.runs.cancel(caller, run.id)
    await carrying
    assert (await house.desk.runs.get(caller, run.id)).status is Status.CANCELLED
    assert (await types(house, run))[-1] is EventType.ENDED
    assert (await types(house, run)).count(EventType.ENDED) == 1


async def test_of_three_who_want_to_end_a_run_one_wins_and_all_agree_who(house: Server, caller: Principal) -> None:
    for _ in range(12):
        run = await in_state(house, caller, Status.AWAITING_INPUT)
        answers = await asyncio.gather(
            house.desk.runs.cancel(caller, run.id),
            house.desk.signals.answer(caller, run.id, Action.REJECT, payload=None, input_id=None),
            house.desk.signals.answer(caller, run.id, Action.APPROVE, payload=None, input_id=None),
            return_exceptions=True,
        )
        await carry_out(house)
        events = await types(house, run)
        assert events.count(EventType.ENDED) <= 1
        assert events.count(EventType.INPUT_RECEIVED) <= 1
        assert sum(not isinstance(one, Exception) for one in answers) >= 1
        assert all(isinstance(one, Conflict) for one in answers if isinstance(one, Exception))
        shown = await house.desk.runs.get(caller, run.id)
        assert shown.last_event_id == len(events)
        assert shown.is_terminal == (events[-1] is EventType.ENDED)


async def test_nobody_answers_and_the_run_fails_when_the_time_is_over(
    house: Server, caller: Principal, clock: ManualClock
) -> None:
    run = await in_state(house, caller, Status.AWAITING_INPUT)
    clock.advance(limits.INPUT_WAIT_S - 1)
    await house.worker.due.round()
    assert (await house.desk.runs.get(caller, run.id)).status is Status.AWAITING_INPUT
    clock.advance(1)
    with pytest.raises(Conflict) as late:
        await house.desk.signals.answer(caller, run.id, Action.APPROVE, payload=None, input_id=None)
    assert late.value.reason == "INPUT_EXPIRED"
    await house.worker.due.round()
    ended = await house.desk.runs.get(caller, run.id)
    assert ended.status is Status.FAILED
    assert ended.error is not None
    assert ended.error["reason_code"] == "INPUT_EXPIRED"
    with pytest.raises(Conflict) as later:
        await house.desk.signals.answer(caller, run.id, Action.APPROVE, payload=None, input_id=run.input_id)
    assert later.value.reason == "INPUT_EXPIRED"


async def test_an_answered_wait_does_not_expire(house: Server, caller: Principal, clock: ManualClock) -> None:
    run = await in_state(house, caller, Status.AWAITING_INPUT)
    await house.desk.signals.answer(caller, run.id, Action.APPROVE, payload=None, input_id=None)
    clock.advance(limits.INPUT_WAIT_S + 1)
    await house.worker.due.round()
    await house.desk.signals.expire(str(run.input_id))
    assert not (await house.desk.runs.get(caller, run.id)).is_terminal


async def test_content_goes_when_its_window_is_over(house: Server, caller: Principal, clock: ManualClock) -> None:
    window = Retention(mode=RetentionMode.ZERO, window_s=3600)
    run = await place(house, caller, retention=window)
    await carry_out(house)
    ended = await house.desk.runs.get(caller, run.id)
    assert ended.erases_at == clock.now() + timedelta(hours=1)
    clock.advance(3599)
    await house.worker.due.round()
    assert not (await house.desk.runs.get(caller, run.id)).is_erased
    clock.advance(1)
    await house.worker.due.round()
    erased = await house.desk.runs.get(caller, run.id)
    assert (erased.is_erased, erased.erased_at) == (True, clock.now())
    with pytest.raises(Gone):
        await house.desk.runs.order_again(caller, run.id)


async def test_content_that_is_kept_does_not_go(house: Server, caller: Principal, clock: ManualClock) -> None:
    run = await place(house, caller, retention=Retention(mode=RetentionMode.KEEP, window_s=0))
    await carry_out(house)
    clock.advance(10 * 365 * 86_400)
    await house.worker.due.round()
    assert not (await house.desk.runs.get(caller, run.id)).is_erased


async def test_workspaces_take_turns_however_many_runs_one_of_them_has(
    house: Server, caller: Principal, clock: ManualClock
) -> None:
    other = principal((await add_tenant(house)).workspace_id, mode=Mode.TEST)
    crowd = []
    for _ in range(8):
        crowd.append(await place(house, caller))
        clock.advance(1)
    few = [await place(house, other) for _ in range(2)]
    claimed = [one.run_id for one in (await work_of(house).claim("wkr_1", 4)).runs]
    assert sorted(claimed) == sorted(run.id for run in crowd[:2] + few)


async def test_what_is_more_urgent_comes_first_and_else_what_came_first(
    house: Server, caller: Principal, clock: ManualClock
) -> None:
    runs = []
    for priority in (100, 50, 100, 10):
        runs.append(await place(house, caller, priority=priority))
        clock.advance(1)
    claimed = [(await work_of(house).claim("wkr_1", 1)).runs[0].run_id for _ in runs]
    assert [[run.id for run in runs].index(run_id) for run_id in claimed] == [3, 1, 0, 2]


async def test_a_workspace_has_so_many_runs_in_work_as_it_says_and_no_more(
    house: Server, tenant: Tenant, caller: Principal
) -> None:
    await house.desk.settings.change(tenant.owner, Changes(runs_at_once=2))
    stranger = principal((await add_tenant(house)).workspace_id)
    for _ in range(4):
        await place(house, caller)
        await place(house, stranger)
    work = work_of(house)
    assert len((await work.claim("wkr_1", 10)).runs) == 2 + 4
    assert (await work.claim("wkr_2", 10)).runs == ()


async def test_no_workspace_has_more_runs_in_work_than_the_server_allows(
    house: Server, caller: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "RUNS_PER_WORKSPACE_MAX", 2)
    for _ in range(4):
        await place(house, caller)
    assert len((await work_of(house).claim("wkr_1", 10)).runs) == 2


async def test_a_run_is_claimed_once_however_many_workers_want_it(house: Server, caller: Principal) -> None:
    runs = [await place(house, caller) for _ in range(12)]
    work = work_of(house)
    claims = await asyncio.gather(*(work.claim(f"wkr_{number}", 4) for number in range(6)))
    claimed = [one.run_id for found in claims for one in found.runs]
    claimed += [one.run_id for one in (await work.claim("wkr_9", 100)).runs]
    assert sorted(claimed) == sorted(run.id for run in runs)


async def test_a_workspace_whose_queue_is_full_is_told_to_wait(
    house: Server, tenant: Tenant, caller: Principal, clock: ManualClock
) -> None:
    await house.desk.settings.change(tenant.owner, Changes(queued_runs=2))
    for _ in range(2):
        await place(house, caller)
        clock.advance(2)
    with pytest.raises(RateLimited) as refused:
        await place(house, caller)
    assert (refused.value.reason, refused.value.retry_after_s) == ("QUEUE_FULL", 30)
    await place(house, principal((await add_tenant(house)).workspace_id))
    await carry_out(house)
    clock.advance(2)
    await place(house, caller)


async def test_duplicates_at_once_make_one_run_and_leave_nothing_of_the_others(
    house: Server, caller: Principal
) -> None:
    once = Once(operation="runs.create", key="k", fingerprint=b"f")
    runs = await asyncio.gather(*(place(house, caller, once=once) for _ in range(20)))
    assert len({run.id for run in runs}) == 1
    async with house.desk.db.transaction(SYSTEM) as tx:
        for table in ("runs", "log_heads", "run_contents", "idempotency"):
            assert (await tx.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one() == 1, table


async def test_a_run_whose_worker_is_lost_goes_on_from_what_is_done(house: Server, caller: Principal) -> None:
    run = await place(house, caller, "[test:steps 4 sleep 0.1]")
    work = work_of(house)
    (claimed,) = (await work.claim(house.worker.engine.worker_id, 1)).runs
    carrying = asyncio.create_task(house.worker.conductor.segment(claimed.key))
    while EventType.STEP_DONE not in await types(house, run):
        await asyncio.sleep(0.01)
    await house.worker.conductor.drop_all()
    await asyncio.gather(carrying, return_exceptions=True)
    before = await types(house, run)
    assert EventType.ENDED not in before
    async with house.desk.db.transaction(SYSTEM) as tx:
        assert await work.stall(tx, await house.desk.runs.get(caller, run.id))
        await work.requeue(tx, [run.id])
    await carry_out(house)
    done = await house.desk.runs.get(caller, run.id)
    events = await types(house, run)
    assert (done.status, done.steps_completed, done.recoveries) == (Status.COMPLETED, 4, 1)
    assert events[: len(before)] == before
    assert events.count(EventType.STEP_DONE) == 4
    assert [one for one in events if one in (EventType.STALLED, EventType.RESUMED)] == ["stalled", "resumed"]


async def test_a_deleted_run_leaves_no_row_behind(house: Server, caller: Principal) -> None:
    run = await in_state(house, caller, Status.COMPLETED)
    await house.desk.erasure.delete(caller, run.id)
    with pytest.raises(NotFound):
        await house.desk.runs.get(caller, run.id)
    async with house.desk.db.transaction(SYSTEM) as tx:
        for table in ("log_heads", "events", "run_contents", "run_steps", "run_inputs", "run_artifacts"):
            sql = text(f"SELECT count(*) FROM {table} WHERE run_id = :run")
            assert (await tx.execute(sql, {"run": run.id})).scalar_one() == 0, table


NEEDS: list[tuple[str, Capability]] = [
    ("get", Capability.RUNS_READ),
    ("cancel", Capability.RUNS_CANCEL),
    ("acknowledge", Capability.RUNS_READ),
    ("delete", Capability.RUNS_CANCEL),
    ("resume", Capability.RUNS_SIGNAL),
    ("order_again", Capability.RUNS_CREATE),
]


@pytest.mark.parametrize(("deed", "capability"), NEEDS)
async def test_the_service_itself_asks_for_the_capability(
    deed: str, capability: Capability, house: Server, tenant: Tenant, caller: Principal
) -> None:
    run = await in_state(house, caller, Status.COMPLETED)
    without = principal(tenant.workspace_id, capabilities=EVERYTHING - {capability})
    service = house.desk.erasure if deed in ("acknowledge", "delete") else house.desk.runs
    with pytest.raises(Forbidden) as refused:
        await getattr(service, deed)(without, run.id)
    assert refused.value.details["capability"] == capability.value


async def test_what_belongs_to_another_workspace_is_absent(house: Server, caller: Principal) -> None:
    run = await in_state(house, caller, Status.AWAITING_INPUT)
    other = principal((await add_tenant(house)).workspace_id, mode=Mode.TEST)
    runs, signals, deliverables = house.desk.runs, house.desk.signals, house.desk.deliverables
    for deed in (
        runs.get(other, run.id),
        runs.cancel(other, run.id),
        house.desk.erasure.acknowledge(other, run.id),
        house.desk.erasure.delete(other, run.id),
        runs.resume(other, run.id),
        runs.order_again(other, run.id),
        signals.answer(other, run.id, Action.APPROVE, payload=None, input_id=run.input_id),
        deliverables.plan(other, run.id),
        deliverables.verification(other, run.id),
        deliverables.artifact(other, run.id, "art_1"),
    ):
        with pytest.raises(NotFound):
            await deed
    assert await runs.get(caller, run.id) == run


async def test_the_key_of_a_deleted_run_is_remembered_for_a_week_and_that_of_a_run_that_exists_for_good(
    house: Server, caller: Principal, clock: ManualClock
) -> None:
    wishes = [Once(operation="runs.create", key=key, fingerprint=b"f") for key in ("deleted", "kept")]
    deleted, kept = [await place(house, caller, once=once) for once in wishes]
    await house.desk.erasure.delete(caller, deleted.id)
    clock.advance(7 * 86_400 - 1)
    assert await house.worker.sweep.round() == 0
    with pytest.raises(Gone):
        await place(house, caller, once=wishes[0])
    clock.advance(2)
    assert await house.worker.sweep.round() == 1
    assert (await place(house, caller, once=wishes[1])).id == kept.id
    assert (await place(house, caller, once=wishes[0])).id not in (deleted.id, kept.id)
