"""What callers may ask about usage."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from futurone_server.api.moments import Instant
from futurone_server.features.usage import Granularity, GroupBy, UsageEvent, UsageQuery, usual_start
from futurone_server.kit import limits

_Text = Annotated[str, Field(max_length=limits.LABEL_CHARS_MAX)]


class ReadUsage(BaseModel):
    """Which usage is asked for."""

    model_config = ConfigDict(extra="forbid")

    start: Annotated[Instant | None, Field(description="RFC 3339; included. Default: 30 days before `end`.")] = None
    end: Annotated[Instant | None, Field(description="RFC 3339; not included. Default: now.")] = None
    granularity: Annotated[
        Granularity,
        Field(description="How long a bucket is, in UTC. At most 31 days by hour, 366 by day, 1830 by month."),
    ] = Granularity.DAY
    group_by: Annotated[GroupBy | None, Field(description="Split each bucket by this.")] = None
    event_type: Annotated[UsageEvent | None, Field(description="Only calls of models, or only runs.")] = None
    workspace_id: Annotated[_Text | None, Field(description="Of runs with this label of yours.")] = None
    subject_id: Annotated[_Text | None, Field(description="Of runs with this label of yours.")] = None
    mode: Annotated[
        Literal["live", "test", "all"], Field(description="A test key is answered about test runs alone.")
    ] = "live"

    def query(self, now: datetime) -> UsageQuery:
        """The question in the words of the house."""
        end = self.end or now
        return UsageQuery(
            start=self.start or usual_start(end),
            end=end,
            granularity=self.granularity,
            group_by=self.group_by,
            event_type=self.event_type,
            caller_workspace_id=self.workspace_id,
            subject_id=self.subject_id,
            mode=None if self.mode == "all" else self.mode,
        )


AskUsage = Annotated[ReadUsage, Query()]
