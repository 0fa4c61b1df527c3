"""Who is asking, as the reference shows it."""

from typing import Annotated

from pydantic import Field

from futurone_server.api.keys.shapes import KeyId
from futurone_server.api.shapes import Moment, Shape
from futurone_server.features.keys import Capability, Mode


class OwnKey(Shape):
    """The key of the request."""

    id: KeyId
    mode: Mode
    projects: list[str] | None
    agents: list[str] | None
    expires_at: Moment | None


class Whoami(Shape):
    """The person behind a key; for a key without one, the key's creator."""

    id: str
    email: str | None
    name: str
    avatar_url: str | None
    organization_id: Annotated[str, Field(description="The workspace.")]
    created_at: Moment
    key: OwnKey | None
    capabilities: Annotated[list[Capability], Field(description="What the key may do.")]
