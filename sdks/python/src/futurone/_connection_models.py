"""Connections, typed: what of the workspace stands elsewhere, never with its secret."""

from futurone._models import Model, Moment
from futurone._webhook_models import EndpointHealth


class Connection(Model):
    """A connection to people. ``hint`` is what may be shown of its URL: the scheme, and the host where it names one."""

    id: str
    kind: str | None = None
    name: str | None = None
    service: str | None = None
    hint: str | None = None
    mode: str | None = None
    health: EndpointHealth = EndpointHealth()
    created_at: Moment | None = None
    updated_at: Moment | None = None
    replayed: bool = False
