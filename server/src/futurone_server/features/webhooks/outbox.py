"""The outbox: what happened becomes rows in the commit in which it happens."""

from datetime import datetime

from futurone_server.eventlog import Write
from futurone_server.features.webhooks.posting import store
from futurone_server.features.webhooks.types import Announcement
from futurone_server.store.messages import Statement


def announcing(announcement: Announcement) -> Write:
    """The row change that has everybody told who is to be told now, without a round trip; bears being done twice.

    With ``url`` that address alone is told, else the workspace's enabled endpoints that are subscribed to the type. The
    people behind ``connections`` are told beside either.
    """
    return Write(statement=store.ANNOUNCE, values=store.announced(announcement))


def abandoning(connection_id: str, now: datetime) -> Statement:
    """The statement that gives up what waits for a connection that is deleted with the same commit."""
    return store.abandoning(connection_id, now)
