"""Webhooks, typed: endpoints, deliveries, and the events that receivers get."""

from typing import Any

from pydantic import Field

from futurone._models import Model, Moment


class EndpointHealth(Model):
    """How an endpoint has been doing: failures in a row, and since when there was no success."""

    failures: int = 0
    failing_since: Moment | None = None
    last_success_at: Moment | None = None
    last_failure_at: Moment | None = None
    last_error: str | None = None


class WebhookEndpoint(Model):
    """A receiver of events. ``secret`` is there once only: in the first answer to create and to rotate."""

    id: str
    url: str
    events: list[str] = Field(default_factory=list)
    status: str | None = None
    disabled_because: str | None = None
    description: str | None = None
    mode: str | None = None
    secret: str | None = Field(default=None, repr=False)
    overlap_until: Moment | None = None
    health: EndpointHealth = EndpointHealth()
    created_at: Moment | None = None
    replayed: bool = False


class WebhookSecret(Model):
    """The secret that signs for addresses which runs name themselves; shown once."""

    secret: str | None = Field(default=None, repr=False)
    overlap_until: Moment | None = None
    replayed: bool = False


class WebhookEvent(Model):
    """What a receiver is told: ``type`` is ``run.completed`` and the like, ``data`` is without content."""

    id: str
    type: str
    created_at: Moment | None = None
    data: dict[str, Any] = Field(default_factory=dict)


class WebhookDelivery(Model):
    """One event to one receiver. ``state`` is pending, sending, delivered, dead, or failed (a test event)."""

    id: str
    event_id: str | None = None
    type: str | None = None
    run_id: str | None = None
    endpoint_id: str | None = None
    connection_id: str | None = None
    url: str | None = None
    state: str | None = None
    attempts: int = 0
    next_attempt_at: Moment | None = None
    last_attempt_at: Moment | None = None
    last_status: int | None = None
    last_error: str | None = None
    last_took_ms: int | None = None
    reason: str | None = None
    history: list[dict[str, Any]] = Field(default_factory=list)
    created_at: Moment | None = None
    settled_at: Moment | None = None
    expires_at: Moment | None = None
    event: WebhookEvent | None = None
    replayed: bool = False


class Replayed(Model):
    """Which dead letters are on their way again; ``skipped`` counts those that were named and are not."""

    requeued: int = 0
    skipped: int = 0
    ids: list[str] = Field(default_factory=list)
    replayed: bool = False
