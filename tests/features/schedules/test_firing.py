"""Due times on a real database, with the time in the test's hands: each stands in the ledger once, and says why."""

import asyncio
import json
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from conftest import Databases
from features.schedules.desk import Planner, programme, wanted
from futurone_server.features.audit import Filter
from futurone_server.features.keys import Capability, Mode
from futurone_server.features.runs import Status
from futurone_server.features.schedules import Change, Missed, Standing
from futurone_server.kit import limits
from futurone_server.kit.page import Window
from futurone_server.store import due
from futurone_server.store.database import SYSTEM
from house import open_server

pytestmark = pytest.mark.anyio


async def test_a_due_time_makes_one_run_whose_origin_is_the_schedule(planner: Planner) -> None:
    schedule_id = await planner.make(task="[test:complete] weekly figures")
    await planner.tick(29)
    assert await planner.runs() == [], "it is not due yet"
    await planner.tick(1, carries_out=True)
    (run,) = await planner.runs()
    assert (run.origin, run.trigger_id, run.status) == ("schedule", schedule_id, Status.COMPLETED)
    (fire,) = await planner.fires(schedule_id)
    assert (fire.outcome, fire.run_id, fire.run_status, fire.manual) == ("ran", run.id, "completed", False)
    shown = (await planner.get(schedule_id)).schedule
    assert shown.next_at == datetime.fromisoformat("2026-06-02T09:00:00Z")
    assert shown.last_fire is not None
    assert shown.last_fire["run_id"] == run.id


@pytest.mark.parametrize(
    ("zone", "begin", "cron", "fires"),
    [
        ("Europe/Berlin", "2026-10-24T10:00:00Z", "30 2 * * *", ["10-25 00:30", "10-26 01:30"]),
        ("Europe/Berlin", "2027-03-27T10:00:00Z", "30 2 * * *", ["03-28 01:00", "03-29 00:30"]),
        ("America/New_York", "2026-10-31T10:00:00Z", "30 1 * * *", ["11-01 05:30", "11-02 06:30"]),
        ("America/New_York", "2027-03-13T10:00:00Z", "30 2 * * *", ["03-14 07:00", "03-15 06:30"]),
        ("Australia/Lord_Howe", "2026-10-03T05:00:00Z", "15 2 * * *", ["10-03 15:30", "10-04 15:15"]),
        ("Australia/Lord_Howe", "2027-04-03T05:00:00Z", "45 1 * * *", ["04-03 14:45", "04-04 15:15"]),
        ("UTC", "2028-02-27T13:00:00Z", "0 12 28,29 2 *", ["02-28 12:00", "02-29 12:00"]),
    ],
)
async def test_schedules_go_by_the_clock_on_the_wall_of_their_zone(
    zone: str, begin: str, cron: str, fires: list[str], planner: Planner
) -> None:
    await planner.until(begin)
    schedule_id = await planner.make(cron, timezone=zone)
    for _ in range(96):
        await planner.tick(30 * 60)
    assert [at for at, outcome, _ in await planner.story(schedule_id) if outcome == "ran"] == fires
    assert len(await planner.runs()) == len(fires)


async def test_what_was_missed_is_noted_and_not_made_up_for_when_the_schedule_says_skip(planner: Planner) -> None:
    schedule_id = await planner.make(missed=Missed.SKIP)
    await planner.until("2026-06-04T08:00:00Z")
    await planner.tick()
    assert await planner.story(schedule_id) == [(f"06-0{day} 09:00", "missed", "SERVER_DOWN") for day in (1, 2, 3)]
    await planner.tick(60 * 60)
    assert (await planner.story(schedule_id))[-1] == ("06-04 09:00", "ran", None)


async def test_what_was_missed_is_made_up_for_once(planner: Planner) -> None:
    schedule_id = await planner.make()
    await planner.until("2026-06-04T08:00:00Z")
    await planner.tick()
    expected = [("06-01 09:00", "missed", "SERVER_DOWN"), ("06-02 09:00", "missed", "SERVER_DOWN")]
    assert await planner.story(schedule_id) == [*expected, ("06-03 09:00", "ran", None)]
    assert len(await planner.runs()) == 1


async def test_all_that_was_missed_is_made_up_for_up_to_a_hundred(planner: Planner) -> None:
    schedule_id = await planner.make("* * * * *", missed=Missed.ALL)
    await planner.until("2026-06-01T10:49:59Z")
    await planner.tick()
    story = await planner.story(schedule_id)
    assert [outcome for _, outcome, _ in story] == ["missed"] * 10 + ["ran"] * 100
    assert (story[0][0], story[-1][0]) == ("06-01 09:00", "06-01 10:49")
    assert len({at for at, _, _ in story}) == 110


async def test_a_long_absence_leaves_no_hole_in_the_ledger(planner: Planner) -> None:
    schedule_id = await planner.make("* * * * *")
    await planner.until("2026-06-02T09:00:59Z")
    await planner.tick()
    fires = await planner.fires(schedule_id)
    assert len(fires) == 24 * 60 + 1
    assert {(b.due_at - a.due_at).total_seconds() for a, b in pairwise(fires)} == {60}
    assert [fire.outcome for fire in fires if fire.outcome != "missed"] == ["ran"]


async def test_a_due_time_that_is_noticed_a_minute_late_was_not_missed(planner: Planner) -> None:
    schedule_id = await planner.make(missed=Missed.SKIP)
    await planner.tick(30 + 61)
    assert await planner.story(schedule_id) == [("06-01 09:00", "ran", None)]


async def test_two_processes_that_fire_at_once_make_one_run(
    planner: Planner, databases: Databases, database: str
) -> None:
    schedule_ids = [await planner.make() for _ in range(5)]
    planner.clock.advance(30)
    async with open_server(database, databases.role, clock=planner.clock) as other:
        async with other.desk.db.transaction(SYSTEM) as tx:
            refs = [row.ref for row in await tx.execute(due.due.select().where(due.due.c.kind == "schedule"))]
        assert len(refs) == 5
        both = [server.worker.due._bulk["schedule"] for server in (planner.house, other)]
        await asyncio.gather(*(fire(refs) for fire in both * 3))
    assert len(await planner.runs()) == 5
    for schedule_id in schedule_ids:
        assert await planner.story(schedule_id) == [("06-01 09:00", "ran", None)]
    await planner.tick(1)
    assert len(await planner.runs()) == 5


async def test_a_paused_schedule_makes_no_run_and_the_ledger_says_so(planner: Planner) -> None:
    schedule_id = await planner.make()
    paused = await planner.house.desk.schedules.pause(planner.caller, schedule_id)
    assert (paused.schedule.status, paused.schedule.paused_reason) == (Standing.PAUSED, "PAUSED_BY_HAND")
    await planner.tick(60)
    assert await planner.story(schedule_id) == [("06-01 09:00", "skipped", "PAUSED")]
    resumed = await planner.house.desk.schedules.resume(planner.caller, schedule_id)
    assert (resumed.schedule.status, resumed.schedule.paused_reason) == (Standing.ACTIVE, None)
    await planner.tick(24 * 60 * 60)
    assert (await planner.story(schedule_id))[-1] == ("06-02 09:00", "ran", None)


async def test_the_daily_cap_holds_until_the_next_day_of_the_schedules_zone(planner: Planner) -> None:
    await planner.until("2026-06-01T20:59:30Z")
    schedule_id = await planner.make("0 * * * *", timezone="Europe/Berlin", daily_cap=1)
    for _ in range(4):
        await planner.tick(60 * 60)
    story = [(at, outcome, why) for at, outcome, why in await planner.story(schedule_id)]
    assert story == [
        ("06-01 21:00", "ran", None),
        ("06-01 22:00", "ran", None),  # midnight in Berlin
        ("06-01 23:00", "skipped", "DAILY_CAP"),
        ("06-02 00:00", "skipped", "DAILY_CAP"),
    ]
    held = (await planner.get(schedule_id)).schedule
    assert held.held_until == datetime.fromisoformat("2026-06-02T22:00:00Z")
    await planner.house.desk.schedules.change(planner.caller, schedule_id, Change(daily_cap=2))
    await planner.tick(60 * 60)
    assert (await planner.story(schedule_id))[-1] == ("06-02 01:00", "ran", None)


async def test_five_failed_runs_in_a_row_pause_a_schedule(planner: Planner) -> None:
    schedule_id = await planner.make("* * * * *", task="[test:fail]")
    for _ in range(4):
        await planner.tick(60, carries_out=True)
    assert (await planner.get(schedule_id)).schedule.status is Standing.ACTIVE
    await planner.tick(60, carries_out=True)
    stopped = (await planner.get(schedule_id)).schedule
    assert (stopped.status, stopped.paused_reason) == (Standing.PAUSED, "RUNS_FAILED")
    await planner.house.desk.schedules.resume(planner.caller, schedule_id)
    await planner.tick(60, carries_out=True)
    assert (await planner.get(schedule_id)).schedule.status is Standing.ACTIVE, "failures are counted afresh"


async def test_escalated_runs_and_a_good_one_in_between_break_no_circuit(planner: Planner) -> None:
    schedule_id = await planner.make("* * * * *", task="[test:escalate]")
    for _ in range(6):
        await planner.tick(60, carries_out=True)
    for task in ("[test:fail]", "[test:complete]", "[test:fail]"):
        await planner.house.desk.schedules.change(planner.caller, schedule_id, Change(run=programme(task)))
        for _ in range(1 if task == "[test:complete]" else 4):
            await planner.tick(60, carries_out=True)
    assert (await planner.get(schedule_id)).schedule.status is Standing.ACTIVE


async def test_a_full_queue_is_noted_and_pauses_the_schedule(planner: Planner, monkeypatch: pytest.MonkeyPatch) -> None:
    schedule_id = await planner.make()
    monkeypatch.setattr(limits, "QUEUE_PER_WORKSPACE_MAX", 0)
    await planner.tick(30)
    assert await planner.story(schedule_id) == [("06-01 09:00", "skipped", "QUEUE_FULL")]
    stopped = (await planner.get(schedule_id)).schedule
    assert (stopped.status, stopped.paused_reason) == (Standing.PAUSED, "QUEUE_FULL")


@pytest.mark.parametrize(
    ("limits_of_key", "loss", "reason"),
    [
        ({}, "revoke", "AUTH_KEY_REVOKED"),
        ({"expires_at": datetime.fromisoformat("2026-06-01T08:59:45Z")}, "wait", "AUTH_KEY_EXPIRED"),
        ({}, "narrow", "CAPABILITY_MISSING"),
    ],
)
async def test_a_schedule_does_nothing_that_its_key_may_no_longer_do(
    limits_of_key: dict[str, Any], loss: str, reason: str, planner: Planner
) -> None:
    maker = await planner.caller_with(mode=Mode.TEST, **limits_of_key)
    made = await planner.house.desk.schedules.create(maker, wanted())
    keys = planner.house.desk.keys
    if loss == "revoke":
        await keys.revoke(planner.tenant.owner, maker.key_id)
    elif loss == "narrow":
        await keys.scope(planner.tenant.owner, maker.key_id, frozenset({Capability.RUNS_READ}), apply=True)
    await planner.tick(30)
    assert await planner.story(made.schedule.id) == [("06-01 09:00", "skipped", reason)]
    stopped = (await planner.get(made.schedule.id)).schedule
    assert (stopped.status, stopped.paused_reason) == (Standing.PAUSED, reason)
    assert await planner.runs() == []


async def test_whoever_resumes_a_schedule_is_who_it_runs_for(planner: Planner) -> None:
    maker = await planner.caller_with(mode=Mode.TEST)
    schedule_id = (await planner.house.desk.schedules.create(maker, wanted())).schedule.id
    await planner.house.desk.keys.revoke(planner.tenant.owner, maker.key_id)
    await planner.tick(30)
    await planner.house.desk.schedules.resume(planner.caller, schedule_id)
    await planner.tick(24 * 60 * 60)
    (run,) = await planner.runs()
    assert run.created_by == planner.caller.key_id


async def test_fires_are_acts_of_the_schedule_in_the_audit_trail(planner: Planner) -> None:
    schedule_id = await planner.make()
    await planner.tick(30)
    (run,) = await planner.runs()
    page = await planner.house.desk.audit.list(planner.tenant.owner, Filter(resource=run.id), Window())
    (line,) = [json.loads(record.line) for record in page.items]
    assert (line["action"], line["actor"]) == ("run.created", schedule_id)
