"""Keys: what programs sign in with."""

from collections.abc import Sequence
from typing import Unpack

from futurone import _account_calls as calls
from futurone._async import AsyncDriver
from futurone._models import ApiKey, KeyScope
from futurone._orders import KeyOrder
from futurone._pages import AsyncPages, Pages
from futurone._sync import SyncDriver


class Keys:
    """``client.keys``. Every method raises a FuturOneError when it does not succeed."""

    def __init__(self, driver: SyncDriver) -> None:
        self._driver = driver

    def create(self, name: str, *, idempotency_key: str | None = None, **order: Unpack[KeyOrder]) -> ApiKey:
        """A new key; ``key`` and ``secret`` are shown this once. It cannot do more than the key that makes it."""
        return self._driver.perform(calls.create_key(name, order, idempotency_key=idempotency_key))

    def list(self, *, page_size: int | None = None) -> Pages[ApiKey]:
        """The workspace's keys, without their secrets."""
        return Pages(self._driver, lambda cursor: calls.key_page(page_size, cursor))

    def revoke(self, key_id: str) -> None:
        """End a key, at once and everywhere."""
        self._driver.perform(calls.revoke_key(key_id))

    def rotate(self, key_id: str, *, overlap_s: int | None = None, idempotency_key: str | None = None) -> ApiKey:
        """A successor; the old key stays good for ``overlap_s`` seconds (by default a day)."""
        return self._driver.perform(calls.rotate_key(key_id, overlap_s=overlap_s, idempotency_key=idempotency_key))

    def scope(self, key_id: str, *, apply: bool = False, capabilities: Sequence[str] | None = None) -> KeyScope:
        """Propose the capabilities that a key used in 30 days; ``apply`` makes them, or those named, all it may do."""
        return self._driver.perform(calls.scope_key(key_id, apply=apply, capabilities=capabilities))


class AsyncKeys:
    """``client.keys`` of the asyncio client."""

    def __init__(self, driver: AsyncDriver) -> None:
        self._driver = driver

    async def create(self, name: str, *, idempotency_key: str | None = None, **order: Unpack[KeyOrder]) -> ApiKey:
        """A new key; ``key`` and ``secret`` are shown this once. It cannot do more than the key that makes it."""
        return await self._driver.perform(calls.create_key(name, order, idempotency_key=idempotency_key))

    def list(self, *, page_size: int | None = None) -> AsyncPages[ApiKey]:
        """The workspace's keys, without their secrets."""
        return AsyncPages(self._driver, lambda cursor: calls.key_page(page_size, cursor))

    async def revoke(self, key_id: str) -> None:
        """End a key, at once and everywhere."""
        await self._driver.perform(calls.revoke_key(key_id))

    async def rotate(self, key_id: str, *, overlap_s: int | None = None, idempotency_key: str | None = None) -> ApiKey:
        """A successor; the old key stays good for ``overlap_s`` seconds (by default a day)."""
        return await self._driver.perform(
            calls.rotate_key(key_id, overlap_s=overlap_s, idempotency_key=idempotency_key)
        )

    async def scope(self, key_id: str, *, apply: bool = False, capabilities: Sequence[str] | None = None) -> KeyScope:
        """Propose the capabilities that a key used in 30 days; ``apply`` makes them, or those named, all it may do."""
        return await self._driver.perform(calls.scope_key(key_id, apply=apply, capabilities=capabilities))
