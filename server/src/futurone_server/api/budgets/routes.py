"""The routes of budgets."""

from fastapi import APIRouter

from futurone_server.api.access import needs
from futurone_server.api.budgets.requests import SetBudgets
from futurone_server.api.budgets.views import present_budget
from futurone_server.api.guard import GuardedRoute
from futurone_server.api.lists import whole
from futurone_server.api.services import Services
from futurone_server.features.keys import Capability
from futurone_server.kit.json import JsonObject
from futurone_server.web.context import Caller

router = APIRouter(prefix="/v1/budgets", tags=["Usage"], route_class=GuardedRoute)


@router.get("", summary="List budgets")
@needs(Capability.WORKSPACE_MANAGE)
async def list_budgets(caller: Caller, desk: Services) -> JsonObject:
    """The workspace's budgets, all on one page, and how each stands in its present period."""
    return whole([present_budget(one) for one in await desk.budgets.list(caller)])


@router.put("", summary="Set budgets")
@needs(Capability.WORKSPACE_MANAGE)
async def set_budgets(body: SetBudgets, caller: Caller, desk: Services) -> JsonObject:
    """Have exactly these budgets. A budget that stays for its scope and period keeps its id and what it has counted.

    What a call of a model may use at most is set aside in every budget that bounds its run before it is made. Calls of
    failed runs count too: they were paid for. At 80 and 100 % the event `budget.threshold` is told.
    """
    return whole([present_budget(one) for one in await desk.budgets.replace(caller, body.wanted())])
