"""The meter: what is asked of it is what the log holds, whatever became of the runs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, text

from conftest import Databases
from features.usage.conftest import carried_out, live_run, order_live
from futurone_server.features.keys import Mode
from futurone_server.features.runs import Budget
from futurone_server.features.usage import Granularity, GroupBy, Sums, Usage, UsageEvent, UsageQuery
from futurone_server.features.usage.tables import usage_calls, usage_runs
from futurone_server.kit.errors import Forbidden, Invalid
from futurone_server.main import Server
from futurone_server.store.database import SYSTEM, plain_url
from futurone_server.store.invariants import verify
from house import Tenant, add_tenant, open_server, principal
from pipelines.inquiry.standin import Researcher

pytestmark = pytest.mark.anyio

BEGIN = datetime(2026, 1, 30, 22, tzinfo=UTC)


def recently(house: Server, **wishes: Any) -> UsageQuery:
    """What has been used within the hour."""
    now = house.desk.clock.now()
    usual: dict[str, Any] = {"granularity": Granularity.HOUR}
    return UsageQuery(start=now - timedelta(hours=1), end=now + timedelta(hours=1), **{**usual, **wishes})


async def logged(house: Server, run_id: str) -> tuple[int, int]:
    """Tokens in and out of all calls in a run's log."""
    async with house.desk.db.transaction(SYSTEM) as tx:
        query = text(
            "SELECT coalesce(sum((facts->>'input_tokens')::bigint), 0),"
            " coalesce(sum((facts->>'output_tokens')::bigint), 0)"
            " FROM events WHERE run_id = :run AND type = 'model_call'"
        )
        found = (await tx.execute(query, {"run": run_id})).one()
        return int(found[0]), int(found[1])


def broken(database: str) -> list[str]:
    return [verdict.invariant.name for verdict in verify(plain_url(database)) if verdict.broken_by]


async def test_a_completed_run_is_billed_what_its_log_says(house: Server, tenant: Tenant, database: str) -> None:
    run = await live_run(house, tenant)
    usage = await house.desk.usage.read(tenant.owner, recently(house))
    assert run.status == "completed"
    assert (usage.total.billed.input_tokens, usage.total.billed.output_tokens) == await logged(house, run.id)
    assert usage.total.billed.known_usd == run.spent.cost_usd > 0
    assert usage.total.billed.is_priced
    assert (usage.total.runs_counted, usage.total.runs_not_counted) == (1, 0)
    assert usage.total.steps == run.steps_total
    assert broken(database) == []


async def test_a_failed_run_is_not_billed_and_what_it_used_is_told_apart(
    house: Server, tenant: Tenant, database: str
) -> None:
    run = await live_run(house, tenant, budget=Budget(max_tokens=4_500))
    usage = await house.desk.usage.read(tenant.owner, recently(house))
    assert run.status == "failed"
    assert usage.total.billed == Sums()
    assert (usage.total.not_billed.input_tokens, usage.total.not_billed.output_tokens) == await logged(house, run.id)
    assert usage.total.not_billed.input_tokens > 0
    assert (usage.total.runs_counted, usage.total.runs_not_counted) == (0, 1)
    assert broken(database) == []


async def test_an_escalated_run_is_billed(house: Server, tenant: Tenant, mind: Researcher) -> None:
    mind.write = lambda prompt: "NOT_IN_SOURCES"
    run = await live_run(house, tenant)
    usage = await house.desk.usage.read(tenant.owner, recently(house))
    assert run.status == "escalated"
    assert usage.total.runs_counted == 1
    assert usage.total.billed.input_tokens == run.spent.input_tokens > 0


async def test_deleting_a_run_keeps_its_sums(house: Server, tenant: Tenant, database: str) -> None:
    run = await live_run(house, tenant)
    before = await house.desk.usage.read(tenant.owner, recently(house))
    await house.desk.erasure.delete(tenant.owner, run.id)
    after = await house.desk.usage.read(tenant.owner, replace(before.query))
    assert after.total == before.total
    assert after.total.runs_counted == 1
    assert broken(database) == []


async def test_a_cancelled_run_counts_and_one_that_waits_does_not_yet(house: Server, tenant: Tenant) -> None:
    run = await order_live(house, tenant.owner)
    assert (await house.desk.usage.read(tenant.owner, recently(house))).total.runs_counted == 0
    await house.desk.runs.cancel(tenant.owner, run.id)
    assert (await house.desk.usage.read(tenant.owner, recently(house))).total.runs_counted == 1


async def test_test_runs_are_shown_to_those_who_ask_and_to_test_keys_alone(house: Server, tenant: Tenant) -> None:
    tester = principal(tenant.workspace_id, mode=Mode.TEST)
    await carried_out(house, await order_live(house, tester))
    usage = house.desk.usage
    assert (await usage.read(tenant.owner, recently(house))).total.runs_counted == 0
    assert (await usage.read(tenant.owner, recently(house, mode="test"))).total.runs_counted == 1
    assert (await usage.read(tenant.owner, recently(house, mode=None))).total.runs_counted == 1
    assert (await usage.read(tester, recently(house))).total.runs_counted == 1
    await live_run(house, tenant)
    assert (await usage.read(tester, recently(house, mode=None))).total.runs_counted == 1


async def test_a_limited_key_sees_its_projects_and_agents_only(house: Server, tenant: Tenant) -> None:
    await live_run(house, tenant)
    for limit in ({"projects": frozenset({"prj_other"})}, {"agents": frozenset({"coding"})}):
        stranger = principal(tenant.workspace_id, **limit)
        assert (await house.desk.usage.read(stranger, recently(house))).buckets == ()
    mine = principal(tenant.workspace_id, projects=frozenset({tenant.project_id}))
    assert (await house.desk.usage.read(mine, recently(house))).total.runs_counted == 1


async def test_another_workspace_sees_nothing(house: Server, tenant: Tenant) -> None:
    await live_run(house, tenant)
    other = await add_tenant(house, "Another")
    assert (await house.desk.usage.read(other.owner, recently(house, mode=None))).buckets == ()


async def test_a_key_without_usage_read_is_refused_by_name(house: Server, tenant: Tenant) -> None:
    with pytest.raises(Forbidden, match="usage:read"):
        await house.desk.usage.read(principal(tenant.workspace_id, capabilities=frozenset()), recently(house))


@pytest.mark.parametrize(
    ("granularity", "days"), [(Granularity.HOUR, 32), (Granularity.DAY, 367), (Granularity.MONTH, 1831)]
)
async def test_a_range_that_is_too_long_is_refused_by_name(
    house: Server, tenant: Tenant, granularity: Granularity, days: int
) -> None:
    query = UsageQuery(start=BEGIN, end=BEGIN + timedelta(days=days), granularity=granularity)
    with pytest.raises(Invalid) as refused:
        await house.desk.usage.read(tenant.owner, query)
    assert refused.value.details == {"field": "start"}
    with pytest.raises(Invalid) as empty:
        await house.desk.usage.read(tenant.owner, replace(query, end=BEGIN))
    assert empty.value.details == {"field": "end"}


History = list[dict[str, Any]]
_calls = st.fixed_dictionaries(
    {
        "hours": st.integers(0, 60),
        "model": st.sampled_from(["a:x", "b:y"]),
        "input_tokens": st.integers(0, 10**9),
        "output_tokens": st.integers(0, 10**6),
        "cost_usd": st.none() | st.decimals(0, 100, places=9),
    }
)
_runs = st.fixed_dictionaries(
    {
        "project_id": st.sampled_from(["prj_1", "prj_2"]),
        "key_id": st.sampled_from(["key_1", "key_2"]),
        "agent": st.sampled_from(["research", "coding"]),
        "subject_id": st.none() | st.sampled_from(["anna", "ben"]),
        "status": st.sampled_from([None, "completed", "escalated", "cancelled", "failed"]),
        "steps": st.integers(0, 9),
        "calls": st.lists(_calls, max_size=5),
    }
)


async def written(house: Server, workspace_id: str, history: History) -> None:
    """Put a history onto the meter, as the log of as many runs would have."""
    async with house.desk.db.transaction(SYSTEM) as tx:
        await tx.execute(text("DELETE FROM usage_runs"))
        for number, one in enumerate(history):
            row = {name: value for name, value in one.items() if name != "calls"}
            row |= {"run_id": f"run_{number}", "workspace_id": workspace_id, "mode": "live"}
            row["ended_at"] = None if one["status"] is None else BEGIN + timedelta(hours=number)
            await tx.execute(insert(usage_runs).values(row))
            for place, call in enumerate(one["calls"]):
                values = {name: value for name, value in call.items() if name != "hours"}
                values |= {"id": f"call_{number}_{place}", "run_id": f"run_{number}", "workspace_id": workspace_id}
                values |= {"at": BEGIN + timedelta(hours=call["hours"]), "is_open": False}
                await tx.execute(insert(usage_calls).values(values))


def sums(calls: list[dict[str, Any]]) -> Sums:
    """What a history says, added up without the database."""
    return Sums(
        input_tokens=sum(one["input_tokens"] for one in calls),
        output_tokens=sum(one["output_tokens"] for one in calls),
        known_usd=sum((one["cost_usd"] or Decimal(0) for one in calls), Decimal(0)),
        is_priced=all(one["cost_usd"] is not None or not one["input_tokens"] + one["output_tokens"] for one in calls),
    )


async def test_whatever_happened_the_sums_are_those_of_the_calls(databases: Databases, database: str) -> None:
    async with open_server(database, databases.role) as house:
        tenant = await add_tenant(house)

        async def read(**wishes: Any) -> Usage:
            usual: dict[str, Any] = {"start": BEGIN, "end": BEGIN + timedelta(days=20), "granularity": Granularity.DAY}
            return await house.desk.usage.read(tenant.owner, UsageQuery(**{**usual, **wishes}))

        for history in histories(30):
            await written(house, tenant.workspace_id, history)
            billed = [call for one in history if one["status"] != "failed" for call in one["calls"]]
            unbilled = [call for one in history if one["status"] == "failed" for call in one["calls"]]
            ended = [one for one in history if one["status"] is not None]
            for group_by in (None, GroupBy.AGENT, GroupBy.PROJECT, GroupBy.KEY, GroupBy.SUBJECT_ID):
                total = (await read(group_by=group_by)).total
                assert (total.billed, total.not_billed) == (sums(billed), sums(unbilled))
                assert total.runs_counted + total.runs_not_counted == len(ended)
                assert total.runs_not_counted == sum(one["status"] == "failed" for one in ended)
                assert total.steps == sum(one["steps"] for one in ended)
            by_model = await read(group_by=GroupBy.MODEL)
            assert by_model.total.billed == sums(billed)
            for bucket in by_model.buckets:
                day = [c for c in billed if _day(c) == bucket.start and c["model"] == bucket.group]
                assert bucket.billed == sums(day)
            anna = await read(subject_id="anna", event_type=UsageEvent.MODEL_CALL)
            of_anna = [
                c for one in history if one["subject_id"] == "anna" and one["status"] != "failed" for c in one["calls"]
            ]
            assert anna.total.billed == sums(of_anna)


def _day(call: dict[str, Any]) -> datetime:
    return (BEGIN + timedelta(hours=call["hours"])).replace(hour=0)


def histories(count: int) -> list[History]:
    """So many histories by chance."""
    found: list[History] = []

    @settings(max_examples=count, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(_runs, max_size=6))
    def note(history: History) -> None:
        found.append(history)

    note()
    return found


async def test_a_price_that_nobody_knows_is_never_nothing(databases: Databases, database: str) -> None:
    async with open_server(database, databases.role) as house:
        tenant = await add_tenant(house)
        run = {
            "project_id": "p",
            "key_id": "k",
            "agent": "research",
            "subject_id": None,
            "status": "completed",
            "steps": 1,
        }
        call = {"hours": 0, "model": "a:x", "input_tokens": 5, "output_tokens": 1, "cost_usd": None}
        query = UsageQuery(start=BEGIN, end=BEGIN + timedelta(days=2), granularity=Granularity.DAY)
        await written(house, tenant.workspace_id, [{**run, "calls": [call]}])
        unknown = (await house.desk.usage.read(tenant.owner, query)).total.billed
        assert (unknown.cost_usd, unknown.is_priced) == (None, False)
        await written(house, tenant.workspace_id, [{**run, "calls": [call, {**call, "cost_usd": Decimal("0.5")}]}])
        partly = (await house.desk.usage.read(tenant.owner, query)).total.billed
        assert (partly.cost_usd, partly.is_priced) == (Decimal("0.5"), False)


async def test_buckets_begin_at_borders_in_utc_and_a_range_counts_its_start_alone(
    databases: Databases, database: str
) -> None:
    async with open_server(database, databases.role) as house:
        tenant = await add_tenant(house)
        run = {
            "project_id": "p",
            "key_id": "k",
            "agent": "research",
            "subject_id": None,
            "status": "completed",
            "steps": 1,
        }
        call = {"model": "a:x", "input_tokens": 1, "output_tokens": 0, "cost_usd": Decimal(0)}
        await written(
            house, tenant.workspace_id, [{**run, "calls": [{**call, "hours": hours} for hours in (1, 2, 26)]}]
        )
        month = UsageQuery(start=BEGIN, end=BEGIN + timedelta(hours=26), granularity=Granularity.MONTH)
        found = await house.desk.usage.read(tenant.owner, month)
        assert [(one.start, one.billed.input_tokens) for one in found.buckets] == [
            (datetime(2026, 1, 1, tzinfo=UTC), 2)
        ]
        days = await house.desk.usage.read(
            tenant.owner, replace(month, end=BEGIN + timedelta(hours=27), granularity=Granularity.DAY)
        )
        expected = [
            (datetime(2026, 1, 30, tzinfo=UTC), 1),
            (datetime(2026, 1, 31, tzinfo=UTC), 1),
            (datetime(2026, 2, 1, tzinfo=UTC), 1),
        ]
        assert [(one.start, one.billed.input_tokens) for one in days.buckets] == expected
