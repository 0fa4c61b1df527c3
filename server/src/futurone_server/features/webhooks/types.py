"""What a webhook is: the events, the endpoints, and one message on its way to one receiver."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from futurone_server.features.keys import Mode


class Told(StrEnum):
    """What endpoints can be told of (the contract's section 3)."""

    RUN_COMPLETED = "run.completed"
    RUN_ESCALATED = "run.escalated"
    RUN_FAILED = "run.failed"
    RUN_CANCELLED = "run.cancelled"
    RUN_AWAITING_INPUT = "run.awaiting_input"
    BUDGET_THRESHOLD = "budget.threshold"


OUTCOMES = (Told.RUN_COMPLETED, Told.RUN_ESCALATED, Told.RUN_FAILED)
"""What is told where nobody says otherwise: to endpoints without a list of events, and to a run's own address."""

TEST = "webhook.test"
"""The type of the event that an endpoint is tried out with."""

CONNECTION_TEST = "connection.test"
"""The type of the event that a connection is tried out with."""


class EndpointStatus(StrEnum):
    """Whether an endpoint is told anything."""

    ENABLED = "enabled"
    DISABLED = "disabled"


class Because(StrEnum):
    """Why an endpoint is disabled, or a delivery given up."""

    BY_REQUEST = "by_request"
    GONE = "gone"
    FAILING = "failing"
    EXHAUSTED = "exhausted"
    DELETED = "deleted"
    UNREADABLE = "unreadable"


class State(StrEnum):
    """Where a delivery stands. ``DEAD`` is the dead-letter queue; ``FAILED`` is a test event that did not arrive."""

    PENDING = "pending"
    SENDING = "sending"
    DELIVERED = "delivered"
    DEAD = "dead"
    FAILED = "failed"


class Fault(StrEnum):
    """Why an attempt failed, as a class: neither addresses nor what was answered, so that nobody scans with us."""

    DNS = "dns"
    BLOCKED = "blocked"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    BROKEN = "broken"
    STATUS = "status"


@dataclass(frozen=True, kw_only=True)
class Health:
    """How an endpoint has been doing: failures in a row, and since when there was no success."""

    failures: int
    failing_since: datetime | None
    last_success_at: datetime | None
    last_failure_at: datetime | None
    last_error: str | None


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A receiver of the workspace. Its secrets are never here."""

    id: str
    workspace_id: str
    mode: Mode
    url: str = field(repr=False)
    events: tuple[Told, ...]
    status: EndpointStatus
    disabled_because: Because | None
    description: str | None
    created_at: datetime
    health: Health
    overlap_until: datetime | None


@dataclass(frozen=True, kw_only=True)
class Made:
    """An endpoint, or a workspace's signing secret, with the secret that is shown this once; None on a repetition."""

    endpoint: Endpoint | None
    secret: str | None = field(repr=False)
    overlap_until: datetime | None = None
    replayed: bool = False


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is to be different about an endpoint; None leaves a member as it is."""

    url: str | None = None
    events: tuple[Told, ...] | None = None
    description: str | None = None
    status: EndpointStatus | None = None


@dataclass(frozen=True, kw_only=True)
class Announcement:
    """Something happened to a run, or in a workspace. ``data`` is content-free, and so is ``note``, which people are
    told beside it through ``connections``.
    """

    id: str
    type: str
    workspace_id: str
    mode: Mode
    data: Mapping[str, object]
    at: datetime
    run_id: str | None = None
    url: str | None = None
    connections: tuple[str, ...] = ()
    note: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One attempt that was made: when, what came back, and how long it took in milliseconds."""

    at: datetime
    status: int | None
    fault: Fault | None
    took_ms: int
    retry_after_s: float | None = None

    @property
    def is_success(self) -> bool:
        """Whether the receiver has taken it."""
        return self.fault is None

    @property
    def is_gone(self) -> bool:
        """Whether the receiver wants to hear nothing more."""
        return self.status == 410


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One message to one receiver, as its row tells it."""

    id: str
    event_id: str
    type: str
    mode: Mode
    run_id: str | None
    endpoint_id: str | None
    connection_id: str | None
    url: str | None = field(repr=False)
    state: State
    attempts: int
    next_at: datetime
    last_at: datetime | None
    last_status: int | None
    last_error: str | None
    last_took_ms: int | None
    reason: Because | None
    history: tuple[Mapping[str, object], ...]
    data: Mapping[str, object]
    happened_at: datetime
    created_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What people are told: a title, a few lines, and whether it is good news (the words of Apprise)."""

    title: str
    text: str
    tone: str


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """A delivery in a worker's hand: what to send where, under which claim. ``secrets`` are the newest one first.

    ``letter`` is for people, where it goes to a connection; ``url`` is then an Apprise URL, and a secret.
    """

    delivery_id: str
    claim: int
    workspace_id: str
    endpoint_id: str | None
    url: str = field(repr=False)
    event_id: str
    type: str
    body: bytes = field(repr=False)
    secrets: tuple[bytes, ...] = field(repr=False)
    attempts: int
    history: tuple[Mapping[str, object], ...]
    is_test: bool
    connection_id: str | None = None
    letter: Letter | None = field(default=None, repr=False)
