"""What callers may send about webhooks."""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from futurone_server.api.labels import Label
from futurone_server.api.lists import ListQuery
from futurone_server.api.moments import Instant
from futurone_server.features.webhooks import (
    Change,
    DeliveryFilter,
    EndpointStatus,
    Rotation,
    State,
    Told,
    Which,
)
from futurone_server.features.webhooks import rules as webhook_rules
from futurone_server.kit import limits
from futurone_server.kit.errors import invalid_field, missing_field

_Text = Annotated[str, Field(max_length=limits.LABEL_CHARS_MAX)]
_IDS_MAX = 1_000
_URL = Field(description="https, unless the operator allows its host and port in FUTURONE_EGRESS_ALLOW.")
_EVENTS = Field(min_length=1, description="Default: `run.completed`, `run.escalated`, `run.failed`.")


class CreateEndpoint(BaseModel):
    """A receiver of the workspace's events."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"url": "https://example.com/hooks/futurone", "description": "Ticket system"}]},
    )

    url: Annotated[StrictStr, _URL]
    events: Annotated[list[Told] | None, _EVENTS] = None
    description: Annotated[Label | None, Field(description="For people.")] = None

    def wanted(self) -> tuple[Told, ...] | None:
        """The events that are asked for, each once; None where nothing was said."""
        return None if self.events is None else tuple(dict.fromkeys(self.events))


class ChangeEndpoint(BaseModel):
    """What is to be different about an endpoint; members that are left out stay as they are."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"status": "enabled"}]})

    url: Annotated[StrictStr | None, _URL] = None
    events: Annotated[list[Told] | None, Field(min_length=1, description="The whole list.")] = None
    description: Annotated[Label | None, Field(description="For people; null removes it.")] = None
    status: Annotated[
        EndpointStatus | None, Field(description="`disabled` moves what waits for it to the dead letters.")
    ] = None

    def change(self) -> Change:
        """The change in the words of the house. Raises Invalid."""
        for name in ("url", "events", "status"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise invalid_field(name, "must not be null; leave it out to keep it as it is")
        says_nothing = "description" in self.model_fields_set and self.description is None
        return Change(
            url=self.url,
            events=None if self.events is None else tuple(dict.fromkeys(self.events)),
            description="" if says_nothing else self.description,
            status=self.status,
        )


class RotateSecret(BaseModel):
    """A new secret; how long the old one signs beside it."""

    model_config = ConfigDict(extra="forbid")

    overlap_s: Annotated[
        StrictInt | None, Field(ge=0, le=webhook_rules.OVERLAP_S_MAX, description="Seconds. Default one day.")
    ] = None
    cut_over: Annotated[
        StrictBool, Field(description="Only end the overlap now: from here on the newest secret signs alone.")
    ] = False

    def rotation(self) -> Rotation:
        """The rotation in the words of the house. Raises Invalid."""
        if self.cut_over and self.overlap_s is not None:
            raise invalid_field("cut_over", "ends an overlap and makes no secret; leave out overlap_s")
        overlap_s = webhook_rules.OVERLAP_S if self.overlap_s is None else self.overlap_s
        return Rotation(overlap_s=overlap_s, cut_over=self.cut_over)


class ReplayDeadLetters(BaseModel):
    """Which dead letters are to be sent again: these, or all that died in a stretch of time."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"from": "2026-06-09T00:00:00Z", "to": "2026-06-10T00:00:00Z"}]},
    )

    ids: Annotated[list[Label] | None, Field(min_length=1, max_length=_IDS_MAX, description="Deliveries.")] = None
    from_: Annotated[Instant | None, Field(alias="from", description="Those that died at this moment or later.")] = None
    to: Annotated[Instant | None, Field(description="Those that died before this moment.")] = None
    endpoint_id: Annotated[Label | None, Field(description="Of these, only those of one endpoint.")] = None

    def which(self) -> Which:
        """The choice in the words of the house. Raises Invalid."""
        has_time = self.from_ is not None or self.to is not None
        if self.ids is None and not has_time:
            raise missing_field("ids", "name deliveries in `ids`, or a stretch of time in `from` and `to`")
        if self.ids is not None and has_time:
            raise invalid_field("ids", "name deliveries or a stretch of time, not both")
        return Which(
            ids=None if self.ids is None else tuple(self.ids),
            after=self.from_,
            before=self.to,
            endpoint_id=self.endpoint_id,
        )


class DeadLettersQuery(ListQuery):
    """The filters of the list of dead letters."""

    endpoint_id: Annotated[_Text | None, Field(description="Of one endpoint.")] = None
    connection_id: Annotated[_Text | None, Field(description="Through one connection.")] = None
    run_id: Annotated[_Text | None, Field(description="About one run.")] = None
    type: Annotated[_Text | None, Field(description="Of one type of event.", examples=["run.completed"])] = None

    def filter(self) -> DeliveryFilter:
        """Which dead letters are asked for."""
        return self._among((State.DEAD,))

    def _among(self, states: tuple[State, ...]) -> DeliveryFilter:
        return DeliveryFilter(
            states=states,
            endpoint_id=self.endpoint_id,
            connection_id=self.connection_id,
            run_id=self.run_id,
            type=self.type,
        )


class DeliveriesQuery(DeadLettersQuery):
    """The filters of the list of deliveries."""

    state: Annotated[list[State], Field(default_factory=list, description="Repeat it for several.")]

    def filter(self) -> DeliveryFilter:
        """Which deliveries are asked for."""
        return self._among(tuple(self.state))


ListDeadLetters = Annotated[DeadLettersQuery, Query()]
ListDeliveries = Annotated[DeliveriesQuery, Query()]
