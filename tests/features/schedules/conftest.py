"""What tests of schedules share: a house whose clock they move, and keys that make schedules in it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from conftest import Databases
from features.schedules.desk import Planner, open_planner
from futurone_server.kit.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    """Half a minute before nine in the morning, in UTC."""
    return ManualClock(datetime(2026, 6, 1, 8, 59, 30, tzinfo=UTC))


@pytest.fixture
async def planner(databases: Databases, database: str, clock: ManualClock) -> AsyncIterator[Planner]:
    """A key that makes schedules in a workspace of its own, at a server whose time is in the test's hands."""
    async with open_planner(database, databases.role, clock) as found:
        yield found
