"""What a wider budget is: whose, for how long, how much, what happens when it is used up, and how it stands."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class BudgetScope(StrEnum):
    """Whose spending a budget bounds."""

    WORKSPACE = "workspace"
    PROJECT = "project"
    KEY = "key"


class Period(StrEnum):
    """For how long a budget is; days and months begin in UTC."""

    DAY = "day"
    MONTH = "month"
    TOTAL = "total"


class Policy(StrEnum):
    """What becomes of new runs when a budget is used up."""

    QUEUE = "queue"
    PAUSE = "pause"
    REFUSE = "refuse"


@dataclass(frozen=True, kw_only=True)
class WideBudget:
    """What a workspace, a project or a key may spend in a period. ``scope_id`` is empty for the workspace."""

    scope: BudgetScope
    scope_id: str = ""
    period: Period
    max_cost_usd: Decimal | None
    max_tokens: int | None
    policy: Policy

    @property
    def place(self) -> tuple[str, str, str]:
        """What there is one budget for."""
        return self.scope.value, self.scope_id, self.period.value


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A budget and how it stands in its present period; ``ends_at`` is None where no time ends it."""

    id: str
    workspace_id: str
    budget: WideBudget
    period_start: datetime
    ends_at: datetime | None
    tokens: int = 0
    cost_usd: Decimal = Decimal(0)
    reserved_tokens: int = 0
    reserved_usd: Decimal = Decimal(0)
    told: int = 0
    full_at: datetime | None = None

    def has_room(self, tokens: int, cost_usd: Decimal | None, *, beside_reserved: bool) -> bool:
        """Whether that much more can be spent: beside what is set aside for others, or once all that is settled.

        A cost that nobody knows fits no budget in money.
        """
        most, most_usd = self.budget.max_tokens, self.budget.max_cost_usd
        has_tokens = self.tokens + tokens + (self.reserved_tokens if beside_reserved else 0)
        if most is not None and has_tokens > most:
            return False
        if most_usd is None:
            return True
        has_usd = self.cost_usd + (self.reserved_usd if beside_reserved else Decimal(0))
        return cost_usd is not None and has_usd + cost_usd <= most_usd

    @property
    def used_up(self) -> float:
        """The larger of its two shares that are spent: 1.0 is all of it."""
        shares = [0.0]
        if self.budget.max_tokens is not None:
            shares.append(self.tokens / self.budget.max_tokens if self.budget.max_tokens else 1.0)
        if self.budget.max_cost_usd is not None:
            shares.append(float(self.cost_usd / self.budget.max_cost_usd) if self.budget.max_cost_usd else 1.0)
        return max(shares)

    @property
    def is_exhausted(self) -> bool:
        """Whether there is nothing left, or not enough for the next call."""
        return self.full_at is not None or self.used_up >= 1


@dataclass(frozen=True, kw_only=True)
class Need:
    """What one call may use at most, and whose it is. ``cost_usd`` None: nobody knows."""

    call_id: str
    at: datetime
    workspace_id: str
    run_id: str
    project_id: str
    key_id: str
    epoch: int
    tokens: int
    cost_usd: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Paused:
    """A run that waits until a budget has room for its next call."""

    call_id: str
    input_id: str
    need: Need
