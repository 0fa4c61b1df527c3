"""Members and invitations, typed: who belongs to the workspace, as what, and who may come."""

from typing import Literal

from pydantic import Field

from futurone._models import Model, Moment

Role = Literal["owner", "admin", "developer", "viewer"]


class Member(Model):
    """A person's place in the workspace. ``email`` is shown to who may manage it."""

    user_id: str
    name: str
    email: str | None = None
    role: str
    created_at: Moment


class Invitation(Model):
    """An invitation. ``token`` and ``url`` are shown once, when it is made; the server sends no mail."""

    id: str
    email: str
    role: str
    status: str
    invited_by: str
    token: str | None = Field(default=None, repr=False)
    url: str | None = Field(default=None, repr=False)
    created_at: Moment
    expires_at: Moment
