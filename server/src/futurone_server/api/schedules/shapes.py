"""Schedules and their fires, as the reference shows them."""

from typing import Annotated

from pydantic import Field

from futurone_server.api.runs.shapes import RunId
from futurone_server.api.shapes import Moment, Shape, an_id
from futurone_server.features.keys import Mode
from futurone_server.features.runs import Status
from futurone_server.features.schedules import Missed, Outcome, Standing

ScheduleId = Annotated[str, Field(json_schema_extra=an_id("sch_"))]
_REASON = Field(
    description="Why there was no run: `SERVER_DOWN` (missed), `PAUSED`, `DAILY_CAP`, or the reason code with which the"
    " order was refused, such as `QUEUE_FULL`."
)


class LastFire(Shape):
    """What became of the newest due time."""

    due_at: Moment
    outcome: Outcome
    reason: Annotated[str | None, _REASON]
    run_id: RunId | None
    manual: Annotated[bool, Field(description="Whether somebody asked for it.")]


class Fire(LastFire):
    """A line of the ledger: a due time stands in it once."""

    run_status: Annotated[Status | None, Field(description="How its run ended; null before that, and without one.")]
    decided_at: Moment


class Schedule(Shape):
    """When what is run."""

    id: ScheduleId
    name: str
    mode: Annotated[Mode, Field(description="As the key that made it: those of `fo_test_` keys make test runs.")]
    cron: str
    timezone: str
    missed: Missed
    run: Annotated[
        dict[str, object] | None,
        Field(description="What it runs, as it was written; null to keys without `runs:read`."),
    ]
    status: Standing
    paused_reason: Annotated[
        str | None,
        Field(
            description="`PAUSED_BY_HAND`, `RUNS_FAILED` (five in a row), `DAILY_CAP` (goes on by itself the next day),"
            " or the reason code with which its last order was refused, such as `AUTH_KEY_REVOKED` or `QUEUE_FULL`."
        ),
    ]
    next_fire_at: Annotated[Moment | None, Field(description="Null while it is paused and nobody knows.")]
    last_fire: LastFire | None
    daily_cap: int
    project_id: Annotated[str, Field(json_schema_extra=an_id("prj_"))]
    created_at: Moment
    updated_at: Annotated[Moment, Field(description="When it was last changed, paused or resumed.")]
