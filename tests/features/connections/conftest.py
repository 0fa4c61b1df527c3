"""What tests of connections share: a receiver and a mail server on loopback, and a house that may tell them."""

from collections.abc import AsyncIterator

import pytest

from conftest import Databases
from egress.peers import Peer, open_peer
from egress.postbox import Postbox, open_postbox
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
async def postbox() -> AsyncIterator[Postbox]:
    """A mail server on loopback."""
    async with open_postbox() as found:
        yield found


@pytest.fixture
async def post(databases: Databases, database: str, peer: Peer, postbox: Postbox) -> AsyncIterator[Post]:
    """A workspace whose connections may lead to the receiver and the mail server."""
    async with open_post(database, databases.role, peer, postbox) as found:
        yield found
