"""The outbox: what happened becomes rows in the commit in which it happens."""

from futurone_server.eventlog import Write
from futurone_server.features.webhooks.posting import store
from futurone_server.features.webhooks.types import Announcement


def announcing(announcement: Announcement) -> Write:
    """The row change that has everybody told who is to be told now, without a round trip; bears being done twice.

    With ``url`` that address alone is told, else the workspace's enabled endpoints that are subscribed to the type.
    """
    return Write(statement=store.ANNOUNCE, values=store.announced(announcement))
