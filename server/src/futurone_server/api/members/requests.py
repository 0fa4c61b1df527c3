"""What callers may send about members and invitations."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from futurone_server.api.session.requests import Email
from futurone_server.features.people import Role

GivenRole = Annotated[Role, Field(description="At most one's own. Owners are made by owners who are signed in.")]


class ChangeMember(BaseModel):
    """Another role."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"role": "viewer"}]})

    role: GivenRole


class CreateInvitation(BaseModel):
    """Who is invited, and as what."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"email": "grace@example.com", "role": "developer"}]}
    )

    email: Email
    role: GivenRole
