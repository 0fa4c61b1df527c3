"""What callers may send about schedules."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from futurone_server.api.labels import Label
from futurone_server.api.runs.requests import CreateRun
from futurone_server.eventlog import Content
from futurone_server.features.schedules import DAILY_CAP, Change, Missed, Programme, ScheduleOrder
from futurone_server.features.schedules.rules import DAILY_CAP_MAX
from futurone_server.kit.cron import EXPRESSION_CHARS_MAX
from futurone_server.kit.errors import Invalid, NotFound, invalid_field, missing_field

Text = Annotated[StrictStr, Field(max_length=EXPRESSION_CHARS_MAX)]
_NAME = Field(description="For people. Not content: kept as it is written.")
_CRON = Field(
    description="Minute, hour, day of the month, month, day of the week, as in cron; or `@hourly`, `@daily`, `@weekly`,"
    " `@monthly`, `@yearly`."
)
_ALIAS = Field(description="Another name of `cron`; one of the two is given.")
_ZONE = Field(description="The IANA time zone whose clocks it goes by.")
_MISSED = Field(
    description="What becomes of due times while no server runs: `skip` them, make up for them `once`, or for `all`,"
    " the latest hundred at most."
)
_CAP = Field(ge=1, le=DAILY_CAP_MAX, description="Runs a day of its zone. What is due beyond them is skipped.")
_RUN = Field(description="What to run: the body of `POST /v1/runs`. Sealed; erased when the schedule is deleted.")


class CreateSchedule(BaseModel):
    """When to run what."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "Weekly figures",
                    "cron": "30 8 * * MON",
                    "timezone": "Europe/Berlin",
                    "run": {"agent": "research", "task": "What changed in the figures since last week?"},
                }
            ]
        },
    )

    name: Annotated[Label, _NAME]
    cron: Annotated[Text | None, _CRON] = None
    schedule: Annotated[Text | None, _ALIAS] = None
    timezone: Annotated[Text, _ZONE] = "UTC"
    missed: Annotated[Missed, _MISSED] = Missed.ONCE
    daily_cap: Annotated[StrictInt, _CAP] = DAILY_CAP
    run: Annotated[CreateRun, _RUN]

    def wanted(self) -> ScheduleOrder:
        """The schedule in the words of the house. Raises Invalid and NotFound, naming the members of `run`."""
        cron = _either(self.cron, self.schedule)
        if cron is None:
            raise missing_field("cron", "is required")
        return ScheduleOrder(
            name=self.name,
            cron=cron,
            timezone=self.timezone,
            missed=self.missed,
            daily_cap=self.daily_cap,
            run=_programme(self.run),
        )


class ChangeSchedule(BaseModel):
    """What is to be different about a schedule; members that are left out stay as they are."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"cron": "0 9 * * MON-FRI"}]})

    name: Annotated[Label | None, _NAME] = None
    cron: Annotated[Text | None, _CRON] = None
    schedule: Annotated[Text | None, _ALIAS] = None
    timezone: Annotated[Text | None, _ZONE] = None
    missed: Annotated[Missed | None, _MISSED] = None
    daily_cap: Annotated[StrictInt | None, _CAP] = None
    run: Annotated[CreateRun | None, Field(description="What to run instead: the whole body.")] = None

    def change(self) -> Change:
        """The change in the words of the house. Raises Invalid and NotFound, naming the members of `run`."""
        for name in self.model_fields_set:
            if getattr(self, name) is None:
                raise invalid_field(name, "must not be null; leave it out to keep it as it is")
        return Change(
            name=self.name,
            cron=_either(self.cron, self.schedule),
            timezone=self.timezone,
            missed=self.missed,
            daily_cap=self.daily_cap,
            run=None if self.run is None else _programme(self.run),
        )


def _either(cron: str | None, schedule: str | None) -> str | None:
    if cron is not None and schedule is not None:
        raise invalid_field("schedule", "is another name of cron; send one of the two")
    return schedule if cron is None else cron


def _programme(run: CreateRun) -> Programme:
    with within(run):
        return Programme(body=Content(run.model_dump(mode="json", exclude_unset=True)), order=run.order())


@contextmanager
def within(run: CreateRun | None) -> Iterator[None]:
    """What is refused about the order is told of the member of ``run`` that it is about."""
    if run is None:
        yield
        return
    try:
        with run.own_words():
            yield
    except Invalid as refusal:
        field = str(refusal.details.get("field", ""))
        if field.partition(".")[0] not in CreateRun.model_fields:
            raise
        details = {**refusal.details, "field": f"run.{field}"}
        raise Invalid(f"run.{refusal.message}", refusal.reason, details=details) from refusal
    except NotFound as refusal:
        if not refusal.message.startswith("agent:"):
            raise
        raise NotFound(f"run.{refusal.message}") from refusal
