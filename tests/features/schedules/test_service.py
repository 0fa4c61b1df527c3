"""What callers do with schedules: who reaches them, what is kept of them, and what changing them means."""

import asyncio
import json
from datetime import datetime

import pytest
from sqlalchemy import text

from features.schedules.desk import Planner, programme, wanted
from futurone_server.eventlog import Content
from futurone_server.features.audit import Filter
from futurone_server.features.keys import Capability, Mode
from futurone_server.features.runs import Budget, Retention
from futurone_server.features.schedules import Change, Missed, Standing
from futurone_server.features.workspaces import RetentionMode
from futurone_server.kit.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from futurone_server.kit.page import Window
from futurone_server.store import due
from futurone_server.store.database import SYSTEM
from futurone_server.store.idempotency import Once
from house import add_tenant

pytestmark = pytest.mark.anyio
MARKER = "a-task-that-nobody-else-may-read"


async def due_rows(planner: Planner) -> list[tuple[str, datetime]]:
    """What the due table holds of schedules."""
    async with planner.house.desk.db.transaction(SYSTEM) as tx:
        found = await tx.execute(due.due.select().where(due.due.c.kind == "schedule"))
        return [(row.ref, row.at) for row in found]


async def test_what_a_schedule_runs_is_readable_nowhere_in_the_database(planner: Planner) -> None:
    brief = programme(f"[test:complete] {MARKER}", webhook_url=f"https://example.com/{MARKER}", metadata={"a": MARKER})
    schedules = planner.house.desk.schedules
    made = await schedules.create(planner.caller, wanted(run=brief))
    await schedules.change(planner.caller, made.schedule.id, Change(run=brief, name="Other"))
    async with planner.house.desk.db.transaction(SYSTEM) as tx:
        tables = (await tx.execute(text("SELECT relname FROM pg_stat_user_tables"))).scalars().all()
        for table in tables:
            for row in (await tx.execute(text(f"SELECT t::text FROM {table} t"))).scalars():
                assert MARKER not in row, table
                assert MARKER.encode().hex() not in row, table
    assert MARKER in str((await planner.get(made.schedule.id)).run.body.value)


async def test_the_order_that_is_placed_is_the_order_that_was_checked(planner: Planner) -> None:
    run = programme(
        threshold=0.5,
        budget=Budget(max_tokens=7),
        retention=Retention(mode=RetentionMode.KEEP, window_s=5),
        metadata={"ticket": "A-1"},
        subject_id="customer-17",
        caller_workspace_id="acme",
    )
    await planner.house.desk.schedules.create(planner.caller, wanted(run=run))
    await planner.tick(30)
    (made,) = await planner.runs()
    assert (made.threshold, made.budget, made.retention) == (0.5, run.order.budget, run.order.retention)
    assert (dict(made.metadata), made.subject_id, made.caller_workspace_id) == (
        {"ticket": "A-1"},
        "customer-17",
        "acme",
    )
    brief = (await planner.house.desk.runs.order_again(planner.caller, made.id)).brief
    assert isinstance(brief, Content)
    assert isinstance(brief.value, dict)
    assert brief.value["task"] == "[test:complete]"


async def test_an_order_that_a_run_would_be_refused_for_is_refused_for_a_schedule(planner: Planner) -> None:
    schedules = planner.house.desk.schedules
    with pytest.raises(Invalid, match="files"):
        await schedules.create(planner.caller, wanted(run=programme(files=("file_" + "0" * 26,))))
    no_vault = await planner.caller_with(capabilities=frozenset({Capability.RUNS_CREATE}))
    with pytest.raises(Forbidden, match="vault:read"):
        await schedules.create(no_vault, wanted(run=programme(files=("file_" + "0" * 26,))))
    only_coding = await planner.caller_with(agents=frozenset({"coding"}))
    with pytest.raises(Forbidden):
        await schedules.create(only_coding, wanted())
    assert await due_rows(planner) == []


@pytest.mark.parametrize(
    ("capabilities", "reads", "makes"),
    [
        ({Capability.RUNS_READ}, True, False),
        ({Capability.RUNS_CREATE}, False, True),
        ({Capability.AUDIT_READ}, False, False),
    ],
)
async def test_schedules_are_made_with_runs_create_and_seen_with_runs_read(
    capabilities: set[Capability], reads: bool, makes: bool, planner: Planner
) -> None:
    schedules = planner.house.desk.schedules
    schedule_id = await planner.make()
    caller = await planner.caller_with(mode=Mode.TEST, capabilities=frozenset(capabilities))
    looks = (
        schedules.get(caller, schedule_id),
        schedules.list(caller, Window()),
        schedules.fires(caller, schedule_id, Window()),
    )
    for look in looks:
        if reads:
            await look
        else:
            with pytest.raises(Forbidden):
                await look
    acts = (
        schedules.create(caller, wanted()),
        schedules.change(caller, schedule_id, Change(name="Mine")),
        schedules.run(caller, schedule_id, request_id="req_1"),
        schedules.pause(caller, schedule_id),
        schedules.resume(caller, schedule_id),
        schedules.delete(caller, schedule_id),
    )
    for act in acts:
        if makes:
            await act
        else:
            with pytest.raises(Forbidden):
                await act


async def test_nobody_reaches_the_schedules_of_another_workspace(planner: Planner) -> None:
    schedule_id = await planner.make()
    stranger = (await add_tenant(planner.house)).owner
    schedules = planner.house.desk.schedules
    assert (await schedules.list(stranger, Window())).total == 0
    for attempt in (
        schedules.get(stranger, schedule_id),
        schedules.change(stranger, schedule_id, Change(name="Mine")),
        schedules.run(stranger, schedule_id, request_id="req_1"),
        schedules.delete(stranger, schedule_id),
    ):
        with pytest.raises(NotFound):
            await attempt
    await planner.tick(30)
    assert len(await planner.runs()) == 1


async def test_keys_limited_to_projects_list_the_schedules_of_these(planner: Planner) -> None:
    schedule_id = await planner.make()
    desk = planner.house.desk
    inside = await planner.caller_with(projects=frozenset({planner.tenant.project_id}))
    outside = await planner.caller_with(projects=frozenset({"prj_other"}))
    assert [one.schedule.id for one in (await desk.schedules.list(inside, Window())).items] == [schedule_id]
    assert (await desk.schedules.list(outside, Window())).items == ()
    with pytest.raises(NotFound):
        await desk.schedules.fires(outside, schedule_id, Window())


async def test_another_time_moves_the_due_time_and_the_old_one_does_not_fire(planner: Planner) -> None:
    schedule_id = await planner.make()
    changed = await planner.house.desk.schedules.change(
        planner.caller, schedule_id, Change(cron="0 12 * * *", timezone="Europe/Berlin")
    )
    noon = datetime.fromisoformat("2026-06-01T10:00:00Z")
    assert changed.schedule.next_at == noon
    assert [at for _, at in await due_rows(planner)] == [noon]
    await planner.tick(45)
    assert await planner.runs() == []
    await planner.tick(60 * 60 + 30)
    assert await planner.story(schedule_id) == [("06-01 10:00", "ran", None)]


async def test_a_due_time_that_has_come_is_decided_although_the_time_is_changed(planner: Planner) -> None:
    schedule_id = await planner.make()
    planner.clock.advance(31)
    await planner.house.desk.schedules.change(planner.caller, schedule_id, Change(cron="0 12 * * *"))
    await planner.settle()
    assert await planner.story(schedule_id) == [("06-01 09:00", "ran", None)]


async def test_other_changes_leave_the_due_time_alone(planner: Planner) -> None:
    schedule_id = await planner.make()
    before = await due_rows(planner)
    change = Change(name="Other", missed=Missed.SKIP, daily_cap=3, run=programme("[test:fail]"))
    changed = (await planner.house.desk.schedules.change(planner.caller, schedule_id, change)).schedule
    assert (changed.name, changed.missed, changed.daily_cap, changed.revision) == ("Other", "skip", 3, 2)
    assert await due_rows(planner) == before


async def test_whoever_rewrites_what_is_run_is_who_it_runs_for(planner: Planner) -> None:
    schedule_id = await planner.make()
    other = await planner.caller_with(mode=Mode.TEST)
    desk = planner.house.desk
    assert (
        await desk.schedules.change(other, schedule_id, Change(name="Renamed"))
    ).schedule.key_id == planner.caller.key_id
    changed = await desk.schedules.change(other, schedule_id, Change(run=programme("[test:complete] other")))
    assert changed.schedule.key_id == other.key_id


async def test_of_two_changes_at_one_moment_one_is_told_so(planner: Planner) -> None:
    schedule_id = await planner.make()
    schedules = planner.house.desk.schedules
    names = [Change(name=f"Name {number}") for number in range(4)]
    found = await asyncio.gather(
        *(schedules.change(planner.caller, schedule_id, one) for one in names), return_exceptions=True
    )
    conflicts = [one for one in found if isinstance(one, Conflict)]
    assert len(conflicts) + (await planner.get(schedule_id)).schedule.revision == 5


async def test_a_repeated_request_makes_one_schedule(planner: Planner) -> None:
    once = Once(operation="schedules.create", key="k", fingerprint=b"f")
    schedules = planner.house.desk.schedules
    made = await asyncio.gather(*(schedules.create(planner.caller, wanted(), once=once) for _ in range(3)))
    assert len({one.schedule.id for one in made}) == 1
    assert sorted(one.replayed for one in made) == [False, True, True]
    assert len(await due_rows(planner)) == 1


async def test_runs_by_hand_are_as_many_as_were_asked_for_and_move_nothing(planner: Planner) -> None:
    schedule_id = await planner.make(daily_cap=1)
    before = await due_rows(planner)
    schedules = planner.house.desk.schedules
    placed = await asyncio.gather(*(schedules.run(planner.caller, schedule_id, request_id="req_1") for _ in range(3)))
    fires = await planner.fires(schedule_id)
    assert {fire.run_id for fire in fires} == {one.run.id for one in placed}
    assert all(fire.manual for fire in fires)
    assert await due_rows(planner) == before
    await planner.tick(30)
    assert (await planner.story(schedule_id))[-1] == ("06-01 09:00", "ran", None), "they do not count for the cap"


async def test_a_live_key_makes_test_runs_of_a_test_schedule(planner: Planner) -> None:
    schedule_id = await planner.make()
    live = await planner.caller_with()
    placed = await planner.house.desk.schedules.run(live, schedule_id, request_id="req_1")
    assert placed.run.mode is Mode.TEST
    await planner.house.desk.schedules.pause(live, schedule_id)
    await planner.house.desk.schedules.resume(live, schedule_id)
    await planner.tick(30)
    assert {run.mode for run in await planner.runs()} == {Mode.TEST}


async def test_a_deleted_schedule_leaves_no_row_and_fires_no_more(planner: Planner) -> None:
    schedule_id = await planner.make()
    await planner.house.desk.schedules.run(planner.caller, schedule_id, request_id="req_1")
    await planner.house.desk.schedules.delete(planner.caller, schedule_id)
    assert await due_rows(planner) == []
    await planner.tick(60)
    async with planner.house.desk.db.transaction(SYSTEM) as tx:
        for table in ("schedules", "schedule_fires"):
            assert (await tx.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one() == 0
    assert len(await planner.runs()) == 1, "the run that it made stays"


async def test_resuming_what_a_key_may_not_run_changes_nothing(planner: Planner) -> None:
    schedule_id = await planner.make()
    schedules = planner.house.desk.schedules
    await schedules.pause(planner.caller, schedule_id)
    capped = await planner.caller_with(mode=Mode.TEST, capabilities=frozenset({Capability.RUNS_READ}))
    with pytest.raises(Forbidden):
        await schedules.resume(capped, schedule_id)
    assert (await planner.get(schedule_id)).schedule.status is Standing.PAUSED


async def test_every_act_and_every_pause_stands_in_the_audit_trail_without_content(planner: Planner) -> None:
    desk, caller = planner.house.desk, planner.caller
    schedule_id = await planner.make("* * * * *", task=f"[test:fail] {MARKER}")
    await desk.schedules.change(caller, schedule_id, Change(run=programme(f"[test:fail] {MARKER}")))
    for _ in range(5):
        await planner.tick(60, carries_out=True)
    await desk.schedules.resume(caller, schedule_id)
    await desk.schedules.pause(caller, schedule_id)
    await desk.schedules.delete(caller, schedule_id)
    page = await desk.audit.list(planner.tenant.owner, Filter(resource=schedule_id), Window())
    lines = [json.loads(record.line) for record in page.items][::-1]
    assert [(line["action"], line["actor"]) for line in lines] == [
        ("schedule.created", caller.key_id),
        ("schedule.changed", caller.key_id),
        ("schedule.paused", schedule_id),
        ("schedule.resumed", caller.key_id),
        ("schedule.paused", caller.key_id),
        ("schedule.deleted", caller.key_id),
    ]
    assert lines[2]["details"] == {"reason_code": "RUNS_FAILED"}
    assert lines[1]["details"] == {"members": ["run"]}
    assert MARKER not in str(lines)


async def test_the_ledger_is_kept_for_ninety_days(planner: Planner) -> None:
    schedule_id = await planner.make()
    await planner.tick(30)
    await planner.house.worker.sweep.round()
    assert len(await planner.fires(schedule_id)) == 1
    planner.clock.advance(91 * 24 * 60 * 60)
    await planner.house.worker.sweep.round()
    assert await planner.fires(schedule_id) == []


async def test_the_idempotency_key_of_a_deleted_schedule_is_forgotten_after_a_week(planner: Planner) -> None:
    once = Once(operation="schedules.create", key="k", fingerprint=b"f")
    schedules = planner.house.desk.schedules
    made = await schedules.create(planner.caller, wanted(), once=once)
    await schedules.delete(planner.caller, made.schedule.id)
    await planner.house.worker.sweep.round()
    with pytest.raises(Gone):
        await schedules.create(planner.caller, wanted(), once=once)
    planner.clock.advance(8 * 24 * 60 * 60)
    await planner.house.worker.sweep.round()
    assert not (await schedules.create(planner.caller, wanted(), once=once)).replayed
