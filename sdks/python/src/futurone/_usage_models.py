"""Usage and budgets, typed with the names of the contract."""

from futurone._models import Model, Moment


class UsedTokens(Model):
    """Tokens and money of calls of models. ``cost_usd`` is what is known; None where no price is, which is not 0."""

    input_tokens: int
    output_tokens: int
    cost_usd: str | None
    priced: bool


class CountedRuns(Model):
    """Runs that ended: failed ones are not counted, and not billed."""

    counted: int
    not_counted: int


class UsageSums(UsedTokens):
    """What is billed, and beside it what failed runs used."""

    runs: CountedRuns
    steps: int | None
    not_billed: UsedTokens


class UsageBucket(UsageSums):
    """One stretch of time, of one group where the answer is split."""

    start: Moment
    end: Moment
    group: str | None


class UsageReport(Model):
    """What was used in a stretch of time."""

    start: Moment
    end: Moment
    granularity: str
    group_by: str | None
    total: UsageSums
    buckets: list[UsageBucket]


class BudgetAmount(Model):
    """Money and tokens."""

    cost_usd: str
    tokens: int


class Budget(Model):
    """What may be spent in a period, and how it stands in the present one."""

    id: str
    scope: str
    scope_id: str | None
    period: str
    max_cost_usd: str | None
    max_tokens: int | None
    policy: str
    period_start: Moment
    period_end: Moment | None
    spent: BudgetAmount
    reserved: BudgetAmount
    exhausted: bool
