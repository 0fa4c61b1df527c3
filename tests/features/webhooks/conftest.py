"""What tests of webhooks share: a receiver that answers what the test says, and a house that may tell it."""

from collections.abc import AsyncIterator

import pytest

from conftest import Databases
from egress.peers import Peer, open_peer
from features.webhooks.mail import Answers, Post, open_post


@pytest.fixture
def answers() -> Answers:
    """What the receiver says."""
    return Answers()


@pytest.fixture
async def peer(answers: Answers) -> AsyncIterator[Peer]:
    """A receiver on loopback."""
    async with open_peer(answers) as found:
        yield found


@pytest.fixture
async def post(databases: Databases, database: str, peer: Peer) -> AsyncIterator[Post]:
    """A workspace whose endpoints may be at the receiver."""
    async with open_post(database, databases.role, peer) as found:
        yield found
