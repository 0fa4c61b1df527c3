"""The verb ``budgets``: list and set what a workspace, a project or a key may spend."""

from collections.abc import Sequence
from typing import Annotated

import typer

from futurone._orders import BudgetOrder
from futurone._usage_models import Budget
from futurone.cli._desk import Desk, verb
from futurone.cli._failures import UsageFailure
from futurone.cli._text import columns

app = typer.Typer(
    help="List and set what may be spent.", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)


@app.command("list")
@verb
def list_budgets(desk: Desk) -> None:
    """List the budgets and how each stands."""
    _tell(desk, desk.client.budgets.get())


@app.command("set")
@verb
def set_budget(
    desk: Desk,
    scope: Annotated[str, typer.Argument(help="workspace, project or key.")],
    period: Annotated[str, typer.Argument(help="day, month or total.")],
    scope_id: Annotated[str | None, typer.Option("--id", help="The project's or the key's id.")] = None,
    max_cost_usd: Annotated[float | None, typer.Option("--usd", help="US dollars.")] = None,
    max_tokens: Annotated[int | None, typer.Option("--tokens", help="Tokens in both directions.")] = None,
    policy: Annotated[str, typer.Option(help="New runs when it is used up: queue, pause or refuse.")] = "queue",
) -> None:
    """Set the budget of a scope and a period; the others stay as they are."""
    order: BudgetOrder = {"scope": scope, "period": period, "policy": policy}
    if scope_id is not None:
        order["scope_id"] = scope_id
    if max_cost_usd is not None:
        order["max_cost_usd"] = max_cost_usd
    if max_tokens is not None:
        order["max_tokens"] = max_tokens
    place = (scope, scope_id, period)
    others = [_order(one) for one in desk.client.budgets.get() if (one.scope, one.scope_id, one.period) != place]
    _tell(desk, desk.client.budgets.set([*others, order]))


@app.command()
@verb
def remove(desk: Desk, budget_id: Annotated[str, typer.Argument(metavar="BUDGET_ID")]) -> None:
    """Remove a budget: it bounds nothing any more."""
    budgets = desk.client.budgets.get()
    others = [_order(one) for one in budgets if one.id != budget_id]
    if len(others) == len(budgets):
        raise UsageFailure(
            f"There is no budget {budget_id} in this workspace: futurone budgets list shows those there are."
        )
    _tell(desk, desk.client.budgets.set(others))


def _order(one: Budget) -> BudgetOrder:
    return {
        "scope": one.scope,
        "scope_id": one.scope_id,
        "period": one.period,
        "max_cost_usd": None if one.max_cost_usd is None else float(one.max_cost_usd),
        "max_tokens": one.max_tokens,
        "policy": one.policy,
    }


def _tell(desk: Desk, budgets: Sequence[Budget]) -> None:
    for one in budgets:
        desk.out.record(one)
        limits = []
        if one.max_cost_usd is not None:
            limits.append(f"${one.spent.cost_usd} of ${one.max_cost_usd}")
        if one.max_tokens is not None:
            limits.append(f"{one.spent.tokens} of {one.max_tokens} tokens")
        of = one.scope if one.scope_id is None else f"{one.scope} {one.scope_id}"
        state = "used up" if one.exhausted else "open"
        desk.out.line(columns(one.id, of, one.period, ", ".join(limits), one.policy, state))
