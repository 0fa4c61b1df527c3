"""What callers may send about keys."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StrictInt

from futurone_server.api.labels import Label
from futurone_server.api.moments import Instant
from futurone_server.features.keys import Capability, KeyOrder, Mode
from futurone_server.features.runs import Domain
from futurone_server.kit import limits

_WEEK_S = 7 * 24 * 60 * 60


def _known(agent: str) -> str:
    if agent not in tuple(Domain):
        raise ValueError(f"must be one of {', '.join(Domain)}")
    return agent


Agent = Annotated[Label, AfterValidator(_known)]
"""A domain."""


Rate = Annotated[StrictInt, Field(ge=1, le=limits.RATE_MAX)]


class Rates(BaseModel):
    """Requests a minute, by class. What is not named is the server's usual limit, or the maker's where that is less."""

    model_config = ConfigDict(extra="forbid")

    standard: Annotated[Rate | None, Field(description="All requests but those below.")] = None
    execution: Annotated[Rate | None, Field(description="Those that create runs or submit input.")] = None


class CreateKey(BaseModel):
    """A key that can do no more than the one that makes it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "CI", "capabilities": ["runs:create", "runs:read"]}]},
    )

    name: Annotated[Label, Field(description="For people.")]
    mode: Annotated[Literal["live", "test"] | None, Field(description="Default: as the caller's key.")] = None
    capabilities: Annotated[
        list[Capability] | None, Field(min_length=1, description="Default: all that the caller's key has.")
    ] = None
    projects: Annotated[list[Label] | None, Field(min_length=1, description="Default: as the caller's key.")] = None
    agents: Annotated[list[Agent] | None, Field(min_length=1, description="Domains. Default: as the caller's key.")] = (
        None
    )
    expires_at: Annotated[Instant | None, Field(description="Default: never.")] = None
    rate_limits: Annotated[Rates | None, Field(description="Not above those of the caller's key.")] = None

    def order(self, *, mode: Mode, projects: frozenset[str] | None, agents: frozenset[str] | None) -> KeyOrder:
        """The order, with what the caller's key is limited to as defaults."""
        return KeyOrder(
            name=self.name,
            mode=Mode(self.mode) if self.mode else mode,
            capabilities=None if self.capabilities is None else frozenset(self.capabilities),
            projects=projects if self.projects is None else frozenset(self.projects),
            agents=agents if self.agents is None else frozenset(self.agents),
            expires_at=self.expires_at,
            rate_standard=None if self.rate_limits is None else self.rate_limits.standard,
            rate_execution=None if self.rate_limits is None else self.rate_limits.execution,
        )


class ScopeKey(BaseModel):
    """Without any member nothing is changed: the answer proposes a scope."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{}, {"apply": True}, {"capabilities": ["runs:create", "runs:read"]}]},
    )

    apply: Annotated[StrictBool, Field(description="Make what is proposed the key's scope.")] = False
    capabilities: Annotated[
        list[Capability] | None, Field(min_length=1, description="Make these its scope instead; only what it has.")
    ] = None


class RotateKey(BaseModel):
    """How long the old secret holds beside the new one."""

    model_config = ConfigDict(extra="forbid")

    overlap_s: Annotated[StrictInt, Field(ge=0, le=_WEEK_S, description="Seconds. Default one day.")] = 24 * 60 * 60
