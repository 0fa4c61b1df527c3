"""The law of budgets: what one may say, and what is told when it is used up."""

from collections.abc import Sequence
from datetime import datetime

from futurone_server.features.keys import Capability, Mode, Principal
from futurone_server.features.usage.budgets.types import BudgetScope, Policy, Standing, WideBudget
from futurone_server.kit.clock import to_second
from futurone_server.kit.errors import Forbidden, RateLimited, invalid_field, missing_field

BUDGETS_MAX = 100
"""The most budgets of one workspace: each call is held against those that bound it."""

THRESHOLDS = (100, 80)
"""Shares, in per cent, that are announced when they are reached."""


def check_caller(caller: Principal) -> None:
    """Refuse keys that do not manage the workspace, or that are limited to a part of it."""
    caller.require(Capability.WORKSPACE_MANAGE)
    caller.require_whole()


def check_change(caller: Principal) -> None:
    """The same for changes, which also need a live key: budgets bound live runs."""
    check_caller(caller)
    if caller.mode is Mode.TEST:
        raise Forbidden("Budgets bound live runs; a test key cannot change them.")


def check_all(budgets: Sequence[WideBudget]) -> None:
    """Refuse a list that cannot be kept. Raises Invalid, naming the field."""
    if len(budgets) > BUDGETS_MAX:
        raise invalid_field("budgets", f"at most {BUDGETS_MAX} of one workspace")
    places = [one.place for one in budgets]
    for number, one in enumerate(budgets):
        at = f"budgets.{number}"
        if one.place in places[:number]:
            raise invalid_field(at, "there is one budget for a scope and a period; this is a second")
        if one.scope is BudgetScope.WORKSPACE and one.scope_id:
            raise invalid_field(f"{at}.scope_id", "must be left out where the scope is the workspace")
        if one.scope is not BudgetScope.WORKSPACE and not one.scope_id:
            raise missing_field(f"{at}.scope_id", f"must be the id of the {one.scope}")
        if one.max_cost_usd is None and one.max_tokens is None:
            raise missing_field(f"{at}.max_cost_usd", "give max_cost_usd, max_tokens, or both")


def level(one: Standing) -> int:
    """The highest threshold that a budget has reached, in per cent; 0 for none."""
    share = 100 if one.is_exhausted else one.used_up * 100
    return next((threshold for threshold in THRESHOLDS if share >= threshold), 0)


def told(one: Standing, threshold: int) -> dict[str, object]:
    """What is announced of a budget: ids, enums, numbers and times."""
    budget = one.budget
    return {
        "budget_id": one.id,
        "scope": budget.scope.value,
        "scope_id": budget.scope_id or None,
        "period": budget.period.value,
        "period_start": to_second(one.period_start),
        "period_end": None if one.ends_at is None else to_second(one.ends_at),
        "threshold": threshold,
        "spent": {"cost_usd": f"{one.cost_usd:.4f}", "tokens": one.tokens},
        "limit": {
            "cost_usd": None if budget.max_cost_usd is None else f"{budget.max_cost_usd:.4f}",
            "tokens": budget.max_tokens,
        },
        "policy": budget.policy.value,
    }


def named(one: Standing) -> str:
    """A budget in words."""
    of = {BudgetScope.WORKSPACE: "of the workspace"}.get(one.budget.scope, f"of the {one.budget.scope}")
    until = "" if one.ends_at is None else f" until {to_second(one.ends_at)}"
    return f"The budget {one.id} {of} is used up{until}"


def exhausted(one: Standing, now: datetime) -> RateLimited:
    """The refusal of a new run where the policy says so."""
    wait_s = 3600 if one.ends_at is None else max(1, round((one.ends_at - now).total_seconds()))
    details = {
        "budget_id": one.id,
        "scope": one.budget.scope.value,
        "scope_id": one.budget.scope_id or None,
        "period_end": None if one.ends_at is None else to_second(one.ends_at),
    }
    said = f"{named(one)}; raise it, or wait."
    return RateLimited(said, "BUDGET_EXHAUSTED", retry_after_s=wait_s, details=details)


def is_about(one: Standing, *, project_id: str, key_id: str) -> bool:
    """Whether a budget bounds what is spent in a project by a key."""
    of = {BudgetScope.PROJECT: project_id, BudgetScope.KEY: key_id}
    return one.budget.scope is BudgetScope.WORKSPACE or of[one.budget.scope] == one.budget.scope_id


def refusing(standings: Sequence[Standing], *, project_id: str, key_id: str) -> Standing | None:
    """The budget because of which a new run is refused, if there is one."""
    for one in standings:
        has_it = one.is_exhausted and one.budget.policy is Policy.REFUSE
        if has_it and is_about(one, project_id=project_id, key_id=key_id):
            return one
    return None
