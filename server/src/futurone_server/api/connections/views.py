"""A connection as it goes over the wire."""

from datetime import datetime

from futurone_server.features.connections import Connection
from futurone_server.kit.clock import to_second
from futurone_server.kit.json import JsonObject


def present_connection(connection: Connection) -> JsonObject:
    """A connection with its health, never with its URL."""
    health = connection.health
    return {
        "id": connection.id,
        "mode": connection.mode.value,
        "kind": connection.kind.value,
        "name": connection.name,
        "service": connection.place.service,
        "hint": connection.place.hint,
        "created_at": to_second(connection.created_at),
        "updated_at": to_second(connection.updated_at),
        "health": {
            "failures": health.failures,
            "failing_since": _moment(health.failing_since),
            "last_success_at": _moment(health.last_success_at),
            "last_failure_at": _moment(health.last_failure_at),
            "last_error": health.last_error,
        },
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else to_second(at)
