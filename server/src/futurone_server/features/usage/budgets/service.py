"""The use cases of budgets: what there are and how they stand; all of them, replaced at once."""

from collections.abc import Sequence

from futurone_server.eventlog import record
from futurone_server.features.keys import Capability, Principal
from futurone_server.features.runs import Run
from futurone_server.features.usage.budgets import rules, store
from futurone_server.features.usage.budgets.types import BudgetScope, Standing, WideBudget
from futurone_server.features.workspaces import WorkspaceService
from futurone_server.kit.clock import Clock
from futurone_server.kit.errors import invalid_field
from futurone_server.kit.ids import new_id
from futurone_server.store.database import Database, Tx, of_workspace
from futurone_server.store.messages import run as send

_LOOK_EVERY_S = 1.0


class BudgetService:
    """What callers can do with the budgets of their workspace."""

    def __init__(self, db: Database, clock: Clock, workspaces: WorkspaceService) -> None:
        self._db = db
        self._clock = clock
        self._workspaces = workspaces
        self._seen: dict[str, tuple[float, Sequence[Standing]]] = {}

    async def list(self, caller: Principal) -> Sequence[Standing]:
        """The workspace's budgets, and how each stands in its present period."""
        caller.require(Capability.WORKSPACE_MANAGE)
        rules.check_caller(caller)
        return await self._standings(caller.workspace_id)

    async def replace(self, caller: Principal, wanted: Sequence[WideBudget]) -> Sequence[Standing]:
        """Have exactly these budgets. One that stays for its scope and period keeps its id and what it has counted.

        Raises Invalid, naming the field.
        """
        caller.require(Capability.WORKSPACE_MANAGE)
        rules.check_change(caller)
        rules.check_all(wanted)
        await self._check_scopes(caller.workspace_id, wanted)
        workspace_id, now = caller.workspace_id, self._clock.now()
        async with self._db.transaction(of_workspace(workspace_id)) as tx:
            await send(tx, store.locking(workspace_id))
            there = {one.budget.place: one for one in await self._there(tx, workspace_id)}
            for budget in wanted:
                known = there.pop(budget.place, None)
                if known is None:
                    budget_id = new_id("bud_", now)
                    await send(tx, *store.adding(budget_id, workspace_id, budget, now))
                    await record(tx, workspace_id, caller.act("budget.created", budget_id, **_told(budget)), at=now)
                elif known.budget != budget:
                    await send(tx, *store.changing(known.id, budget))
                    await record(tx, workspace_id, caller.act("budget.changed", known.id, **_told(budget)), at=now)
            for gone in there.values():
                await send(tx, store.removing(gone.id))
                await record(tx, workspace_id, caller.act("budget.deleted", gone.id), at=now)
        self._seen.pop(workspace_id, None)
        return await self._standings(workspace_id)

    async def _there(self, tx: Tx, workspace_id: str) -> Sequence[Standing]:
        (rows,) = await send(tx, store.of_workspace(workspace_id, self._clock.now()))
        return [store.standing(row) for row in rows]

    async def _standings(self, workspace_id: str) -> Sequence[Standing]:
        statement = store.of_workspace(workspace_id, self._clock.now())
        (rows,) = await self._db.read(of_workspace(workspace_id), statement)
        return [store.standing(row) for row in rows]

    async def _check_scopes(self, workspace_id: str, wanted: Sequence[WideBudget]) -> None:
        async with self._db.transaction(of_workspace(workspace_id)) as tx:
            projects = await self._workspaces.project_ids(tx, workspace_id)
            keys = await store.key_ids(tx, workspace_id)
        known = {BudgetScope.PROJECT: set(projects), BudgetScope.KEY: keys}
        for number, one in enumerate(wanted):
            if one.scope in known and one.scope_id not in known[one.scope]:
                raise invalid_field(f"budgets.{number}.scope_id", f"there is no such {one.scope} in this workspace")

    async def admit(self, run: Run) -> None:
        """Refuse a new run whose budget is used up, where its policy is to refuse; looked up at most once a second.

        Raises RateLimited (BUDGET_EXHAUSTED).
        """
        if run.mode.value != "live":
            return
        at, standings = self._seen.get(run.workspace_id, (-1e9, ()))
        if self._clock.monotonic() - at > _LOOK_EVERY_S:
            standings = await self._standings(run.workspace_id)
            self._seen[run.workspace_id] = (self._clock.monotonic(), standings)
        found = rules.refusing(standings, project_id=run.project_id, key_id=run.created_by)
        if found is not None:
            raise rules.exhausted(found, self._clock.now())


def _told(budget: WideBudget) -> dict[str, object]:
    cost = None if budget.max_cost_usd is None else str(budget.max_cost_usd)
    told = {"scope": budget.scope.value, "scope_id": budget.scope_id or None, "period": budget.period.value}
    return {**told, "max_cost_usd": cost, "max_tokens": budget.max_tokens, "policy": budget.policy.value}
