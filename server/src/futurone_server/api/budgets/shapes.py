"""Budgets, as the reference shows them."""

from typing import Annotated

from pydantic import Field

from futurone_server.api.shapes import Moment, Shape, an_id
from futurone_server.features.usage import BudgetScope, Period, Policy


class Amount(Shape):
    """Money and tokens."""

    cost_usd: Annotated[str, Field(description="US dollars, a decimal number.", examples=["12.400000"])]
    tokens: int


class Budget(Shape):
    """What may be spent in a period, and how it stands in the present one."""

    id: Annotated[str, Field(json_schema_extra=an_id("bud_"))]
    scope: BudgetScope
    scope_id: Annotated[str | None, Field(description="The project or the key; null for the workspace.")]
    period: Period
    max_cost_usd: Annotated[str | None, Field(examples=["50.000000"])]
    max_tokens: int | None
    policy: Policy
    period_start: Moment
    period_end: Annotated[Moment | None, Field(description="Null for `total`.")]
    spent: Amount
    reserved: Annotated[Amount, Field(description="Set aside for calls under way.")]
    exhausted: Annotated[bool, Field(description="Nothing is left of it, or less than the next call of a run may use.")]
