"""Sessions of people, as the reference shows them."""

from typing import Annotated

from pydantic import Field

from futurone_server.api.shapes import Moment, Shape, an_id
from futurone_server.features.keys import Capability
from futurone_server.features.people import Role

UserId = Annotated[str, Field(json_schema_extra=an_id("user_"))]
WorkspaceId = Annotated[str, Field(json_schema_extra=an_id("ws_"))]


class SignedInPerson(Shape):
    """Who is signed in."""

    id: UserId
    email: str
    name: str
    created_at: Moment


class Place(Shape):
    """A workspace of the person's."""

    id: WorkspaceId
    name: str
    role: Role


class PersonalSession(Shape):
    """A person signed in to a workspace. The cookie that came with it is the credential; it is never in a body."""

    id: Annotated[str, Field(json_schema_extra=an_id("ses_"))]
    person: SignedInPerson
    workspace: Place
    workspaces: Annotated[list[Place], Field(description="Where this person could be; PATCH goes there.")]
    capabilities: Annotated[list[Capability], Field(description="What the role allows here.")]
    csrf_token: Annotated[str, Field(description="To be sent as `X-CSRF-Token` with everything but GET.")]
    created_at: Moment
    expires_at: Annotated[Moment, Field(description="The latest end; sooner when nobody uses it for twelve hours.")]


class OwnSession(Shape):
    """One of a person's sessions."""

    id: Annotated[str, Field(json_schema_extra=an_id("ses_"))]
    workspace: Annotated[WorkspaceId, Field(description="Where it is.")]
    current: Annotated[bool, Field(description="Whether it is the one that asks.")]
    created_at: Moment
    last_seen_at: Annotated[Moment, Field(description="To the minute.")]
    expires_at: Moment
