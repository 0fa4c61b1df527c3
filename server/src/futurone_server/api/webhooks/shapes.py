"""Endpoints and deliveries, as the reference shows them."""

from typing import Annotated

from pydantic import Field

from futurone_server.api.shapes import Moment, Shape, an_id
from futurone_server.features.keys import Mode
from futurone_server.features.webhooks import Because, EndpointStatus, Fault, State, Told

EndpointId = Annotated[str, Field(json_schema_extra=an_id("whe_"))]
DeliveryId = Annotated[str, Field(json_schema_extra=an_id("dlv_"))]
ConnectionId = Annotated[str, Field(json_schema_extra=an_id("conn_"))]
RunId = Annotated[str, Field(json_schema_extra=an_id("fo_run_"))]
EventId = Annotated[str, Field(json_schema_extra=an_id("evt_"))]
Secret = Annotated[str | None, Field(description="`whsec_…`. Shown once, not on an idempotent replay.")]


class EndpointHealth(Shape):
    """How an endpoint has been doing. After 120 hours without a success it is disabled."""

    failures: Annotated[int, Field(description="Attempts in a row that failed.")]
    failing_since: Annotated[Moment | None, Field(description="The first failure since the last success.")]
    last_success_at: Moment | None
    last_failure_at: Moment | None
    last_error: Annotated[Fault | None, Field(description="The class of the last failure.")]


class Endpoint(Shape):
    """A receiver of the workspace's events."""

    id: EndpointId
    mode: Annotated[
        Mode, Field(description="As the key that made it: `test` hears of test runs alone, `live` of live ones.")
    ]
    url: str
    events: list[Told]
    status: EndpointStatus
    disabled_because: Annotated[
        Because | None, Field(description="`by_request`, `gone` (it answered 410), `failing` (for 120 hours).")
    ]
    description: str | None
    created_at: Moment
    overlap_until: Annotated[Moment | None, Field(description="Until then two secrets sign, after a rotation.")]
    health: EndpointHealth


class MadeEndpoint(Endpoint):
    """An endpoint with its signing secret, which is in this answer and nowhere else."""

    secret: Secret = None


class SigningSecret(Shape):
    """What signs for addresses that runs name in `webhook_url`."""

    secret: Secret = None
    overlap_until: Annotated[Moment | None, Field(description="Until then the old secret signs beside the new one.")]


class DeliveryAttempt(Shape):
    """What came of one attempt."""

    at: Moment
    status: Annotated[int | None, Field(description="The receiver's HTTP status, if it answered.")]
    error: Fault | None
    took_ms: int


class Delivery(Shape):
    """One event to one receiver. What the receiver answers is not kept, but for its status."""

    id: DeliveryId
    event_id: Annotated[EventId, Field(description="As `webhook-id` and as `id` in the body.")]
    type: str
    mode: Mode
    run_id: RunId | None
    endpoint_id: EndpointId | None
    connection_id: Annotated[ConnectionId | None, Field(description="The connection whose people are told.")]
    url: Annotated[str | None, Field(description="The address that the run named; null where it goes elsewhere.")]
    state: Annotated[
        State, Field(description="`dead` is the dead-letter queue; `failed` is a test event that did not arrive.")
    ]
    attempts: Annotated[int, Field(description="Since it was made or replayed; 8 at most.")]
    next_attempt_at: Moment | None
    last_attempt_at: Moment | None
    last_status: int | None
    last_error: Fault | None
    last_took_ms: int | None
    reason: Annotated[Because | None, Field(description="Why it was given up.")]
    history: Annotated[list[DeliveryAttempt], Field(description="The newest 24 attempts, oldest first.")]
    created_at: Moment
    settled_at: Moment | None


class EventData(Shape):
    """What an event tells of a run. Never content: fetch the run for more."""

    run_id: RunId | None
    status: str | None
    confidence: float | None
    metadata: dict[str, object]
    last_event_id: int | None


class WebhookEvent(Shape):
    """The body that receivers get."""

    id: EventId
    type: str
    created_at: Moment
    data: EventData | dict[str, object]


class DeadLetter(Delivery):
    """A delivery that was given up. It is kept for seven days."""

    expires_at: Annotated[Moment, Field(description="When it is removed.")]
    event: WebhookEvent


class Replayed(Shape):
    """Which dead letters are on their way again."""

    requeued: int
    skipped: Annotated[
        int,
        Field(description="Of the named ones: not among the dead letters, or their endpoint is disabled or deleted."),
    ]
    ids: Annotated[list[DeliveryId], Field(description="At most a thousand of them.")]
