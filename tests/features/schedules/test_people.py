"""Schedules of people: what somebody left to be done goes on as long as that person may do it."""

import pytest

from features.people.crowd import Somebody, member, owner
from features.schedules.desk import Planner, wanted
from futurone_server.features.people import Role
from futurone_server.features.schedules import Standing
from futurone_server.kit.page import Window

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("quick_passwords")]
DAY_S = 24 * 60 * 60


async def made(planner: Planner) -> tuple[Somebody, Somebody, str]:
    """An owner, a developer, and the developer's schedule, which has placed a run already."""
    boss = await owner(planner.house, planner.tenant)
    dev = await member(planner.house, boss, Role.DEVELOPER)
    schedule = (await planner.house.desk.schedules.create(dev.caller, wanted())).schedule
    await planner.tick(30)
    return boss, dev, schedule.id


async def standing(planner: Planner, schedule_id: str) -> tuple[Standing, str | None]:
    found = (await planner.house.desk.schedules.get(planner.tenant.owner, schedule_id)).schedule
    return found.status, found.paused_reason


async def test_a_persons_schedule_places_runs_in_that_persons_name(planner: Planner) -> None:
    _, dev, schedule_id = await made(planner)
    assert await standing(planner, schedule_id) == (Standing.ACTIVE, None)
    fires = await planner.house.desk.schedules.fires(planner.tenant.owner, schedule_id, Window())
    (run_id,) = [one.run_id for one in fires.items]
    assert (await planner.house.desk.runs.get(planner.tenant.owner, str(run_id))).created_by == dev.user_id


async def test_it_pauses_when_the_person_is_removed(planner: Planner) -> None:
    boss, dev, schedule_id = await made(planner)
    await planner.house.desk.people.members.remove(boss.caller, dev.user_id)
    await planner.tick(DAY_S)
    assert await standing(planner, schedule_id) == (Standing.PAUSED, "AUTH_MEMBER_REMOVED")


async def test_it_pauses_when_the_person_may_no_longer_create_runs(planner: Planner) -> None:
    boss, dev, schedule_id = await made(planner)
    await planner.house.desk.people.members.set_role(boss.caller, dev.user_id, Role.VIEWER)
    await planner.tick(DAY_S)
    assert await standing(planner, schedule_id) == (Standing.PAUSED, "CAPABILITY_MISSING")
