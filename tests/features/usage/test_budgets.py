"""Budgets on a real database: never overspent, what runs do when one is used up, who is told."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from conftest import Databases
from features.usage.conftest import carried_out, live_run, order_live
from futurone_server.eventlog import Content
from futurone_server.features.keys import Mode
from futurone_server.features.runs import Action, Budget, Order, Run
from futurone_server.features.usage import BudgetScope, Need, Period, Policy, Standing, WideBudget
from futurone_server.features.webhooks import Told
from futurone_server.kit.clock import ManualClock
from futurone_server.kit.errors import Forbidden, Invalid, RateLimited, Refusal
from futurone_server.kit.ids import new_id
from futurone_server.main import Server
from futurone_server.models.scripted import ScriptedModels
from futurone_server.store.database import SYSTEM, plain_url
from futurone_server.store.idempotency import Once
from futurone_server.store.invariants import verify
from house import Tenant, add_tenant, carry_out, open_server, order, principal
from pipelines.inquiry.standin import Researcher

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 6, 30, 12, tzinfo=UTC)
LITTLE, PLENTY = 4_500, 100_000


@pytest.fixture
def clock() -> ManualClock:
    """The time, in the hands of the test."""
    return ManualClock(NOON)


@pytest.fixture
async def house(databases: Databases, database: str, mind: Researcher, clock: ManualClock) -> AsyncIterator[Server]:
    """A house whose model is a script and whose clock stands at noon of a month's last day."""
    models = ScriptedModels(mind)
    async with open_server(database, databases.role, models=models, clock=clock) as server:
        yield server


def budget(**wishes: Any) -> WideBudget:
    """A daily budget of the workspace in tokens, but for what a test says."""
    usual: dict[str, Any] = {"scope": BudgetScope.WORKSPACE, "period": Period.DAY, "policy": Policy.QUEUE}
    return WideBudget(**{**usual, "max_cost_usd": None, "max_tokens": PLENTY, **wishes})


async def have(house: Server, tenant: Tenant, *wanted: WideBudget) -> Sequence[Standing]:
    return await house.desk.budgets.replace(tenant.owner, wanted)


async def look(house: Server, run: Run) -> Run:
    return await house.desk.runs.get(principal(run.workspace_id), run.id)


async def round_made(house: Server) -> None:
    await house.worker.budgets.round()


def unbroken(database: str) -> bool:
    """Whether the budgets have counted what the meter has, and the meter what the log has."""
    return "I14" not in [verdict.invariant.name for verdict in verify(plain_url(database)) if verdict.broken_by]


async def test_what_a_run_uses_is_counted_in_every_budget_that_bounds_it(
    house: Server, tenant: Tenant, database: str
) -> None:
    await have(
        house,
        tenant,
        budget(),
        budget(period=Period.MONTH, max_tokens=None, max_cost_usd=Decimal(9)),
        budget(scope=BudgetScope.PROJECT, scope_id=tenant.project_id, period=Period.TOTAL),
    )
    run = await live_run(house, tenant)
    assert run.status == "completed"
    for one in await house.desk.budgets.list(tenant.owner):
        assert one.tokens == run.spent.tokens
        assert one.cost_usd == run.spent.cost_usd
        assert one.reserved_tokens == one.reserved_usd == 0
        assert not one.is_exhausted
    assert unbroken(database)


async def test_a_new_budget_counts_what_its_period_has_seen(house: Server, tenant: Tenant, database: str) -> None:
    run = await live_run(house, tenant)
    (one,) = await have(house, tenant, budget())
    assert one.tokens == run.spent.tokens
    assert unbroken(database)


async def test_a_run_that_reaches_a_budget_waits_and_goes_on_when_it_is_raised(
    house: Server, tenant: Tenant, database: str
) -> None:
    (one,) = await have(house, tenant, budget(max_tokens=LITTLE))
    run = await live_run(house, tenant)
    assert run.status == "awaiting_input"
    wait = await house.desk.signals.open_wait(tenant.owner, run)
    assert wait is not None
    assert wait.shown is not None
    assert one.id in str(wait.shown["prompt"])
    await round_made(house)
    assert (await look(house, run)).status == "awaiting_input", "nothing has changed yet"
    (raised,) = await have(house, tenant, budget())
    assert (raised.id, raised.tokens) == (one.id, run.spent.tokens)
    await round_made(house)
    ended = await carried_out(house, run)
    assert ended.status == "completed"
    assert unbroken(database)


async def test_a_run_that_reaches_a_budget_goes_on_in_the_next_period(
    house: Server, tenant: Tenant, clock: ManualClock, database: str
) -> None:
    await have(house, tenant, budget(period=Period.MONTH, max_tokens=LITTLE))
    run = await live_run(house, tenant)
    assert run.status == "awaiting_input"
    clock.advance(11.9 * 3600)
    await round_made(house)
    assert (await look(house, run)).status == "awaiting_input"
    clock.advance(0.2 * 3600)
    await round_made(house)
    await carry_out(house)
    assert (await look(house, run)).segment == 2
    assert unbroken(database)


async def test_approving_too_early_asks_again_and_rejecting_ends_the_run(house: Server, tenant: Tenant) -> None:
    await have(house, tenant, budget(max_tokens=LITTLE))
    run = await live_run(house, tenant)
    signals = house.desk.signals
    await signals.answer(tenant.owner, run.id, Action.APPROVE, payload=None, input_id=run.input_id)
    again = await carried_out(house, run)
    assert again.status == "awaiting_input"
    assert again.input_id != run.input_id
    await signals.answer(tenant.owner, run.id, Action.REJECT, payload=None, input_id=again.input_id)
    ended = await look(house, run)
    assert ended.status == "failed"
    plan = await house.desk.deliverables.plan(tenant.owner, run.id)
    assert ended.error is not None
    assert ended.error["step"] in {step.id for step in plan.steps}


async def used_up(house: Server, tenant: Tenant, policy: Policy, **wishes: Any) -> tuple[Standing, Run]:
    """A budget that a run has come to the end of."""
    (one,) = await have(house, tenant, budget(max_tokens=LITTLE, policy=policy, **wishes))
    return one, await live_run(house, tenant)


async def test_with_queue_new_runs_stay_queued_say_why_and_block_nobody(
    house: Server, tenant: Tenant, clock: ManualClock
) -> None:
    one, _ = await used_up(house, tenant, Policy.QUEUE)
    run = await order_live(house, tenant.owner)
    other = await add_tenant(house, "Another")
    tester = principal(tenant.workspace_id, mode=Mode.TEST)
    started = [await order_live(house, other.owner), await order_live(house, tester, files=())]
    await carry_out(house)
    assert [(await look(house, run)).status for run in started] == ["completed", "completed"]
    held = await look(house, run)
    assert (held.status, held.held_by, held.held_until) == ("queued", one.id, datetime(2026, 7, 1, tzinfo=UTC))
    clock.advance(12 * 3600 + 1)
    await round_made(house)
    assert (await look(house, run)).held_by is None
    await carry_out(house)
    assert (await look(house, run)).status != "queued"


@pytest.mark.parametrize("change", ["raised", "deleted", "pause"])
async def test_what_was_held_starts_when_the_budget_lets_it(house: Server, tenant: Tenant, change: str) -> None:
    await used_up(house, tenant, Policy.QUEUE)
    run = await order_live(house, tenant.owner)
    changed = {"raised": [budget()], "deleted": [], "pause": [budget(max_tokens=LITTLE, policy=Policy.PAUSE)]}
    await have(house, tenant, *changed[change])
    await round_made(house)
    await carry_out(house)
    assert (await look(house, run)).status in ("completed", "awaiting_input")


async def test_with_pause_new_runs_start_and_ask(house: Server, tenant: Tenant) -> None:
    await used_up(house, tenant, Policy.PAUSE)
    assert (await live_run(house, tenant)).status == "awaiting_input"


async def test_with_refuse_new_runs_are_refused_and_those_at_work_are_kept(
    house: Server, tenant: Tenant, clock: ManualClock
) -> None:
    one, first = await used_up(house, tenant, Policy.REFUSE)
    assert first.status == "awaiting_input"
    clock.advance(2)
    with pytest.raises(RateLimited) as refused:
        await order_live(house, tenant.owner)
    assert refused.value.reason == "BUDGET_EXHAUSTED"
    assert refused.value.details["budget_id"] == one.id
    assert refused.value.details["period_end"] == "2026-07-01T00:00:00Z"
    assert refused.value.retry_after_s == 12 * 3600 - 2
    await order_live(house, principal(tenant.workspace_id, mode=Mode.TEST), files=())
    clock.advance(12 * 3600)
    await order_live(house, tenant.owner)


async def test_a_repetition_is_not_refused(house: Server, tenant: Tenant, clock: ManualClock) -> None:
    asked = Order(agent="research", brief=Content({"task": "x"}), metadata={}, budget=Budget())
    once = Once(operation="runs.create", key="k", fingerprint=b"f")
    made = await house.desk.runs.create(tenant.owner, asked, request_id="req_1", once=once)
    await house.desk.runs.cancel(tenant.owner, made.run.id)
    await used_up(house, tenant, Policy.REFUSE)
    clock.advance(2)
    again = await house.desk.runs.create(tenant.owner, asked, request_id="req_2", once=once)
    assert (again.replayed, again.run.id) == (True, made.run.id)


async def test_budgets_bound_their_own_project_and_key_and_no_other_workspace(house: Server, tenant: Tenant) -> None:
    caller = principal(tenant.workspace_id)
    minted = await house.desk.keys.create(tenant.owner, order("other"))
    await have(
        house,
        tenant,
        budget(scope=BudgetScope.KEY, scope_id=minted.key.id, max_tokens=0),
    )
    assert (await live_run(house, tenant, caller)).status == "completed"
    other = await add_tenant(house, "Another")
    assert await house.desk.budgets.list(other.owner) == []
    by_key = principal(tenant.workspace_id, key_id=minted.key.id)
    assert (await live_run(house, tenant, by_key)).status == "awaiting_input"


async def test_a_price_that_nobody_knows_fits_no_budget_in_money(house: Server, tenant: Tenant) -> None:
    await have(house, tenant, budget(max_cost_usd=Decimal(100)))
    shortage = await house.worker.budgets.reserve(need(house, tenant, 1, cost_usd=None))
    assert shortage is not None
    assert shortage.is_unpriced


def need(house: Server, tenant: Tenant, tokens: int, **wishes: Any) -> Need:
    """What one call may use at most."""
    now = house.desk.clock.now()
    usual: dict[str, Any] = {"project_id": tenant.project_id, "key_id": tenant.owner.key_id, "run_id": "fo_run_x"}
    usual |= {"call_id": new_id("call_", now), "at": now, "workspace_id": tenant.workspace_id, "epoch": 1}
    return Need(**{**usual, "tokens": tokens, "cost_usd": Decimal(tokens) / 1000, **wishes})


async def test_two_processes_never_set_aside_more_than_there_is(
    databases: Databases, database: str, house: Server, tenant: Tenant
) -> None:
    other = await house.desk.keys.create(tenant.owner, order("other"))
    await have(
        house,
        tenant,
        budget(max_tokens=1_000),
        budget(period=Period.MONTH, max_cost_usd=Decimal("0.95"), max_tokens=None),
        budget(scope=BudgetScope.KEY, scope_id=other.key.id, max_tokens=300),
    )
    async with AsyncExitStack() as stack:
        second = await stack.enter_async_context(open_server(database, databases.role, clock=house.desk.clock))
        wishes = [
            (one, need(house, tenant, 100, **({"key_id": other.key.id} if number % 3 else {})))
            for number in range(25)
            for one in (house, second)
        ]
        found = await asyncio.gather(*(one.worker.budgets.reserve(wish) for one, wish in wishes))
    taken = [wish for (_, wish), shortage in zip(wishes, found, strict=True) if shortage is None]
    assert sum(wish.key_id == other.key.id for wish in taken) == 3
    assert len(taken) == 9, "the tenth would cost more than 0.95"
    standings = await house.desk.budgets.list(tenant.owner)
    assert sorted(one.reserved_tokens for one in standings) == [300, 900, 900]
    assert all(not shortage.is_spent for shortage in found if shortage is not None)
    assert await house.worker.budgets.reserve(taken[0]) is None, "asked twice, set aside once"
    await round_made(house)
    assert [one.reserved_tokens for one in await house.desk.budgets.list(tenant.owner)] == [0, 0, 0]


async def test_what_a_dead_worker_set_aside_and_never_used_is_free_once_its_run_is_taken_over(
    house: Server, tenant: Tenant
) -> None:
    await have(house, tenant, budget())
    run = await order_live(house, tenant.owner)
    assert await house.worker.budgets.reserve(need(house, tenant, 500, run_id=run.id, epoch=0)) is None
    await round_made(house)
    assert (await house.desk.budgets.list(tenant.owner))[0].reserved_tokens == 500
    await carry_out(house)
    await round_made(house)
    assert (await house.desk.budgets.list(tenant.owner))[0].reserved_tokens == 0


async def told(house: Server, tenant: Tenant) -> list[tuple[int, str, int]]:
    """Thresholds that were told: per cent, the event's id, and how many lines the trail has of it."""
    async with house.desk.db.transaction(SYSTEM) as tx:
        query = text(
            "SELECT (m.data->>'threshold')::int, m.id, (SELECT count(*) FROM audit_lines l"
            " WHERE l.action = 'budget.threshold' AND l.resource = m.data->>'budget_id')"
            " FROM webhook_messages m WHERE m.type = 'budget.threshold' AND m.workspace_id = :ws ORDER BY 1"
        )
        return [tuple(row) for row in await tx.execute(query, {"ws": tenant.workspace_id})]


async def test_thresholds_are_told_once_for_a_budget_and_a_period(
    databases: Databases, database: str, mind: Researcher
) -> None:
    clock = ManualClock(NOON)
    async with open_server(database, databases.role, models=ScriptedModels(mind), clock=clock) as house:
        tenant = await add_tenant(house)
        for events in ((Told.BUDGET_THRESHOLD,), None):
            await house.desk.webhooks.create(
                tenant.owner, "https://example.com/hook", events=events, description=None, once=None
            )
        run = await live_run(house, tenant)
        await have(house, tenant, budget(max_tokens=int(run.spent.tokens / 0.85)))
        await round_made(house)
        await round_made(house)
        assert [(level, lines) for level, _, lines in await told(house, tenant)] == [(80, 1)]
        assert (await live_run(house, tenant)).status == "awaiting_input"
        await round_made(house)
        await round_made(house)
        assert [(level, lines) for level, _, lines in await told(house, tenant)] == [(80, 2), (100, 2)]
        clock.advance(86_400)
        await round_made(house)
        assert len(await told(house, tenant)) == 2


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ([budget(max_tokens=None)], "budgets.0.max_cost_usd"),
        ([budget(), budget(policy=Policy.PAUSE)], "budgets.1"),
        ([budget(scope_id="x")], "budgets.0.scope_id"),
        ([budget(scope=BudgetScope.PROJECT)], "budgets.0.scope_id"),
        ([budget(scope=BudgetScope.PROJECT, scope_id="prj_x")], "budgets.0.scope_id"),
        ([budget(scope=BudgetScope.KEY, scope_id="key_x")], "budgets.0.scope_id"),
    ],
)
async def test_a_budget_that_makes_no_sense_is_refused_by_name(
    house: Server, tenant: Tenant, wrong: list[WideBudget], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await have(house, tenant, *wrong)
    assert refused.value.details == {"field": field}


@pytest.mark.parametrize(
    "limit",
    [
        {"projects": frozenset({"p"})},
        {"agents": frozenset({"coding"})},
        {"mode": Mode.TEST},
        {"capabilities": frozenset()},
    ],
)
async def test_limited_keys_do_not_change_budgets(house: Server, tenant: Tenant, limit: dict[str, Any]) -> None:
    refusal: type[Refusal] = Forbidden
    with pytest.raises(refusal):
        await house.desk.budgets.replace(principal(tenant.workspace_id, **limit), [])


@pytest.mark.parametrize(
    "breach",
    [
        "UPDATE usage_calls SET output_tokens = output_tokens + 1",
        "UPDATE usage_calls SET cost_usd = cost_usd + 1",
        "UPDATE usage_runs SET status = 'failed'",
        "UPDATE budget_tallies SET tokens = tokens - 1",
        "UPDATE budget_tallies SET reserved_tokens = 5",
    ],
)
async def test_a_meter_or_a_budget_that_says_something_else_than_the_log_is_found(
    house: Server, tenant: Tenant, database: str, breach: str
) -> None:
    await have(house, tenant, budget())
    await live_run(house, tenant)
    assert unbroken(database)
    async with house.desk.db.transaction(SYSTEM) as tx:
        await tx.execute(text(breach))
    assert not unbroken(database)


async def test_changes_leave_lines_in_the_trail(house: Server, tenant: Tenant) -> None:
    (one,) = await have(house, tenant, budget())
    await have(house, tenant, budget())
    await have(house, tenant, budget(max_tokens=5))
    await have(house, tenant)
    async with house.desk.db.transaction(SYSTEM) as tx:
        query = text("SELECT action FROM audit_lines WHERE resource = :id ORDER BY seq")
        found = list((await tx.execute(query, {"id": one.id})).scalars())
    assert found == ["budget.created", "budget.changed", "budget.deleted"]
