"""Budgets as they go over the wire."""

from decimal import Decimal

from futurone_server.features.usage import Standing
from futurone_server.kit.clock import to_second
from futurone_server.kit.json import JsonObject


def present_budget(one: Standing) -> JsonObject:
    """A budget, and how it stands."""
    budget = one.budget
    return {
        "id": one.id,
        "scope": budget.scope.value,
        "scope_id": budget.scope_id or None,
        "period": budget.period.value,
        "max_cost_usd": None if budget.max_cost_usd is None else _usd(budget.max_cost_usd),
        "max_tokens": budget.max_tokens,
        "policy": budget.policy.value,
        "period_start": to_second(one.period_start),
        "period_end": None if one.ends_at is None else to_second(one.ends_at),
        "spent": {"cost_usd": _usd(one.cost_usd), "tokens": one.tokens},
        "reserved": {"cost_usd": _usd(one.reserved_usd), "tokens": one.reserved_tokens},
        "exhausted": one.is_exhausted,
    }


def _usd(amount: Decimal) -> str:
    return f"{amount:.6f}"
