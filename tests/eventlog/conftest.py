"""What the tests of the log share: a scene in a database of its own."""

from collections.abc import AsyncIterator

import pytest

from eventlog.scene import Scene, open_scene


@pytest.fixture
async def scene(database: str) -> AsyncIterator[Scene]:
    """One log on a real database."""
    async with open_scene(database) as found:
        yield found
