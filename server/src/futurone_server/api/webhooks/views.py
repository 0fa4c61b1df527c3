"""Endpoints and deliveries as they go over the wire."""

from datetime import datetime

from futurone_server.features.webhooks import Delivery, Endpoint, Made, Replayed, State
from futurone_server.features.webhooks import rules as webhook_rules
from futurone_server.kit import json
from futurone_server.kit.clock import to_second
from futurone_server.kit.json import JsonObject

_IDS_SHOWN_MAX = 1_000


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else to_second(moment)


def present_endpoint(endpoint: Endpoint) -> JsonObject:
    """An endpoint, never with its secret."""
    health = endpoint.health
    return {
        "id": endpoint.id,
        "mode": endpoint.mode.value,
        "url": endpoint.url,
        "events": [event.value for event in endpoint.events],
        "status": endpoint.status.value,
        "disabled_because": endpoint.disabled_because and endpoint.disabled_because.value,
        "description": endpoint.description,
        "created_at": to_second(endpoint.created_at),
        "overlap_until": _moment(endpoint.overlap_until),
        "health": {
            "failures": health.failures,
            "failing_since": _moment(health.failing_since),
            "last_success_at": _moment(health.last_success_at),
            "last_failure_at": _moment(health.last_failure_at),
            "last_error": health.last_error,
        },
    }


def present_made(made: Made) -> JsonObject:
    """An endpoint with its secret, which is shown this once."""
    assert made.endpoint is not None
    secret = {} if made.secret is None else {"secret": made.secret}
    return {**present_endpoint(made.endpoint), **secret}


def present_secret(made: Made) -> JsonObject:
    """The workspace's signing secret, which is shown this once."""
    secret = {} if made.secret is None else {"secret": made.secret}
    return {**secret, "overlap_until": _moment(made.overlap_until)}


def present_delivery(delivery: Delivery) -> JsonObject:
    """One event to one receiver: where it stands, and what came of every attempt."""
    is_pending = delivery.state is State.PENDING
    return {
        "id": delivery.id,
        "event_id": delivery.event_id,
        "type": delivery.type,
        "mode": delivery.mode.value,
        "run_id": delivery.run_id,
        "endpoint_id": delivery.endpoint_id,
        "connection_id": delivery.connection_id,
        "url": delivery.url,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "next_attempt_at": to_second(delivery.next_at) if is_pending else None,
        "last_attempt_at": _moment(delivery.last_at),
        "last_status": delivery.last_status,
        "last_error": delivery.last_error,
        "last_took_ms": delivery.last_took_ms,
        "reason": delivery.reason and delivery.reason.value,
        "history": [dict(one) for one in delivery.history],
        "created_at": to_second(delivery.created_at),
        "settled_at": _moment(delivery.settled_at),
    }


def present_dead_letter(delivery: Delivery) -> JsonObject:
    """A delivery that was given up: with the event itself, and when it is removed."""
    event = json.load(webhook_rules.body(delivery.event_id, delivery.type, delivery.data, delivery.happened_at))
    return {**present_delivery(delivery), "expires_at": to_second(delivery.next_at), "event": event}


def present_replayed(replayed: Replayed) -> JsonObject:
    """Which dead letters are on their way again."""
    return {
        "requeued": len(replayed.ids),
        "skipped": replayed.skipped,
        "ids": list(replayed.ids[:_IDS_SHOWN_MAX]),
    }
