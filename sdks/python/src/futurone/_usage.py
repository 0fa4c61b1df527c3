"""Budgets: what a workspace, a project or a key may spend."""

from collections.abc import Sequence

from futurone import _usage_calls as calls
from futurone._async import AsyncDriver
from futurone._orders import BudgetOrder
from futurone._sync import SyncDriver
from futurone._usage_models import Budget


class Budgets:
    """``client.budgets``. Every method raises a FuturOneError when it does not succeed."""

    def __init__(self, driver: SyncDriver) -> None:
        self._driver = driver

    def get(self) -> list[Budget]:
        """The workspace's budgets, and how each stands in its present period."""
        return self._driver.perform(calls.get_budgets())

    def set(self, budgets: Sequence[BudgetOrder]) -> list[Budget]:
        """Have exactly these budgets; one that stays for its scope and period keeps what it has counted."""
        return self._driver.perform(calls.set_budgets(budgets))


class AsyncBudgets:
    """``client.budgets`` of the asyncio client."""

    def __init__(self, driver: AsyncDriver) -> None:
        self._driver = driver

    async def get(self) -> list[Budget]:
        """The workspace's budgets, and how each stands in its present period."""
        return await self._driver.perform(calls.get_budgets())

    async def set(self, budgets: Sequence[BudgetOrder]) -> list[Budget]:
        """Have exactly these budgets; one that stays for its scope and period keeps what it has counted."""
        return await self._driver.perform(calls.set_budgets(budgets))
