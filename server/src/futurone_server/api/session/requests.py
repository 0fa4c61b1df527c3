"""What people may send about their session."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictStr

from futurone_server.api.labels import Label

Email = Annotated[StrictStr, Field(min_length=1, max_length=254, description="Its case does not matter.")]
Password = Annotated[
    StrictStr, Field(min_length=1, max_length=1024, description="At least 12 characters, at most 1,024 bytes.")
]
Token = Annotated[StrictStr, Field(min_length=1, max_length=200, description="The part of the link after `token=`.")]
Name = Annotated[Label, Field(description="What others call you.")]
Place = Annotated[Label, Field(description="The workspace's id. Default: the one joined first.")]


class SignIn(BaseModel):
    """An address and a password."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"email": "ada@example.com", "password": "correct horse battery"}]},
    )

    email: Email
    password: Password
    workspace: Place | None = None


class SwitchSession(BaseModel):
    """Where to go on."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"workspace": "ws_0r9d40q8w2n4v7k1m3z5x6c9b0"}]}
    )

    workspace: Annotated[Label, Field(description="The id of another workspace of yours.")]


class ChangePassword(BaseModel):
    """A new password for the one there is."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"current_password": "correct horse battery", "new_password": "staple the battery"}]
        },
    )

    current_password: Password
    new_password: Password


class SetUp(BaseModel):
    """Who the owner is."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "token": "fo_set_…",
                    "email": "ada@example.com",
                    "name": "Ada",
                    "password": "correct horse battery",
                }
            ]
        },
    )

    token: Token
    email: Email
    name: Name
    password: Password


class AcceptInvitation(BaseModel):
    """Who comes in."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"token": "fo_inv_…", "name": "Grace", "password": "battery of the horse"}]},
    )

    token: Token
    name: Annotated[Name | None, Field(description="Needed from who is new on this server.")] = None
    password: Annotated[
        Password, Field(description="A new one; from who is known on this server already, the one they have.")
    ]
