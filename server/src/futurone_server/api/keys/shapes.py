"""API keys, as the reference shows them."""

from typing import Annotated

from pydantic import Field

from futurone_server.api.shapes import Moment, Shape, an_id
from futurone_server.features.keys import Capability, Mode

KeyId = Annotated[str, Field(json_schema_extra=an_id("key_"))]


class RateLimits(Shape):
    """How many requests a minute a key may make."""

    standard: Annotated[int, Field(description="All requests but those below.")]
    execution: Annotated[int, Field(description="Those that create runs, in whatever way, or submit input.")]


class Key(Shape):
    """A key without its secret."""

    id: KeyId
    name: str
    mode: Mode
    key_id: Annotated[KeyId, Field(description="The same as `id`: the first half of `<key_id>:<secret>`.")]
    capabilities: list[Capability]
    projects: Annotated[list[str] | None, Field(description="The projects it is limited to; null: all.")]
    agents: Annotated[list[str] | None, Field(description="The agents and domains it is limited to; null: all.")]
    rate_limits: RateLimits
    legacy: Annotated[
        bool,
        Field(description="It was made without naming capabilities, and may do all that its maker might: see `scope`."),
    ]
    created_by: Annotated[
        str | None, Field(description="The id of the key or person that made it; null: the first start.")
    ]
    expires_at: Moment | None
    revoked_at: Moment | None
    last_used_at: Annotated[Moment | None, Field(description="To the minute.")]
    created_at: Moment


class MintedKey(Key):
    """A key with its two spellings. They are in this answer and nowhere else, not even on an idempotent replay."""

    key: Annotated[str | None, Field(description="`fo_live_…` or `fo_test_…`: the one-word spelling. Shown once.")] = (
        None
    )
    secret: Annotated[str | None, Field(description="The second half of `<key_id>:<secret>`. Shown once.")] = None


class ScopedKey(Key):
    """A key with the scope that its use suggests."""

    proposed: Annotated[list[Capability], Field(description="What it made use of since then, and still has.")]
    since: Annotated[str, Field(description="The first day that was looked at.", json_schema_extra={"format": "date"})]
    applied: Annotated[bool, Field(description="Whether its capabilities were set just now.")]
