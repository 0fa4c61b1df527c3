"""The conductor: steps in their order or side by side, tried again, never repeated, within the run's limits."""

import asyncio

import pytest
from structlog.testing import capture_logs

from futurone_server.eventlog import EventType
from futurone_server.features.runs import Action, Budget, Plan, PlanStep, Status
from futurone_server.main import Server
from futurone_server.pipelines import pauses, performance
from futurone_server.pipelines.outcomes import StepFailedError, TransientError
from futurone_server.pipelines.steps.context import StepContext
from futurone_server.pipelines.steps.registry import STEPS
from house import Tenant, principal
from pipelines.stage import carry_out, events_of, order_run

pytestmark = pytest.mark.anyio
_SECRET = "marker-4f1d"


async def test_a_run_is_planned_carried_out_and_ended(house: Server, tenant: Tenant) -> None:
    run = await order_run(house, tenant, "[test:steps 2]")
    ended = await carry_out(house, run)
    assert (ended.status, ended.steps_completed, ended.steps_total) == (Status.COMPLETED, 2, 2)
    told = await events_of(house, run)
    assert [event.seq for event in told] == list(range(1, len(told) + 1))
    assert [event.type.value for event in told] == [
        "created", "worker_started", "narration", "plan",
        "step_started", "narration", "step_done",
        "step_started", "narration", "step_done",
        "ended",
    ]  # fmt: skip


async def test_a_step_that_fails_for_a_moment_is_tried_again(
    house: Server, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    async def flaky(context: StepContext) -> object:
        tried.append(context.attempt)
        if len(tried) < 3:
            raise TransientError("PROVIDER_DOWN", "The provider does not answer.")
        return None

    monkeypatch.setattr(pauses, "_BACKOFF_S", (0.0, 0.0, 0.0))
    monkeypatch.setitem(STEPS, "scripted", flaky)
    run = await order_run(house, tenant, "[test:steps 1]")
    assert (await carry_out(house, run)).status is Status.COMPLETED
    assert tried == [1, 2, 3]
    done = [event.facts["outcome"] for event in await events_of(house, run) if event.type is EventType.STEP_DONE]
    assert done == ["retry_step", "retry_step", "succeeded"]


async def test_a_step_that_keeps_failing_ends_the_run_and_says_which_step(
    house: Server, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: StepContext) -> object:
        raise TransientError("PROVIDER_DOWN", "The provider does not answer.")

    monkeypatch.setattr(pauses, "_BACKOFF_S", (0.0, 0.0, 0.0))
    monkeypatch.setitem(STEPS, "scripted", broken)
    ended = await carry_out(house, await order_run(house, tenant, "[test:steps 1]"))
    assert ended.status is Status.FAILED
    assert ended.error is not None
    assert (ended.error["reason_code"], ended.error["step"]) == ("PROVIDER_DOWN", "s1")


async def test_a_run_that_fails_leaves_a_line_in_the_log_without_its_content(
    house: Server, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: StepContext) -> object:
        raise StepFailedError("NO_SUCH_THING", f"There is no {_SECRET}.")

    monkeypatch.setitem(STEPS, "scripted", broken)
    with capture_logs() as logged:
        ended = await carry_out(house, await order_run(house, tenant, f"[test:steps 1] {_SECRET}"))
    (line,) = [line for line in logged if line["event"] == "run.ended"]
    assert isinstance(line.pop("took_ms"), int)
    assert line == {
        "event": "run.ended",
        "log_level": "info",
        "run_id": ended.id,
        "agent": "research",
        "state": "failed",
        "reason": "NO_SUCH_THING",
    }
    assert _SECRET not in str(logged)


async def test_independent_steps_run_side_by_side(
    house: Server, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = asyncio.Barrier(3)

    async def meet(context: StepContext) -> object:
        if context.step.id != "last":
            async with asyncio.timeout(5):
                await together.wait()
        return {"outcome": "complete"}

    steps = [PlanStep(id=name, kind="scripted", label=name) for name in ("a", "b", "c")]
    last = PlanStep(id="last", kind="scripted", label="last", depends_on=("a", "b", "c"), args={"outcome": "complete"})

    async def plan(*_: object) -> Plan:
        return Plan(goal="Meet", steps=(*steps, last))

    monkeypatch.setattr(performance, "make_plan", plan)
    monkeypatch.setitem(STEPS, "scripted", meet)
    run = await order_run(house, tenant, "[test:complete]")
    assert (await carry_out(house, run)).status is Status.COMPLETED
    order = [
        (event.type.value, event.facts["step"])
        for event in await events_of(house, run)
        if event.type in (EventType.STEP_STARTED, EventType.STEP_DONE)
    ]
    assert order.index(("step_started", "last")) > max(order.index(("step_done", name)) for name in "abc")


async def test_what_is_done_is_not_done_again_after_a_wait(
    house: Server, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []
    scripted = STEPS["scripted"]

    async def counted(context: StepContext) -> object:
        ran.append(context.step.id)
        return await scripted(context)

    monkeypatch.setitem(STEPS, "scripted", counted)
    run = await order_run(house, tenant, "[test:input]")
    assert (await carry_out(house, run)).status is Status.AWAITING_INPUT
    caller = principal(tenant.workspace_id)
    await house.desk.signals.answer(caller, run.id, Action.APPROVE, payload=None, input_id=None)
    assert (await carry_out(house, run, 2)).status is Status.AWAITING_INPUT
    fields = {"city": "Lisbon"}
    await house.desk.signals.answer(caller, run.id, Action.SUBMIT_INPUT, payload=fields, input_id=None)
    assert (await carry_out(house, run, 3)).status is Status.COMPLETED
    assert ran == ["s1", "s4"]


async def test_a_segment_that_is_over_does_nothing_when_it_comes_again(house: Server, tenant: Tenant) -> None:
    run = await order_run(house, tenant, "[test:input]")
    await carry_out(house, run)
    before = await events_of(house, run)
    await carry_out(house, run)
    assert await events_of(house, run) == before


async def test_a_run_out_of_working_time_ends_with_its_limit(house: Server, tenant: Tenant) -> None:
    run = await order_run(house, tenant, "[test:steps 2 sleep 30]", budget=Budget(max_wall_s=1))
    ended = await carry_out(house, run)
    assert ended.error is not None
    assert (ended.status, ended.error["reason_code"]) == (Status.FAILED, "LIMIT_EXCEEDED")


async def test_a_run_makes_no_more_tool_calls_than_it_may(
    house: Server, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[int] = []

    async def greedy(context: StepContext) -> object:
        async def use() -> object:
            used.append(1)
            return None

        while True:
            await context.call("tool", {}, use)

    monkeypatch.setitem(STEPS, "scripted", greedy)
    run = await order_run(house, tenant, "[test:steps 1]", budget=Budget(max_tool_calls=3))
    ended = await carry_out(house, run)
    assert ended.error is not None
    assert (ended.error["reason_code"], len(used)) == ("LIMIT_EXCEEDED", 3)


async def test_a_defect_ends_its_run_and_its_words_go_nowhere(
    house: Server, tenant: Tenant, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def defective(_: StepContext) -> object:
        raise RuntimeError(_SECRET)

    monkeypatch.setitem(STEPS, "scripted", defective)
    run = await order_run(house, tenant, "[test:steps 1]")
    ended = await carry_out(house, run)
    assert ended.error is not None
    assert ended.error["reason_code"] == "INTERNAL"
    heard = capsys.readouterr()
    assert _SECRET not in f"{ended}{await events_of(house, run)}{heard.out}{heard.err}"


async def test_a_cancelled_run_is_dropped_and_nothing_follows(house: Server, tenant: Tenant) -> None:
    run = await order_run(house, tenant, "[test:steps 3 sleep 30]")
    carrying = asyncio.create_task(carry_out(house, run))
    async with asyncio.timeout(10):
        while len(await events_of(house, run)) < 6:
            await asyncio.sleep(0.01)
        cancelled, is_new = await house.desk.runs.cancel(principal(tenant.workspace_id), run.id)
        ended = await carrying
    assert is_new
    assert cancelled.status is ended.status is Status.CANCELLED
    assert (await events_of(house, run))[-1].type is EventType.ENDED


async def test_a_step_may_fail_the_run_for_good(house: Server, tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    async def failing(_: StepContext) -> object:
        raise StepFailedError("NO_GOOD", "It cannot be done.")

    monkeypatch.setitem(STEPS, "scripted", failing)
    run = await order_run(house, tenant, "[test:steps 2]")
    await carry_out(house, run)
    kinds = [event.type for event in await events_of(house, run)]
    assert kinds[-3:] == [EventType.STEP_DONE, EventType.ERROR, EventType.ENDED]
    assert kinds.count(EventType.STEP_STARTED) == 1
