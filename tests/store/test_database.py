"""Connections: what one caller leaves behind never reaches the next, however it went."""

import asyncio
import random

import pytest

from futurone_server.store.database import Database, of_workspace, run

pytestmark = pytest.mark.anyio
ASKED = (
    "SELECT current_setting('futurone.scope') AS scope, current_setting('transaction_read_only') AS ro,"
    " pg_sleep(%(s)s) AS slept"
)


async def test_who_is_cancelled_in_the_middle_leaves_nothing_behind_for_the_next(database: str) -> None:
    db = Database(database)
    chance = random.Random(5)

    async def ask(number: int) -> None:
        statement, scope = (ASKED, {"s": chance.random() * 0.004}), of_workspace(f"ws_{number}")
        if number % 3 == 0:
            (rows,) = await db.read(scope, statement)
        elif number % 3 == 1:
            (rows,) = await db.write(scope, statement)
        else:
            async with db.transaction(scope) as tx:
                (rows,) = await run(tx, statement)
        assert (rows[0].scope, rows[0].ro) == (f"ws_{number}", "on" if number % 3 == 0 else "off")

    for _ in range(25):
        asking = [asyncio.create_task(ask(number)) for number in range(40)]
        for task in asking:
            if chance.random() < 0.5:
                asyncio.get_running_loop().call_later(chance.random() * 0.03, task.cancel)
        ends = await asyncio.gather(*asking, return_exceptions=True)
        assert {type(end) for end in ends} <= {type(None), asyncio.CancelledError}, ends
    await db.close()
