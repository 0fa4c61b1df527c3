"""What callers may send about budgets."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from futurone_server.api.labels import Label
from futurone_server.features.usage import BudgetScope, Period, Policy, WideBudget
from futurone_server.kit.errors import invalid_field

_COST_MAX = 10_000_000
_COST_MIN = Decimal("0.000001")  # what is shown of money has six places
_TOKENS_MAX = 10**15


class BudgetBody(BaseModel):
    """What a workspace, a project or a key may spend in a period."""

    model_config = ConfigDict(extra="forbid")

    scope: BudgetScope
    scope_id: Annotated[Label | None, Field(description="The project's or the key's id.")] = None
    period: Annotated[Period, Field(description="Days and months begin in UTC.")]
    max_cost_usd: Annotated[
        float | None, Field(ge=0, le=_COST_MAX, strict=True, description="US dollars; at least one bound is needed.")
    ] = None
    max_tokens: Annotated[StrictInt | None, Field(ge=0, le=_TOKENS_MAX, description="In both directions.")] = None
    policy: Annotated[
        Policy,
        Field(
            description="What becomes of new runs when it is used up: they stay queued, start and ask when they need "
            "a model, or are refused with BUDGET_EXHAUSTED. Runs at work pause and ask in any case."
        ),
    ] = Policy.QUEUE

    def budget(self, *, field: str) -> WideBudget:
        """The budget in the words of the house; ``field`` is where it stands. Raises Invalid."""
        cost = None if self.max_cost_usd is None else Decimal(str(self.max_cost_usd)).quantize(_COST_MIN)
        if self.max_cost_usd and self.max_cost_usd < _COST_MIN:
            raise invalid_field(f"{field}.max_cost_usd", f"must be 0, or at least {_COST_MIN}")
        return WideBudget(
            scope=self.scope,
            scope_id=self.scope_id or "",
            period=self.period,
            max_cost_usd=cost,
            max_tokens=self.max_tokens,
            policy=self.policy,
        )


class SetBudgets(BaseModel):
    """All budgets of the workspace: those that are not named are gone."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"budgets": [{"scope": "workspace", "period": "month", "max_cost_usd": 50, "policy": "queue"}]}
            ]
        },
    )

    budgets: list[BudgetBody]

    def wanted(self) -> list[WideBudget]:
        """The budgets in the words of the house. Raises Invalid."""
        return [one.budget(field=f"budgets.{number}") for number, one in enumerate(self.budgets)]
