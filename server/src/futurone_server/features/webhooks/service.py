"""The use cases of endpoints: make, change, try out, delete, and give new secrets."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from futurone_server.eventlog import Seals, record
from futurone_server.features.keys import Capability, Mode, Principal
from futurone_server.features.webhooks import rules, store
from futurone_server.features.webhooks.sealing import SecretSeals, secret_id
from futurone_server.features.webhooks.types import (
    OUTCOMES,
    TEST,
    Because,
    Change,
    Endpoint,
    EndpointStatus,
    Health,
    Made,
    Told,
)
from futurone_server.kit.clock import Clock
from futurone_server.kit.errors import Conflict, Gone, NotFound
from futurone_server.kit.ids import new_id
from futurone_server.kit.page import Page, Window
from futurone_server.store import idempotency
from futurone_server.store.database import Database, Tx, of_workspace
from futurone_server.store.idempotency import Once
from futurone_server.store.news import tell

CheckUrl = Callable[[str, str], None]
"""Refuses an address that is never sent to: takes the field's name and the address. Raises Invalid."""


@dataclass(frozen=True, kw_only=True)
class Rotation:
    """How a secret is to be changed: a new one with an overlap in seconds, or only an end to the overlap."""

    overlap_s: int = rules.OVERLAP_S
    cut_over: bool = False


@dataclass(frozen=True, kw_only=True)
class Tested:
    """A test event on its way, or the one that the same request sent before."""

    delivery_id: str
    replayed: bool = False


class EndpointService:
    """What callers can do with endpoints. Endpoints that a test key made hear of test runs, the others of live ones."""

    def __init__(self, db: Database, clock: Clock, seals: Seals, check_url: CheckUrl) -> None:
        self._db = db
        self._clock = clock
        self._seals = SecretSeals(seals)
        self.check_url = check_url

    async def create(
        self,
        caller: Principal,
        url: str,
        *,
        events: tuple[Told, ...] | None,
        description: str | None,
        once: Once | None,
    ) -> Made:
        """A new endpoint. Its secret is in the answer and nowhere else."""
        caller.require(Capability.WEBHOOKS_MANAGE)
        rules.check_caller(caller)
        self.check_url("url", url)
        now = self._clock.now()
        endpoint = Endpoint(
            id=new_id("whe_", now),
            workspace_id=caller.workspace_id,
            mode=caller.mode,
            url=url,
            events=events or OUTCOMES,
            status=EndpointStatus.ENABLED,
            disabled_because=None,
            description=description,
            created_at=now,
            overlap_until=None,
            health=Health(failures=0, failing_since=None, last_success_at=None, last_failure_at=None, last_error=None),
        )
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            earlier = await self._repeated(tx, caller, once, endpoint.id)
            if earlier is not None:
                return Made(endpoint=await self._repeatedly(tx, caller, earlier), secret=None, replayed=True)
            if await store.count(tx, caller.workspace_id) >= rules.ENDPOINTS_MAX:
                raise Conflict(f"A workspace has at most {rules.ENDPOINTS_MAX} endpoints. Delete one first.")
            secret, sealed = self._seals.new(endpoint.id)
            await store.add(tx, endpoint, secret=sealed, created_by=caller.key_id)
            await self._record(tx, caller, "webhook.endpoint_created", endpoint.id, events=list(endpoint.events))
        return Made(endpoint=endpoint, secret=rules.spell(secret))

    async def _record(self, tx: Tx, caller: Principal, action: str, resource: str, **details: object) -> None:
        await record(tx, caller.workspace_id, caller.act(action, resource, **details), at=self._clock.now())

    async def _repeated(self, tx: Tx, caller: Principal, once: Once | None, resource_id: str) -> str | None:
        """What the same request made before, if it did."""
        now = self._clock.now()
        return await idempotency.claim(tx, once, workspace_id=caller.workspace_id, resource_id=resource_id, at=now)

    async def _repeatedly(self, tx: Tx, caller: Principal, endpoint_id: str) -> Endpoint:
        try:
            return await self._get(tx, caller, endpoint_id)
        except NotFound:
            raise Gone("The endpoint that this Idempotency-Key made has been deleted.") from None

    async def _get(self, tx: Tx, caller: Principal, endpoint_id: str) -> Endpoint:
        found = await store.get(tx, endpoint_id, mode=seen_mode(caller))
        if found is None:
            raise NotFound("There is no such endpoint in this workspace.")
        return found

    async def get(self, caller: Principal, endpoint_id: str) -> Endpoint:
        """One endpoint, never with its secret."""
        caller.require(Capability.WEBHOOKS_MANAGE)
        rules.check_caller(caller)
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            return await self._get(tx, caller, endpoint_id)

    async def list(self, caller: Principal, window: Window) -> Page[Endpoint]:
        """The workspace's endpoints, newest first."""
        caller.require(Capability.WEBHOOKS_MANAGE)
        rules.check_caller(caller)
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            return await store.page(tx, caller.workspace_id, window, mode=seen_mode(caller))

    async def change(self, caller: Principal, endpoint_id: str, change: Change) -> Endpoint:
        """Change an endpoint. One that is disabled loses what waits for it to the dead letters; one that is enabled
        again, or gets another address, begins with a clean record.
        """
        caller.require(Capability.WEBHOOKS_MANAGE)
        rules.check_caller(caller)
        if change.url is not None:
            self.check_url("url", change.url)
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            found = await self._get(tx, caller, endpoint_id)
            values = _changes(found, change)
            if values:
                await store.change(tx, endpoint_id, **values)
            if change.status is EndpointStatus.DISABLED:
                await store.bury(tx, endpoint_id, self._clock.now())
            await self._record(tx, caller, "webhook.endpoint_changed", endpoint_id, members=sorted(values))
            return await self._get(tx, caller, endpoint_id)

    async def delete(self, caller: Principal, endpoint_id: str) -> None:
        """Delete an endpoint with its secrets; what waits for it goes to the dead letters."""
        caller.require(Capability.WEBHOOKS_MANAGE)
        rules.check_caller(caller)
        now = self._clock.now()
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            await self._get(tx, caller, endpoint_id)
            await store.remove(tx, endpoint_id, now=now, vanishes_at=now + rules.DEAD_LETTERS_KEPT)
            await self._record(tx, caller, "webhook.endpoint_deleted", endpoint_id)

    async def rotate(self, caller: Principal, endpoint_id: str, rotation: Rotation, once: Once | None) -> Made:
        """A new secret for an endpoint; the old one signs beside it for the overlap. A repetition gets no secret."""
        caller.require(Capability.WEBHOOKS_MANAGE)
        rules.check_caller(caller)
        now = self._clock.now()
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            found = await self._get(tx, caller, endpoint_id)
            if await self._repeated(tx, caller, once, endpoint_id) is not None:
                return Made(endpoint=found, secret=None, replayed=True)
            if rotation.cut_over:
                await store.change(tx, endpoint_id, old_secret=None, old_until=None)
                await self._record(tx, caller, "webhook.secret_cut_over", endpoint_id)
                return Made(endpoint=replace(found, overlap_until=None), secret=None)
            secret, sealed = self._seals.new(endpoint_id)
            until = _overlap(rotation, now)
            await store.rotate(tx, endpoint_id, sealed, old_until=until, now=now)
            await self._record(tx, caller, "webhook.secret_rotated", endpoint_id, overlap_s=rotation.overlap_s)
        return Made(endpoint=replace(found, overlap_until=until), secret=rules.spell(secret), overlap_until=until)

    async def rotate_signing(self, caller: Principal, rotation: Rotation, once: Once | None) -> Made:
        """A new secret for the addresses that runs name themselves, or the first that anybody sees."""
        caller.require(Capability.WEBHOOKS_MANAGE)
        rules.check_caller(caller)
        now, owner = self._clock.now(), secret_id(caller.workspace_id, caller.mode)
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            if await self._repeated(tx, caller, once, owner) is not None:
                return Made(endpoint=None, secret=None, replayed=True)
            if rotation.cut_over:
                await store.cut_over_signing(tx, owner)
                await self._record(tx, caller, "webhook.secret_cut_over", owner)
                return Made(endpoint=None, secret=None)
            secret, sealed = self._seals.new(owner)
            until = _overlap(rotation, now)
            has_overlap = await store.rotate_signing(
                tx, owner, workspace_id=caller.workspace_id, secret=sealed, old_until=until, now=now
            )
            await self._record(tx, caller, "webhook.secret_rotated", owner, overlap_s=rotation.overlap_s)
        return Made(endpoint=None, secret=rules.spell(secret), overlap_until=until if has_overlap else None)

    async def test(self, caller: Principal, endpoint_id: str, once: Once | None) -> Tested:
        """Have an endpoint told a test event, once."""
        caller.require(Capability.WEBHOOKS_MANAGE)
        rules.check_caller(caller)
        now = self._clock.now()
        event_id, delivery_id = new_id("evt_", now), new_id("dlv_", now)
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            found = await self._get(tx, caller, endpoint_id)
            earlier = await self._repeated(tx, caller, once, delivery_id)
            if earlier is not None:
                return Tested(delivery_id=earlier, replayed=True)
            trial = store.Trial(event_id=event_id, delivery_id=delivery_id, type=TEST, mode=found.mode)
            await store.add_trial(tx, caller.workspace_id, trial, endpoint_id=endpoint_id, at=now)
            await tell(tx, "webhooks")
            await self._record(tx, caller, "webhook.endpoint_tested", endpoint_id, delivery_id=delivery_id)
        return Tested(delivery_id=delivery_id)


def seen_mode(caller: Principal) -> Mode | None:
    """What a key sees: a test key test endpoints alone, a live one all."""
    return Mode.TEST if caller.mode is Mode.TEST else None


def _overlap(rotation: Rotation, now: datetime) -> datetime | None:
    return now + timedelta(seconds=rotation.overlap_s) if rotation.overlap_s else None


def _changes(found: Endpoint, change: Change) -> dict[str, object]:
    """The columns that a change touches."""
    values: dict[str, object] = {}
    if change.url is not None and change.url != found.url:
        values |= {"url": change.url, "failures": 0, "failing_since": None, "last_error": None}
    if change.events is not None:
        values["events"] = [event.value for event in change.events]
    if change.description is not None:
        values["description"] = change.description or None
    if change.status is not None and change.status is not found.status:
        is_off = change.status is EndpointStatus.DISABLED
        values |= {"status": change.status.value, "disabled_because": Because.BY_REQUEST.value if is_off else None}
        if not is_off:
            values |= {"failures": 0, "failing_since": None, "last_error": None}
    return values
