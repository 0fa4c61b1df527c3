"""The watch over retention: what is overdue is said aloud, and what a dead worker left in a room is cleared away."""

import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from futurone_server.kit.clock import ManualClock
from futurone_server.main import Server
from futurone_server.store.database import SYSTEM
from futurone_server.tools.sandbox import Room
from house import Tenant, carry_out
from retention.acts import order

pytestmark = pytest.mark.anyio


async def test_an_erasure_that_has_not_happened_a_minute_after_its_time_is_an_alarm(
    house: Server, tenant: Tenant, clock: ManualClock
) -> None:
    run = await order(house, tenant)
    await carry_out(house)
    clock.advance(86_400 + 59)
    assert (await house.desk.retention.standing()).overdue == 0
    clock.advance(2)
    found = await house.desk.retention.standing()
    assert (found.overdue, found.since) == (1, clock.now() - timedelta(seconds=61))
    with capture_logs() as logged:
        await house.worker.retention.round()
    assert [line["log_level"] for line in logged if line["event"] == "retention.overdue"] == ["warning"]
    await house.worker.due.round()
    assert (await house.desk.retention.standing()).overdue == 0
    assert (await house.desk.retention.receipt(tenant.owner, run.id))["receipt"]


async def test_the_erasure_of_every_run_that_ends_is_a_row_with_its_time(
    house: Server, tenant: Tenant, clock: ManualClock
) -> None:
    run = await order(house, tenant)
    await carry_out(house)
    async with house.desk.db.transaction(SYSTEM) as tx:
        row = (await tx.execute(text("SELECT at FROM due WHERE kind = 'erase' AND ref = :run"), {"run": run.id})).one()
    assert row.at == clock.now() + timedelta(days=1)


async def test_the_room_of_a_worker_that_died_is_cleared_away_and_that_of_a_living_one_stays(house: Server) -> None:
    making = "import os; from futurone_server.tools.sandbox import Room; os.write(1, bytes(Room().__enter__().path))"
    making += "; os._exit(9)"
    dead = subprocess.run([sys.executable, "-c", making], capture_output=True, text=True, check=False).stdout
    assert dead
    with Room() as alive:
        left = alive.path.parent / dead
        (left / "code.py").write_text("content")
        await house.worker.retention.round()
        assert not left.exists()
        assert alive.path.exists()


async def test_a_decided_review_starts_the_window_which_ends_with_the_hold_at_the_latest(
    house: Server, tenant: Tenant, clock: ManualClock
) -> None:
    run = await order(house, tenant, "[test:escalate]")
    await carry_out(house)
    ended = clock.now()
    caller = await house.desk.keys.authenticate(tenant.test)
    for hours, expected in ((1, timedelta(hours=25)), (70, timedelta(hours=72))):
        clock.advance(hours * 3_600 - (clock.now() - ended).total_seconds())
        async with house.desk.db.transaction(SYSTEM) as tx:
            found = await house.desk.runs.find(tx, caller, run.id)
            assert await house.desk.erasure.was_reviewed(tx, found) == ended + expected
        assert (await house.desk.runs.get(caller, run.id)).erases_at == ended + expected
    clock.advance(2 * 3_600 + 1)
    await house.worker.due.round()
    assert (await house.desk.runs.get(caller, run.id)).is_erased
