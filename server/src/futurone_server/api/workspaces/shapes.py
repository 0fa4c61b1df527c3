"""Who is asking, as the reference shows it."""

from typing import Annotated, Literal

from pydantic import Field

from futurone_server.api.keys.shapes import KeyId
from futurone_server.api.shapes import Moment, Shape, an_id
from futurone_server.features.keys import Capability, Mode


class OwnKey(Shape):
    """The key of the request."""

    id: KeyId
    mode: Mode
    projects: list[str] | None
    agents: list[str] | None
    expires_at: Moment | None


class Whoami(Shape):
    """The person who is signed in or who made the key; for a key that no person made, the key."""

    id: str
    email: str | None
    name: str
    avatar_url: str | None
    organization_id: Annotated[str, Field(description="The workspace.")]
    created_at: Moment
    key: OwnKey | None
    capabilities: Annotated[list[Capability], Field(description="What the key or the person's role allows.")]


class DefaultRetention(Shape):
    """What becomes of the content of a run after its end."""

    mode: Literal["zero", "keep"]
    window_s: Annotated[int, Field(description="How long a finished run's content can be collected, in seconds.")]


class WorkspaceLimits(Shape):
    """How much of the server a workspace takes at most."""

    runs_at_once: Annotated[int, Field(description="The most runs in work together; more wait.")]
    queued_runs: Annotated[int, Field(description="The most runs that wait; more are refused with QUEUE_FULL.")]


class Workspace(Shape):
    """The tenant, with the settings that runs start from."""

    id: Annotated[str, Field(json_schema_extra=an_id("ws_"))]
    name: str
    threshold: float
    retention: DefaultRetention
    default_agent: str
    default_project_id: Annotated[str, Field(json_schema_extra=an_id("prj_"))]
    limits: WorkspaceLimits
    models: Annotated[list[str] | None, Field(description="The models that its runs may ask; null: all of the server.")]
    created_at: Moment


class Project(Shape):
    """A part of a workspace that keys can be limited to."""

    id: Annotated[str, Field(json_schema_extra=an_id("prj_"))]
    name: str
    created_at: Moment
