"""Usage, as the reference shows it."""

from typing import Annotated

from pydantic import Field

from futurone_server.api.shapes import Moment, Shape
from futurone_server.features.usage import Granularity, GroupBy

Cost = Annotated[
    str | None,
    Field(description="US dollars, a decimal number; null where no price is known at all.", examples=["0.031200"]),
]
_PRICED = Field(description="False where some price is not known: the cost is what is known of it, never 0.")


class Used(Shape):
    """Tokens and money of calls of models."""

    input_tokens: int
    output_tokens: int
    cost_usd: Cost
    priced: Annotated[bool, _PRICED]


class CountedRuns(Shape):
    """Runs that ended: completed, escalated and cancelled ones count, failed ones do not."""

    counted: int
    not_counted: int


class UsageSums(Used):
    """What is billed, and beside it what failed runs used."""

    runs: CountedRuns
    steps: Annotated[int | None, Field(description="Steps done in runs that ended; null where split by model.")]
    not_billed: Used


class UsageBucket(UsageSums):
    """One stretch of time, of one group where the answer is split."""

    start: Moment
    end: Moment
    group: Annotated[str | None, Field(description="What `group_by` says; null where the run has no such label.")]


class UsageReport(Shape):
    """What was used. Calls are counted when they began, runs when they ended; empty buckets are left out."""

    start: Moment
    end: Moment
    granularity: Granularity
    group_by: GroupBy | None
    total: UsageSums
    buckets: list[UsageBucket]
