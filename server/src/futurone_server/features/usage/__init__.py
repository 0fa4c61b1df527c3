"""Usage and budgets: what runs have used of models, and what may be spent."""

from futurone_server.features.usage.budgets.keeping import Budgets, Shortage
from futurone_server.features.usage.budgets.rules import named as describe
from futurone_server.features.usage.budgets.service import BudgetService
from futurone_server.features.usage.budgets.store import settled
from futurone_server.features.usage.budgets.types import BudgetScope, Need, Period, Policy, Standing, WideBudget
from futurone_server.features.usage.rules import bucket_end, usual_start
from futurone_server.features.usage.service import UsageService
from futurone_server.features.usage.store import ended, used
from futurone_server.features.usage.types import (
    Bucket,
    Granularity,
    GroupBy,
    Metered,
    Sums,
    Usage,
    UsageEvent,
    UsageQuery,
)

__all__ = [
    "Bucket",
    "BudgetScope",
    "BudgetService",
    "Budgets",
    "Granularity",
    "GroupBy",
    "Metered",
    "Need",
    "Period",
    "Policy",
    "Shortage",
    "Standing",
    "Sums",
    "Usage",
    "UsageEvent",
    "UsageQuery",
    "UsageService",
    "WideBudget",
    "bucket_end",
    "describe",
    "ended",
    "settled",
    "used",
    "usual_start",
]
