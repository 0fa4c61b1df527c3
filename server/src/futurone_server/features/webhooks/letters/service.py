"""The use cases of deliveries: look at them, and send dead letters again."""

from dataclasses import dataclass, replace

from futurone_server.eventlog import record
from futurone_server.features.keys import Capability, Principal
from futurone_server.features.webhooks import rules
from futurone_server.features.webhooks.letters import store
from futurone_server.features.webhooks.letters.store import DeliveryFilter, Which
from futurone_server.features.webhooks.service import seen_mode
from futurone_server.features.webhooks.types import Delivery, State
from futurone_server.kit.clock import Clock
from futurone_server.kit.errors import Conflict, NotFound
from futurone_server.kit.page import Page, Window
from futurone_server.store import idempotency
from futurone_server.store.database import Database, of_workspace
from futurone_server.store.idempotency import Once
from futurone_server.store.news import tell

_IDS_TOLD_MAX = 100
_NOT_DEAD = "This delivery is not among the dead letters; there is nothing to send again."
_NOBODY = "Its endpoint is disabled, or it or its connection is deleted. Enable the endpoint, then replay."


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """Which dead letters were put on a fresh schedule, and how many of the named ones were not.

    ``replayed``: the same request did so before, and this one did nothing.
    """

    ids: tuple[str, ...]
    skipped: int
    replayed: bool = False


class DeliveryService:
    """What callers can do with deliveries. A test key sees those of test runs alone."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def list(self, caller: Principal, wanted: DeliveryFilter, window: Window) -> Page[Delivery]:
        """The workspace's deliveries that match, newest first."""
        caller.require(Capability.WEBHOOKS_MANAGE)
        rules.check_caller(caller)
        mode = seen_mode(caller) or wanted.mode
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            mine = replace(wanted, mode=mode)
            return await store.page(tx, caller.workspace_id, mine, window=window, now=self._clock.now())

    async def get(self, caller: Principal, delivery_id: str) -> Delivery:
        """One delivery. Raises NotFound."""
        caller.require(Capability.WEBHOOKS_MANAGE)
        rules.check_caller(caller)
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            found = await store.get(tx, delivery_id, mode=seen_mode(caller), now=self._clock.now())
        if found is None:
            raise NotFound("There is no such delivery in this workspace.")
        return found

    async def replay_one(self, caller: Principal, delivery_id: str, once: Once | None) -> tuple[Delivery, bool]:
        """Send a dead letter again: same id, a fresh schedule. What is on its way already is left as it is.

        Returns it as it then is, and whether the same request was made before. Raises NotFound, and Conflict when there
        is nobody to send it to.
        """
        caller.require(Capability.WEBHOOKS_MANAGE)
        rules.check_caller(caller)
        found = await self.get(caller, delivery_id)
        if found.state in (State.PENDING, State.SENDING):
            return found, False
        refusal = _NOBODY if found.state is State.DEAD else _NOT_DEAD
        replayed = await self._replay(caller, Which(ids=(delivery_id,)), once, delivery_id, refusal=refusal)
        return await self.get(caller, delivery_id), replayed.replayed

    async def replay(self, caller: Principal, which: Which, once: Once | None) -> Replayed:
        """Send several dead letters again, in the order in which they were made, ten a second per receiver."""
        caller.require(Capability.WEBHOOKS_MANAGE)
        rules.check_caller(caller)
        return await self._replay(caller, which, once, caller.workspace_id)

    async def _replay(
        self, caller: Principal, which: Which, once: Once | None, resource_id: str, *, refusal: str | None = None
    ) -> Replayed:
        """``refusal``: what is said where nothing is to be sent again; with None that is fine."""
        now, workspace_id = self._clock.now(), caller.workspace_id
        async with self._db.transaction(of_workspace(workspace_id)) as tx:
            if (
                await idempotency.claim(tx, once, workspace_id=workspace_id, resource_id=resource_id, at=now)
                is not None
            ):
                return Replayed(ids=(), skipped=0, replayed=True)
            found = await store.replay(tx, workspace_id, which, mode=seen_mode(caller), now=now)
            if not found and refusal is not None:
                raise Conflict(refusal)
            skipped = len(set(which.ids or ()) - set(found))
            if found:
                await tell(tx, "webhooks")
            details = {"count": len(found), "ids": list(found)[:_IDS_TOLD_MAX]}
            line = caller.act("webhook.dead_letters_replayed", resource_id, **details)
            await record(tx, workspace_id, line, at=now)
        return Replayed(ids=tuple(found), skipped=skipped)
