"""Examples of usage and budgets: what callers send, and what they get."""

from typing import Any

Json = dict[str, Any]

_SUMS: Json = {
    "input_tokens": 9412,
    "output_tokens": 1206,
    "cost_usd": "0.031200",
    "priced": True,
    "runs": {"counted": 3, "not_counted": 1},
    "steps": 14,
    "not_billed": {"input_tokens": 811, "output_tokens": 0, "cost_usd": "0.000811", "priced": True},
}
USAGE: Json = {
    "start": "2026-06-01T00:00:00Z",
    "end": "2026-07-01T00:00:00Z",
    "granularity": "month",
    "group_by": "agent",
    "total": _SUMS,
    "buckets": [{"start": "2026-06-01T00:00:00Z", "end": "2026-07-01T00:00:00Z", "group": "research", **_SUMS}],
}
BUDGET: Json = {
    "id": "bud_" + "3v" * 13,
    "scope": "workspace",
    "scope_id": None,
    "period": "month",
    "max_cost_usd": "50.000000",
    "max_tokens": None,
    "policy": "queue",
    "period_start": "2026-06-01T00:00:00Z",
    "period_end": "2026-07-01T00:00:00Z",
    "spent": {"cost_usd": "12.400000", "tokens": 812_004},
    "reserved": {"cost_usd": "0.040000", "tokens": 9_100},
    "exhausted": False,
}
SET: Json = {"budgets": [{"scope": "workspace", "period": "month", "max_cost_usd": 50, "policy": "queue"}]}
