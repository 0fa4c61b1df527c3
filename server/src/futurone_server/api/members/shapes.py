"""Members and invitations, as the reference shows them."""

from typing import Annotated

from pydantic import Field

from futurone_server.api.session.shapes import UserId
from futurone_server.api.shapes import Moment, Shape, an_id
from futurone_server.features.people import InvitationStatus, Role


class Member(Shape):
    """A person's place in the workspace."""

    user_id: UserId
    name: str
    email: Annotated[str | None, Field(description="For who may manage the workspace; null for others.")]
    role: Role
    created_at: Annotated[Moment, Field(description="Since when.")]


class Invitation(Shape):
    """An invitation without its token."""

    id: Annotated[str, Field(json_schema_extra=an_id("inv_"))]
    email: str
    role: Role
    status: InvitationStatus
    invited_by: Annotated[str, Field(description="The id of a key or a person.")]
    created_at: Moment
    expires_at: Moment


class MadeInvitation(Invitation):
    """An invitation with its link, which is shown in this answer and never again. The server sends no mail."""

    token: Annotated[str | None, Field(description="For `POST /v1/invitations/accept`. Shown once.")] = None
    url: Annotated[str | None, Field(description="The link to hand on. Shown once.")] = None
