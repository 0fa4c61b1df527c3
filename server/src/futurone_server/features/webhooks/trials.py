"""Trying a connection out: a message on its way to it, and what came of it."""

from futurone_server.eventlog import record
from futurone_server.features.connections import ConnectionService
from futurone_server.features.connections import rules as connection_rules
from futurone_server.features.keys import Capability, Principal
from futurone_server.features.webhooks import store
from futurone_server.features.webhooks.letters import store as letters
from futurone_server.features.webhooks.types import CONNECTION_TEST, Delivery
from futurone_server.kit.clock import Clock
from futurone_server.kit.errors import NotFound
from futurone_server.kit.ids import new_id
from futurone_server.store import idempotency
from futurone_server.store.database import Database, of_workspace
from futurone_server.store.idempotency import Once
from futurone_server.store.news import tell


class TrialService:
    """What callers who manage connections can do to see whether one works."""

    def __init__(self, db: Database, clock: Clock, connections: ConnectionService) -> None:
        self._db = db
        self._clock = clock
        self._connections = connections

    async def begin(self, caller: Principal, connection_id: str, once: Once | None) -> tuple[str, bool]:
        """Have the people behind a connection told a trial message, once: its delivery, and whether the same request
        had begun it before. Raises NotFound.
        """
        caller.require(Capability.CONNECTIONS_MANAGE)
        now, workspace_id = self._clock.now(), caller.workspace_id
        event_id, delivery_id = new_id("evt_", now), new_id("dlv_", now)
        async with self._db.transaction(of_workspace(workspace_id)) as tx:
            found = await self._connections.find(tx, caller, connection_id)
            earlier = await idempotency.claim(tx, once, workspace_id=workspace_id, resource_id=delivery_id, at=now)
            if earlier is not None:
                return earlier, True
            trial = store.Trial(event_id=event_id, delivery_id=delivery_id, type=CONNECTION_TEST, mode=found.mode)
            await store.add_trial(tx, workspace_id, trial, connection_id=connection_id, at=now)
            await tell(tx, "webhooks")
            line = caller.act("connection.tested", connection_id, delivery_id=delivery_id)
            await record(tx, workspace_id, line, at=now)
        return delivery_id, False

    async def get(self, caller: Principal, delivery_id: str) -> Delivery:
        """How a trial stands. Raises NotFound."""
        caller.require(Capability.CONNECTIONS_MANAGE)
        connection_rules.check_caller(caller)
        mode, now = connection_rules.seen_mode(caller), self._clock.now()
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            found = await letters.get(tx, delivery_id, mode=mode, now=now)
        if found is None or found.type != CONNECTION_TEST:
            raise NotFound("There is no such trial in this workspace.")
        return found
