"""Connections, as the reference shows them."""

from typing import Annotated

from pydantic import Field

from futurone_server.api.shapes import Moment, Shape
from futurone_server.api.webhooks.shapes import ConnectionId
from futurone_server.features.connections import Kind
from futurone_server.features.keys import Mode
from futurone_server.features.webhooks import Fault


class ConnectionHealth(Shape):
    """How a connection has been doing."""

    failures: Annotated[int, Field(description="Attempts in a row that failed.")]
    failing_since: Annotated[Moment | None, Field(description="The first failure since the last success.")]
    last_success_at: Moment | None
    last_failure_at: Moment | None
    last_error: Annotated[Fault | None, Field(description="The class of the last failure.")]


class Connection(Shape):
    """Something of the workspace that stands elsewhere. Its secret is never shown."""

    id: ConnectionId
    mode: Annotated[
        Mode, Field(description="As the key that made it: `test` is for test runs alone, `live` for live ones.")
    ]
    kind: Kind
    name: str
    service: Annotated[str, Field(description="The service of its URL: `slack`, `mailto`, `json` …")]
    hint: Annotated[str, Field(description="The scheme of its URL, with the host where that is no secret.")]
    created_at: Moment
    updated_at: Moment
    health: ConnectionHealth
