"""Every request about usage and budgets, and how its answer is read."""

from collections.abc import Mapping, Sequence
from typing import Any

from futurone._models import Page, resource
from futurone._requests import Call, Reply, Request, encode_json, query_of
from futurone._usage_models import Budget, UsageReport


def usage(query: Mapping[str, Any]) -> Call[UsageReport]:
    """What was used in a stretch of time."""
    request = Request(method="GET", url="/v1/usage", query=query_of(query))
    return Call(request=request, read=resource(UsageReport))


def get_budgets() -> Call[list[Budget]]:
    """The workspace's budgets."""
    return Call(request=Request(method="GET", url="/v1/budgets"), read=_budgets)


def set_budgets(budgets: Sequence[Mapping[str, Any]]) -> Call[list[Budget]]:
    """Exactly these budgets."""
    content = encode_json({"budgets": [dict(one) for one in budgets]})
    request = Request(method="PUT", url="/v1/budgets", content=content, headers={"content-type": "application/json"})
    return Call(request=request, read=_budgets)


def _budgets(reply: Reply) -> list[Budget]:
    return list(resource(Page[Budget])(reply).data)
