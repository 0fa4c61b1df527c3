"""Usage and budgets: what runs have used of models, and what may be spent."""

from futurone_server.features.usage.budgets.store import settled
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
    "Granularity",
    "GroupBy",
    "Metered",
    "Sums",
    "Usage",
    "UsageEvent",
    "UsageQuery",
    "UsageService",
    "ended",
    "settled",
    "used",
]
