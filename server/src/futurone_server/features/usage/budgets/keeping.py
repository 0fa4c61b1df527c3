"""Keeping budgets: a call is set aside in every budget that bounds it before it is made; what waits goes on again."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from futurone_server.eventlog import SYSTEM_ACTOR, AuditLine, record
from futurone_server.features.keys import Mode
from futurone_server.features.runs import Hold, all_holds, end_holds, holding
from futurone_server.features.usage.budgets import rules, store
from futurone_server.features.usage.budgets.types import Need, Paused, Policy, Standing
from futurone_server.features.webhooks import Announcement, Told, announcing
from futurone_server.kit.clock import Clock
from futurone_server.kit.ids import derived_id
from futurone_server.store.database import SYSTEM, Database, Tx, of_workspace
from futurone_server.store.messages import run as send
from futurone_server.store.news import tell

_FORGOTTEN = timedelta(hours=1)
"""A wish to wait whose run does not wait after so long never came to its question."""

GoOn = Callable[[str], Awaitable[bool]]
"""Has a run go on that waits under an input's id; False when it waits no more."""


@dataclass(frozen=True, kw_only=True)
class Shortage:
    """Why a call cannot be made now. ``is_spent``: not even once all calls under way are settled."""

    by: tuple[Standing, ...]
    is_spent: bool
    is_unpriced: bool


class Budgets:
    """The worker's side of budgets. Crosses workspaces; no caller comes here."""

    def __init__(self, db: Database, clock: Clock, go_on: GoOn) -> None:
        self._db = db
        self._clock = clock
        self._go_on = go_on

    async def reserve(self, need: Need) -> Shortage | None:
        """Set a call's most aside in every budget that bounds it, or in none; None when it is, or nothing bounds it.

        It is free again when the call is settled. Bears being asked twice for the same call.
        """
        rows = (await self._db.write(of_workspace(need.workspace_id), *store.reserving(need)))[-1]
        if not rows or rows[0].is_taken:
            return None
        standings = [store.standing(row) for row in rows]
        short = [one for one in standings if not one.has_room(need.tokens, need.cost_usd, beside_reserved=True)]
        spent = [one for one in short if not one.has_room(need.tokens, need.cost_usd, beside_reserved=False)]
        is_unpriced = need.cost_usd is None and any(one.budget.max_cost_usd is not None for one in short)
        return Shortage(by=tuple(spent or short), is_spent=bool(spent), is_unpriced=is_unpriced)

    async def wait(self, need: Need, question: str, shortage: Shortage) -> None:
        """Note that a run waits under a question for so much room; what is spent keeps new runs from starting."""
        statements = [store.waiting(need, question)]
        for one in shortage.by if shortage.is_spent else ():
            statements.append(store.filling(one, self._clock.now()))
            if one.budget.policy is Policy.QUEUE:
                statements.append(holding(_hold(one)))
        await self._db.write(of_workspace(need.workspace_id), *statements)

    async def round(self) -> None:
        """Settle what nobody settles, tell of thresholds, hold new runs or let them start, let what waits go on."""
        await self._settle_left()
        now = self._clock.now()
        async with self._db.transaction(SYSTEM) as tx:
            standings = await store.all_of(tx, now)
            for one in standings:
                await self._announce(tx, one)
            await self._hold(tx, standings)
            paused = await store.paused(tx, now - _FORGOTTEN)
        await self._let_go_on(paused, standings)

    async def _let_go_on(self, paused: Sequence[Paused], standings: Sequence[Standing]) -> None:
        """In the order in which they came to wait, as many as there is room for."""
        room = list(standings)
        for one in paused:
            need = one.need
            mine = [place for place, budget in enumerate(room) if _bounds(budget, need)]
            if all(room[place].has_room(need.tokens, need.cost_usd, beside_reserved=True) for place in mine):
                await self._go_on(one.input_id)
                for place in mine:
                    room[place] = _with(room[place], need)

    async def _settle_left(self) -> None:
        async with self._db.transaction(SYSTEM) as tx:
            left = await store.left(tx)
        for one in left:
            await self._db.write(SYSTEM, *store.closing(one.call_id, one.workspace_id))

    async def _announce(self, tx: Tx, one: Standing) -> None:
        """Say that a threshold is reached, once for a budget, a period and a limit."""
        level = rules.level(one)
        if level <= one.told or not await store.tell(tx, one, level):
            return
        now, data = self._clock.now(), rules.told(one, level)
        parts = (one.id, one.period_start.isoformat(), str(level), str(data["limit"]))
        write = announcing(
            Announcement(
                id=derived_id("evt_", *parts),
                type=Told.BUDGET_THRESHOLD.value,
                workspace_id=one.workspace_id,
                mode=Mode.LIVE,
                data=data,
                at=now,
            )
        )
        await send(tx, (write.statement, write.values))
        details = {
            "threshold": level,
            "period": one.budget.period.value,
            "spent": data["spent"],
            "limit": data["limit"],
        }
        line = AuditLine(action="budget.threshold", actor=SYSTEM_ACTOR, resource=one.id, details=details)
        await record(tx, one.workspace_id, line, at=now)

    async def _hold(self, tx: Tx, standings: list[Standing]) -> None:
        """Hold new runs for what is used up and queues, and no others."""
        there = await all_holds(tx)
        wanted = {one.id: _hold(one) for one in standings if one.is_exhausted and one.budget.policy is Policy.QUEUE}
        for hold in wanted.values():
            if hold.id not in there or there[hold.id] != hold.until:
                await send(tx, holding(hold))
        if set(there) - set(wanted) and await end_holds(tx, but=wanted):
            await tell(tx, "queue")


def _hold(one: Standing) -> Hold:
    scope, scope_id = one.budget.scope.value, one.budget.scope_id
    return Hold(id=one.id, workspace_id=one.workspace_id, scope=scope, scope_id=scope_id, until=one.ends_at)


def _bounds(one: Standing, need: Need) -> bool:
    mine = rules.is_about(one, project_id=need.project_id, key_id=need.key_id)
    return mine and one.workspace_id == need.workspace_id


def _with(one: Standing, need: Need) -> Standing:
    """How a budget stands once a call that is about to go on has been set aside."""
    reserved_usd = one.reserved_usd + (need.cost_usd or Decimal(0))
    return Standing(**{**vars(one), "reserved_tokens": one.reserved_tokens + need.tokens, "reserved_usd": reserved_usd})
