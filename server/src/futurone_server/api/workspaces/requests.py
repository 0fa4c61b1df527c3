"""What callers may send about workspaces and projects."""

from collections.abc import Collection
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from futurone_server.api.keys.requests import Agent
from futurone_server.api.labels import Label
from futurone_server.api.runs.requests import RetentionBody
from futurone_server.features.settings import Changes
from futurone_server.features.workspaces import RetentionMode
from futurone_server.kit import limits
from futurone_server.kit.errors import invalid_field

ModelName = Annotated[str, Field(min_length=1, max_length=200)]


class ChangeLimits(BaseModel):
    """How much of the server the workspace may take."""

    model_config = ConfigDict(extra="forbid")

    runs_at_once: Annotated[
        int | None, Field(ge=1, le=limits.RUNS_PER_WORKSPACE_MAX, strict=True, description="More wait.")
    ] = None
    queued_runs: Annotated[
        int | None,
        Field(ge=1, le=limits.QUEUE_PER_WORKSPACE_MAX, strict=True, description="More are refused with QUEUE_FULL."),
    ] = None


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
    limits: Annotated[ChangeLimits | None, Field(description="How much of the server the workspace may take.")] = None
    models: Annotated[
        list[ModelName] | None,
        Field(
            max_length=100, description="The models that new runs may ask, as `GET /v1/models` names them; null: all."
        ),
    ] = None

    def changes(self, known: Collection[str]) -> Changes:
        """The changes in the words of the house. Raises Invalid for a model that is not among those ``known``."""
        retention = self.retention
        for number, name in enumerate(self.models or ()):
            if name not in known:
                raise invalid_field(
                    f"models.{number}", "no model of this name is configured; GET /v1/models lists them"
                )
        return Changes(
            name=self.name,
            threshold=self.threshold,
            retention=None if retention is None else RetentionMode(retention.mode),
            window_s=None if retention is None else retention.window_s,
            default_agent=self.default_agent,
            runs_at_once=None if self.limits is None else self.limits.runs_at_once,
            queued_runs=None if self.limits is None else self.limits.queued_runs,
            models=self.models,
            all_models=self.models is None and "models" in self.model_fields_set,
        )


class NameProject(BaseModel):
    """A project's name."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"name": "Market research"}]})

    name: Annotated[Label, Field(min_length=1, description="For people.")]
