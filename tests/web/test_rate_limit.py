"""Rate limits: exact over all processes, told in every response's words, and gone with what does not count."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from conftest import Databases
from futurone_server.features.keys import Principal, RateClass, RateLimits
from futurone_server.kit.errors import Unavailable
from futurone_server.main import Server
from futurone_server.store.database import SYSTEM, Database
from futurone_server.store.rates import sweep
from futurone_server.web.rate_limit import RateLimiter, Standing
from house import Tenant, principal

pytestmark = pytest.mark.anyio
NOON = 1_800_000_000_000_000
PROCESS = """
import asyncio, json, sys
from futurone_server.features.keys import RateClass, RateLimits
from futurone_server.store.database import Database
from futurone_server.web.rate_limit import RateLimiter
from house import principal

async def main(url, role, workspace_id, key_id, tries):
    db = Database(url, role=role or None)
    limiter = RateLimiter(db, at_us=lambda: 1_800_000_000_000_000)
    caller = principal(workspace_id, key_id=key_id, rate_limits=RateLimits(standard=100, execution=20))
    async def client(count):
        return [(await limiter.take(caller, RateClass.STANDARD)).is_admitted for _ in range(count)]
    done = await asyncio.gather(*(client(tries // 50) for _ in range(50)))
    print(json.dumps([sum(map(sum, done)), sum(map(len, done))]))
    await db.close()

asyncio.run(main(*sys.argv[1:5], int(sys.argv[5])))
"""


class Hand:
    """The store's clock, moved by hand."""

    def __init__(self) -> None:
        self.now_us = NOON

    def __call__(self) -> int:
        return self.now_us

    def advance(self, seconds: float) -> None:
        self.now_us += round(seconds * 1_000_000)


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
async def limiter(house: Server, hand: Hand) -> RateLimiter:
    return RateLimiter(house.desk.db, at_us=hand)


@pytest.fixture
def caller(tenant: Tenant) -> Principal:
    return principal(tenant.workspace_id, rate_limits=RateLimits(standard=100, execution=20))


async def admitted(limiter: RateLimiter, caller: Principal, count: int, rate: RateClass = RateClass.STANDARD) -> int:
    """How many of so many requests, sent together, are let in."""
    standings = await asyncio.gather(*(limiter.take(caller, rate) for _ in range(count)))
    return sum(one.is_admitted for one in standings)


async def test_four_processes_that_try_two_thousand_times_each_get_exactly_the_limit(
    database: str, databases: Databases, tenant: Tenant, caller: Principal
) -> None:
    arguments = [database, databases.role or "", tenant.workspace_id, caller.key_id, "2000"]
    command = [sys.executable, "-c", PROCESS, *arguments]
    folder = Path(__file__).parents[1]
    started = [subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    said = [json.loads(one.communicate(timeout=120)[0]) for one in started]
    assert sum(tries for _, tries in said) == 8_000
    assert sum(let_in for let_in, _ in said) == 100


async def test_requests_that_come_together_are_counted_one_by_one(limiter: RateLimiter, caller: Principal) -> None:
    standings = await asyncio.gather(*(limiter.take(caller, RateClass.EXECUTION) for _ in range(30)))
    assert [one.is_admitted for one in standings] == [True] * 20 + [False] * 10
    assert [one.remaining for one in standings] == [*range(19, -1, -1), *[0] * 10]


async def test_what_was_used_comes_back_evenly(limiter: RateLimiter, caller: Principal, hand: Hand) -> None:
    assert await admitted(limiter, caller, 150) == 100
    for _ in range(3):
        hand.advance(0.6)
        assert await admitted(limiter, caller, 10) == 1
    hand.advance(30)
    assert await admitted(limiter, caller, 100) == 50
    hand.advance(3_600)
    assert await admitted(limiter, caller, 150) == 100


async def test_the_classes_and_the_keys_are_counted_by_themselves(
    limiter: RateLimiter, caller: Principal, tenant: Tenant
) -> None:
    other = principal(tenant.workspace_id, rate_limits=caller.rate_limits)
    assert await admitted(limiter, caller, 30, RateClass.EXECUTION) == 20
    assert await admitted(limiter, caller, 110) == 100
    assert await admitted(limiter, other, 30, RateClass.EXECUTION) == 20


async def test_a_limit_that_does_not_divide_a_minute_is_exact_too(
    limiter: RateLimiter, tenant: Tenant, hand: Hand
) -> None:
    for limit in (1, 7, 59, 997, 6_000):
        some = principal(tenant.workspace_id, rate_limits=RateLimits(standard=limit))
        assert await admitted(limiter, some, limit + 5) == limit


async def test_what_was_free_after_all_is_given_back(limiter: RateLimiter, caller: Principal) -> None:
    assert await admitted(limiter, caller, 20, RateClass.EXECUTION) == 20
    assert (await limiter.give_back(caller, RateClass.EXECUTION)).remaining == 1
    assert await admitted(limiter, caller, 5, RateClass.EXECUTION) == 1


async def test_looking_counts_nothing(limiter: RateLimiter, caller: Principal) -> None:
    assert [(await limiter.look(caller, RateClass.STANDARD)).remaining for _ in range(3)] == [100, 100, 100]
    assert await admitted(limiter, caller, 40) == 40
    assert (await limiter.look(caller, RateClass.STANDARD)).remaining == 60


def told(standing: Standing) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in standing.headers()}


async def test_a_response_says_how_much_is_left_and_when_all_of_it_is_back(
    limiter: RateLimiter, caller: Principal
) -> None:
    standing = await limiter.take(caller, RateClass.STANDARD)
    assert told(standing) == {
        "x-ratelimit-limit": "100",
        "x-ratelimit-remaining": "99",
        "x-ratelimit-reset": str(NOON // 1_000_000 + 1),
        "ratelimit-policy": '"standard";q=100;w=60',
        "ratelimit": '"standard";r=99;t=1',
    }


async def test_who_comes_back_when_told_is_let_in(limiter: RateLimiter, caller: Principal, hand: Hand) -> None:
    await admitted(limiter, caller, 20, RateClass.EXECUTION)
    refused = await limiter.take(caller, RateClass.EXECUTION)
    refusal = refused.refusal()
    assert not refused.is_admitted
    assert (refusal.retry_after_s, refusal.reason) == (3, "RATE_LIMITED")
    assert told(refused)["ratelimit"] == '"execution";r=0;t=3'
    assert told(refused)["x-ratelimit-reset"] == str(NOON // 1_000_000 + 3)
    hand.advance(2.9)
    assert await admitted(limiter, caller, 1, RateClass.EXECUTION) == 0
    hand.advance(0.1)
    assert await admitted(limiter, caller, 2, RateClass.EXECUTION) == 1


async def test_without_a_clock_of_its_own_it_goes_by_the_databases(house: Server, caller: Principal) -> None:
    standing = await RateLimiter(house.desk.db).take(caller, RateClass.STANDARD)
    assert abs(standing.at_us / 1e6 - house.desk.clock.now().timestamp()) < 60
    assert standing.remaining == 99


async def test_rows_of_limits_that_are_whole_again_are_cleared_away(
    house: Server, limiter: RateLimiter, caller: Principal, tenant: Tenant
) -> None:
    await limiter.take(caller, RateClass.STANDARD)
    async with house.desk.db.transaction(SYSTEM) as tx:
        assert await sweep(tx, house.desk.clock.now()) == 0, "noon of the test lies ahead"
    now = RateLimiter(house.desk.db, at_us=lambda: 1)
    await now.take(principal(tenant.workspace_id), RateClass.STANDARD)
    async with house.desk.db.transaction(SYSTEM) as tx:
        assert await sweep(tx, house.desk.clock.now()) == 1


@pytest.fixture
async def nowhere(database: str) -> AsyncIterator[Database]:
    db = Database(database.replace("/test_", "/gone_"))
    yield db
    await db.close()


async def test_everybody_who_waits_is_told_that_the_database_is_away(nowhere: Database, caller: Principal) -> None:
    limiter = RateLimiter(nowhere)
    asked = [limiter.take(caller, RateClass.STANDARD) for _ in range(3)]
    for answer in await asyncio.gather(*asked, return_exceptions=True):
        assert isinstance(answer, Unavailable)
    with pytest.raises(Unavailable):
        await limiter.take(caller, RateClass.STANDARD)
