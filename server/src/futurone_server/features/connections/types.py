"""What a connection is: something of the workspace that stands elsewhere."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from futurone_server.features.keys import Mode
from futurone_server.store.messages import Statement


class Kind(StrEnum):
    """What stands at the other end."""

    APPRISE = "apprise"
    """People, in a chat or by mail: one Apprise URL."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """What may be shown of an address: the service, and the scheme with the host where that is no secret."""

    service: str
    hint: str


@dataclass(frozen=True, kw_only=True)
class Health:
    """How a connection has been doing: failures in a row, and since when there was no success."""

    failures: int
    failing_since: datetime | None
    last_success_at: datetime | None
    last_failure_at: datetime | None
    last_error: str | None


@dataclass(frozen=True, kw_only=True)
class Connection:
    """A connection of the workspace. Its secret is never here."""

    id: str
    workspace_id: str
    mode: Mode
    kind: Kind
    name: str
    place: Place
    created_at: datetime
    updated_at: datetime
    health: Health


@dataclass(frozen=True, kw_only=True)
class Made:
    """A connection that was made, or found again because the same request had made it before."""

    connection: Connection
    replayed: bool = False


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is to be different about a connection; None leaves a member as it is."""

    name: str | None = None
    url: str | None = field(default=None, repr=False)


CheckAddress = Callable[[str, str], Awaitable[Place]]
"""What may be shown of an address that messages can be sent to: takes the field's name and the URL. Raises Invalid."""

Goings = Callable[[str, datetime], Sequence[Statement]]
"""What else happens when a connection, by its id, is deleted, in the same transaction (``reactions.py``)."""
