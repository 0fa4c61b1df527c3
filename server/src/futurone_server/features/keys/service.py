"""The use cases of API keys."""

from dataclasses import replace
from datetime import datetime, timedelta

from futurone_server.eventlog import record
from futurone_server.features.keys import rules, store
from futurone_server.features.keys.types import Capability, Key, KeyOrder, Minted, Mode, Principal, Proposal, RateLimits
from futurone_server.features.keys.uses import LOOKED_BACK, Uses
from futurone_server.kit import crypto
from futurone_server.kit.clock import Clock, to_second
from futurone_server.kit.errors import Conflict, NotFound, Unauthenticated
from futurone_server.kit.ids import new_id
from futurone_server.kit.page import Page, Window
from futurone_server.store import idempotency, rates
from futurone_server.store.database import SYSTEM, Database, Tx, of_workspace
from futurone_server.store.idempotency import Once
from futurone_server.store.news import tell

_MAX_AGE_S = 1.0  # a revocation holds in every process within a second
_CACHED_MAX = 10_000
_TOUCH_EVERY_S = 60
_FORGOTTEN = timedelta(hours=1)


class KeyService:
    """Makes, checks, rotates and revokes keys."""

    def __init__(self, db: Database, clock: Clock, pepper: bytes, *, usual: RateLimits) -> None:
        self._db = db
        self._clock = clock
        self._pepper = pepper
        self.usual = usual
        self._cached: dict[str, tuple[float, Key]] = {}
        self._touched: dict[str, float] = {}
        self.uses = Uses(db, clock)

    def _digest(self, secret: str) -> bytes:
        return crypto.authenticate(self._pepper, secret.encode())

    def forget(self, key_id: str) -> None:
        """Drop what this process remembers of a key: it has changed."""
        self._cached.pop(key_id, None)

    async def _find(self, key_id: str) -> Key | None:
        at, key = self._cached.get(key_id, (0.0, None))
        if key is not None and self._clock.monotonic() - at < _MAX_AGE_S:
            return key
        async with self._db.transaction(SYSTEM) as tx:
            key = await store.get(tx, key_id)
            if key is not None and self._clock.monotonic() - self._touched.get(key_id, -1e9) > _TOUCH_EVERY_S:
                self._touched[key_id] = self._clock.monotonic()
                await store.touch(tx, [key_id], self._clock.now())
        if len(self._cached) > _CACHED_MAX:
            self._cached.clear()
        if key is not None:
            self._cached[key_id] = (self._clock.monotonic(), key)
        return key

    async def authenticate(self, credential: str) -> Principal:
        """The caller behind a credential in either spelling. Raises Unauthenticated."""
        key_id, secret = rules.read(credential)
        key = await self._find(key_id)
        digest = self._digest(secret)
        now = self._clock.now()
        known = key.digest if key is not None else bytes(len(digest))
        holds = crypto.same(digest, known)
        if key is not None and key.old_digest is not None and key.old_until is not None and key.old_until > now:
            holds = crypto.same(digest, key.old_digest) or holds
        if key is None or not holds:
            raise Unauthenticated("The API key is not known here. Check that it belongs to this server.")
        rules.check_usable(key, now)
        return rules.principal(key, self.usual, self.uses.of(key))

    async def holder(self, key_id: str) -> Principal:
        """The caller that a key stands for, for what it left to be done later. Raises Unauthenticated."""
        key = await self._find(key_id)
        if key is None:
            raise Unauthenticated("There is no such key any more.", "AUTH_KEY_REVOKED")
        rules.check_usable(key, self._clock.now())
        return rules.principal(key, self.usual, self.uses.of(key))

    async def maker(self, key_id: str) -> str | None:
        """The id of the key or person that made a key; None for those of the first start."""
        key = await self._find(key_id)
        return None if key is None else key.created_by

    async def has(self, tx: Tx, key_id: str, capability: Capability) -> bool | None:
        """Whether a key that the transaction sees has a capability; None where there is no such key that holds."""
        key = await store.get(tx, key_id)
        return None if key is None or key.revoked_at is not None else capability in key.capabilities

    async def still_holds(self, key_id: str) -> bool:
        """Whether a key that held before still does; for open streams."""
        key = await self._find(key_id)
        try:
            if key is not None:
                rules.check_usable(key, self._clock.now())
        except Unauthenticated:
            return False
        return key is not None

    async def first(self, tx: Tx, workspace_id: str) -> tuple[Minted, Minted] | None:
        """The owner's key and a test key on the very first start; None when there are keys already."""
        if await store.any_exists(tx):
            return None
        made = []
        for name, mode in (("Owner", Mode.LIVE), ("Test", Mode.TEST)):
            order = _own(name, self.usual, mode=mode)
            made.append(await self._mint(tx, workspace_id, order, created_by=None, key_id=self._new_id()))
        return made[0], made[1]

    async def passing(self, tx: Tx, workspace_id: str, name: str, expires_at: datetime) -> Minted:
        """A live key for the server's own use that expires by itself."""
        order = _own(name, self.usual, expires_at=expires_at)
        return await self._mint(tx, workspace_id, order, created_by=None, key_id=self._new_id())

    async def withdraw(self, tx: Tx, key_id: str) -> None:
        """Revoke a key of the server's own."""
        await store.revoke(tx, key_id, self._clock.now())
        await tell(tx, f"key {key_id}")

    async def sweep(self, now: datetime) -> int:
        """Forget how much was used of limits that are whole again; returns how much was cleared."""
        async with self._db.transaction(SYSTEM) as tx:
            return await rates.sweep(tx, now - _FORGOTTEN)

    def _new_id(self) -> str:
        return new_id(rules.PREFIX, self._clock.now())

    async def _mint(
        self,
        tx: Tx,
        workspace_id: str,
        order: KeyOrder,
        *,
        created_by: str | None,
        key_id: str,
        is_legacy: bool = False,
    ) -> Minted:
        secret = rules.new_secret()
        key = Key(
            id=key_id,
            workspace_id=workspace_id,
            name=order.name,
            mode=order.mode,
            digest=self._digest(secret),
            old_digest=None,
            old_until=None,
            capabilities=order.capabilities or frozenset(),
            projects=order.projects,
            agents=order.agents,
            expires_at=order.expires_at,
            revoked_at=None,
            created_by=created_by,
            created_at=self._clock.now(),
            last_used_at=None,
            rate_standard=order.rate_standard,
            rate_execution=order.rate_execution,
            is_legacy=is_legacy,
        )
        await store.add(tx, key)
        return Minted(key=key, token=rules.spell(key_id, order.mode, secret), secret=secret)

    async def create(self, caller: Principal, order: KeyOrder, once: Once | None = None) -> Minted:
        """Make a key that can do no more than the caller. Its spellings are in the answer and nowhere else."""
        caller.require(Capability.KEYS_MANAGE)
        rules.check_mint(caller, order, self._clock.now())
        is_legacy = order.capabilities is None
        if order.capabilities is None:
            order = replace(order, capabilities=caller.capabilities)
        order = rules.within(caller, order, self.usual)
        key_id = self._new_id()
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            earlier = await self._repeated(tx, caller, once, key_id)
            if earlier is not None:
                return Minted(key=await self._get(tx, earlier), token=None, secret=None)
            by = caller.key_id
            minted = await self._mint(tx, caller.workspace_id, order, created_by=by, key_id=key_id, is_legacy=is_legacy)
            await record(
                tx, caller.workspace_id, caller.act("key.created", key_id, **_reach(minted.key)), at=self._clock.now()
            )
            return minted

    async def _repeated(self, tx: Tx, caller: Principal, once: Once | None, key_id: str) -> str | None:
        """The id of the key that the same request made or rotated before, if it did."""
        workspace_id, now = caller.workspace_id, self._clock.now()
        return await idempotency.claim(tx, once, workspace_id=workspace_id, resource_id=key_id, at=now)

    async def list(self, caller: Principal, window: Window) -> Page[Key]:
        """The workspace's keys within the caller's projects and agents, newest first, revoked ones too."""
        caller.require(Capability.KEYS_MANAGE)
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            within = {"projects": caller.projects, "agents": caller.agents}
            return await store.page(tx, caller.workspace_id, window, **within)

    async def _get(self, tx: Tx, key_id: str) -> Key:
        key = await store.get(tx, key_id)
        if key is None:
            raise NotFound("There is no such key in this workspace.")
        return key

    async def revoke(self, caller: Principal, key_id: str) -> Key:
        """Revoke a key that can do no more than the caller's: refused everywhere within a second. Repeatable."""
        caller.require(Capability.KEYS_MANAGE)
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            rules.check_covers(caller, await self._get(tx, key_id))
            is_news = await store.revoke(tx, key_id, self._clock.now())
            await tell(tx, f"key {key_id}")
            key = await self._get(tx, key_id)
            if is_news:
                await record(tx, caller.workspace_id, caller.act("key.revoked", key_id), at=self._clock.now())
        self.forget(key_id)
        return key

    async def rotate(self, caller: Principal, key_id: str, overlap_s: int, once: Once | None = None) -> Minted:
        """Give a key a new secret; the old one holds for ``overlap_s`` seconds more. A repetition gets no secret."""
        caller.require(Capability.KEYS_MANAGE)
        now = self._clock.now()
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            key = await self._get(tx, key_id)
            if key.revoked_at is not None:
                raise Conflict("A revoked key cannot be rotated. Create another one.")
            rules.check_mint(caller, _as_order(key), now)
            if await self._repeated(tx, caller, once, key_id) is not None:
                return Minted(key=key, token=None, secret=None)
            secret = rules.new_secret()
            old_until = now + timedelta(seconds=overlap_s)
            await store.rotate(tx, key_id, self._digest(secret), old_digest=key.digest, old_until=old_until, at=now)
            await tell(tx, f"key {key_id}")
            await record(
                tx, caller.workspace_id, caller.act("key.rotated", key_id, overlap_s=overlap_s), at=self._clock.now()
            )
        self.forget(key_id)
        return Minted(key=key, token=rules.spell(key_id, key.mode, secret), secret=secret)

    async def scope(
        self, caller: Principal, key_id: str, capabilities: frozenset[Capability] | None, *, apply: bool
    ) -> Proposal:
        """What a key made use of in 30 days; with ``apply`` that becomes its scope, or the capabilities named do."""
        caller.require(Capability.KEYS_MANAGE)
        await self.uses.write()
        now = self._clock.now()
        since = (now - LOOKED_BACK).date()
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            key = await self._get(tx, key_id)
            rules.check_covers(caller, key)
            proposed = await store.used_since(tx, key_id, since) & key.capabilities
            if apply or capabilities is not None:
                scope = rules.chosen(key, capabilities, proposed)
                await store.narrow(tx, key_id, scope)
                await tell(tx, f"key {key_id}")
                line = caller.act("key.scoped", key_id, capabilities=sorted(scope))
                await record(tx, caller.workspace_id, line, at=now)
                key = await self._get(tx, key_id)
        self.forget(key_id)
        return Proposal(key=key, proposed=proposed, since=since, applied=apply or capabilities is not None)


def _reach(key: Key) -> dict[str, object]:
    """What the audit trail says of a new key."""
    return {
        "mode": key.mode.value,
        "capabilities": sorted(key.capabilities),
        "projects": None if key.projects is None else sorted(key.projects),
        "agents": None if key.agents is None else sorted(key.agents),
        "expires_at": None if key.expires_at is None else to_second(key.expires_at),
    }


def _own(name: str, usual: RateLimits, *, mode: Mode = Mode.LIVE, expires_at: datetime | None = None) -> KeyOrder:
    """A key of the house's own: it may do everything, and is counted more generously than others."""
    return KeyOrder(
        name=name,
        mode=mode,
        capabilities=rules.ALL,
        projects=None,
        agents=None,
        expires_at=expires_at,
        rate_standard=max(rules.OWN_RATES.standard, usual.standard),
        rate_execution=max(rules.OWN_RATES.execution, usual.execution),
    )


def _as_order(key: Key) -> KeyOrder:
    """A rotation is judged like making the same key: who may not make it may not learn its new secret."""
    return KeyOrder(
        name=key.name,
        mode=key.mode,
        capabilities=key.capabilities,
        projects=key.projects,
        agents=key.agents,
        expires_at=key.expires_at,
        rate_standard=key.rate_standard,
        rate_execution=key.rate_execution,
    )
