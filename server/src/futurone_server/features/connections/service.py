"""The use cases of connections: make, look at, change, delete; and whether a run may name them."""

from collections.abc import Sequence
from datetime import datetime

from futurone_server.eventlog import Seals, record
from futurone_server.features.connections import rules, store
from futurone_server.features.connections.sealing import ConnectionSeals
from futurone_server.features.connections.types import (
    Change,
    CheckAddress,
    Connection,
    Goings,
    Health,
    Kind,
    Made,
    Place,
)
from futurone_server.features.keys import Capability, Principal
from futurone_server.kit.clock import Clock
from futurone_server.kit.errors import Conflict, Gone, NotFound, invalid_field
from futurone_server.kit.ids import new_id
from futurone_server.kit.page import Page, Window
from futurone_server.store import idempotency
from futurone_server.store.database import Database, Tx, of_workspace
from futurone_server.store.idempotency import Once
from futurone_server.store.messages import run

_UNTRIED = Health(failures=0, failing_since=None, last_success_at=None, last_failure_at=None, last_error=None)
_CLEAN: dict[str, object] = {"failures": 0, "failing_since": None, "last_error": None}


class ConnectionService:
    """What callers can do with connections. Those that a test key made are for test runs, the others for live ones."""

    def __init__(self, db: Database, clock: Clock, seals: Seals, *, check: CheckAddress, goings: Goings) -> None:
        self._db = db
        self._clock = clock
        self._seals = ConnectionSeals(seals)
        self._check = check
        self._goings = goings

    async def create(self, caller: Principal, name: str, *, url: str, once: Once | None) -> Made:
        """A new connection to people. Its URL is sealed at once and shown to nobody again. Raises Invalid."""
        caller.require(Capability.CONNECTIONS_MANAGE)
        rules.check_caller(caller)
        place = await self._check("url", url)
        made = _new(caller, name, place, self._clock.now())
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            earlier = await self._repeated(tx, caller, once, made.id)
            if earlier is not None:
                return Made(connection=await self._repeatedly(tx, caller, earlier), replayed=True)
            if await store.count(tx, caller.workspace_id) >= rules.CONNECTIONS_MAX:
                raise Conflict(f"A workspace has at most {rules.CONNECTIONS_MAX} connections. Delete one first.")
            sealed = self._seals.seal(caller.workspace_id, made.id, url)
            await store.add(tx, made, sealed, created_by=caller.key_id)
            await self._record(tx, caller, "connection.created", made.id, kind=made.kind.value, service=place.service)
        return Made(connection=made)

    async def _record(self, tx: Tx, caller: Principal, action: str, resource: str, **details: object) -> None:
        await record(tx, caller.workspace_id, caller.act(action, resource, **details), at=self._clock.now())

    async def _repeated(self, tx: Tx, caller: Principal, once: Once | None, resource_id: str) -> str | None:
        """What the same request made before, if it did."""
        now = self._clock.now()
        return await idempotency.claim(tx, once, workspace_id=caller.workspace_id, resource_id=resource_id, at=now)

    async def _repeatedly(self, tx: Tx, caller: Principal, connection_id: str) -> Connection:
        try:
            return await self._get(tx, caller, connection_id)
        except NotFound:
            raise Gone("The connection that this Idempotency-Key made has been deleted.") from None

    async def _get(self, tx: Tx, caller: Principal, connection_id: str) -> Connection:
        found = await store.get(tx, caller.workspace_id, connection_id, mode=rules.seen_mode(caller))
        if found is None:
            raise NotFound("There is no such connection in this workspace.")
        return found

    async def find(self, tx: Tx, caller: Principal, connection_id: str) -> Connection:
        """A connection of the caller's workspace and mode, in an open transaction. Raises NotFound."""
        caller.require(Capability.CONNECTIONS_MANAGE)
        rules.check_caller(caller)
        return await self._get(tx, caller, connection_id)

    async def get(self, caller: Principal, connection_id: str) -> Connection:
        """One connection, never with its secret."""
        caller.require(Capability.CONNECTIONS_MANAGE)
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            return await self.find(tx, caller, connection_id)

    async def list(self, caller: Principal, window: Window) -> Page[Connection]:
        """The workspace's connections, newest first."""
        caller.require(Capability.CONNECTIONS_MANAGE)
        rules.check_caller(caller)
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            return await store.page(tx, caller.workspace_id, window, mode=rules.seen_mode(caller))

    async def change(self, caller: Principal, connection_id: str, change: Change) -> Connection:
        """Change a connection. With another URL it begins with a clean record, and the old URL is gone for good."""
        caller.require(Capability.CONNECTIONS_MANAGE)
        rules.check_caller(caller)
        place = None if change.url is None else await self._check("url", change.url)
        now = self._clock.now()
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            await self._get(tx, caller, connection_id)
            values: dict[str, object] = {} if change.name is None else {"name": change.name}
            if place is not None and change.url is not None:
                sealed = self._seals.seal(caller.workspace_id, connection_id, change.url)
                values |= {"sealed_key": sealed.key, "sealed_secret": sealed.secret, **_CLEAN}
                values |= {"service": place.service, "hint": place.hint}
            if values:
                await store.change(tx, connection_id, **values, updated_at=now)
                members = [name for name in ("name", "url") if getattr(change, name) is not None]
                await self._record(tx, caller, "connection.changed", connection_id, members=members)
            return await self._get(tx, caller, connection_id)

    async def delete(self, caller: Principal, connection_id: str) -> None:
        """Delete a connection with its secret. What waits for it goes to the dead letters."""
        caller.require(Capability.CONNECTIONS_MANAGE)
        rules.check_caller(caller)
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            await self._get(tx, caller, connection_id)
            await store.remove(tx, connection_id)
            await run(tx, *self._goings(connection_id, self._clock.now()))
            await self._record(tx, caller, "connection.deleted", connection_id)

    async def check_named(self, caller: Principal, field: str, connection_ids: Sequence[str]) -> None:
        """Refuse an order that names connections which its workspace does not have, naming the field. Raises Invalid.

        Whoever may create runs may name them: what a connection tells is an outcome, to where the workspace chose.
        """
        caller.require(Capability.RUNS_CREATE)
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            found = await store.present(tx, caller.workspace_id, connection_ids, mode=caller.mode)
        if not found.issuperset(connection_ids):
            raise invalid_field(field, f"names a connection that this workspace does not have for {caller.mode} runs")


def _new(caller: Principal, name: str, place: Place, now: datetime) -> Connection:
    return Connection(
        id=new_id("conn_", now),
        workspace_id=caller.workspace_id,
        mode=caller.mode,
        kind=Kind.APPRISE,
        name=name,
        place=place,
        created_at=now,
        updated_at=now,
        health=_UNTRIED,
    )
