"""What callers may send about workspaces and projects."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from futurone_server.api.keys.requests import Agent
from futurone_server.api.labels import Label
from futurone_server.api.runs.requests import RetentionBody
from futurone_server.features.settings import Changes
from futurone_server.features.workspaces import RetentionMode


class ChangeWorkspace(BaseModel):
    """What is to change; what is not named stays."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"threshold": 0.9, "retention": {"mode": "zero", "window_s": 3600}}]},
    )

    name: Annotated[Label | None, Field(description="For people.")] = None
    threshold: Annotated[
        float | None, Field(ge=0, le=1, strict=True, description="The confidence that a run needs to complete.")
    ] = None
    retention: Annotated[
        RetentionBody | None, Field(description="What becomes of the content of runs that do not say it themselves.")
    ] = None
    default_agent: Annotated[Agent | None, Field(description="Who takes a run that names no agent.")] = None

    def changes(self) -> Changes:
        """The changes in the words of the house."""
        retention = self.retention
        return Changes(
            name=self.name,
            threshold=self.threshold,
            retention=None if retention is None else RetentionMode(retention.mode),
            window_s=None if retention is None else retention.window_s,
            default_agent=self.default_agent,
        )


class NameProject(BaseModel):
    """A project's name."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"name": "Market research"}]})

    name: Annotated[Label, Field(min_length=1, description="For people.")]
