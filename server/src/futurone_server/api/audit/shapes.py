"""The audit trail, as the reference shows it."""

from typing import Annotated, Any, Literal

from pydantic import Field

from futurone_server.api.shapes import Shape, an_id


class AuditLine(Shape):
    """Who did what to which thing. It holds no content, is never changed, and binds all lines before it."""

    seq: Annotated[int, Field(description="Dense, from 1, in the workspace.")]
    id: Annotated[str, Field(json_schema_extra=an_id("aud_"))]
    at: Annotated[str, Field(description="RFC 3339 with microseconds.")]
    workspace_id: Annotated[str, Field(json_schema_extra=an_id("ws_"))]
    action: Annotated[str, Field(examples=["run.created", "key.revoked", "tool.called", "model.substituted"])]
    actor: Annotated[str, Field(description="The id of a key, or `system`.")]
    resource: Annotated[str, Field(description="The id of what it was done to.")]
    outcome: str
    request_id: Annotated[str | None, Field(description="The request that it came by.")]
    details: Annotated[dict[str, Any], Field(description="Ids, enums, numbers and times; never content.")]
    hash: Annotated[str, Field(description="SHA-256 over the line before and this one, in hex.")]


class SigningKey(Shape):
    """The public key under which this server signs."""

    algorithm: Literal["Ed25519"]
    public_key: Annotated[str, Field(description="32 bytes, base64.")]
