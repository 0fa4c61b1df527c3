"""Connections: what one caller leaves behind never reaches the next, however it went."""

import asyncio
import random
import time

import psycopg
import pytest
from sqlalchemy import text

from conftest import Databases
from futurone_server.store.database import SYSTEM, Database, of_workspace
from futurone_server.store.messages import run

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


async def test_who_is_cancelled_hears_of_that_and_of_nothing_else(database: str) -> None:
    db = Database(database)

    async def sleep_in_core() -> None:
        async with db.transaction(SYSTEM) as tx:
            await tx.execute(text("SELECT pg_sleep(5)"))

    async def sleep_in_a_message() -> None:
        await db.write(SYSTEM, ("SELECT pg_sleep(5) AS slept", {}))

    for sleep in (sleep_in_core, sleep_in_a_message):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await sleep()
    await db.close()


async def test_a_connection_that_is_given_up_half_made_is_closed_at_once(databases: Databases) -> None:
    url = databases.fresh()
    db = Database(url)
    given_up: list[asyncio.Task[object]] = []
    for number in range(60):
        ways = (db.connection(), db.write(SYSTEM, ("SELECT 1 AS one", {})))
        task = asyncio.create_task(ways[number % 2])
        ways[1 - number % 2].close()
        for _ in range(1 + number // 2 % 8):
            await asyncio.sleep(0)
        task.cancel()
        given_up.append(task)
    ends = await asyncio.gather(*given_up, return_exceptions=True)
    for made in (end for end in ends if isinstance(end, psycopg.AsyncConnection)):
        await made.close()  # it was there before it could be given up
    assert any(isinstance(end, asyncio.CancelledError) for end in ends)
    begun = time.monotonic()
    databases.drop(url)
    assert time.monotonic() - begun < 20, "PostgreSQL waits for the password of who is half in for a minute"


@pytest.mark.parametrize("poison", ["a\0b", "\ud800", object()], ids=["NUL", "a lone surrogate", "no value at all"])
async def test_a_message_that_cannot_be_sent_whole_takes_no_effect(poison: object, database: str) -> None:
    db = Database(database)
    adding = "INSERT INTO workers (id, host, lock, started_at, seen_at) VALUES (%(id)s, %(host)s, 1, now(), now())"
    with pytest.raises((psycopg.Error, UnicodeEncodeError)):
        await db.write(SYSTEM, (adding, {"id": "one", "host": "h"}), (adding, {"id": "two", "host": poison}))
    (rows,) = await db.read(SYSTEM, ("SELECT id FROM workers", {}))
    assert rows == []
    await db.close()
