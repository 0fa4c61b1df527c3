"""Connections: people who can be told how runs end, in a chat or by mail."""

from typing import Unpack

from futurone import _connection_calls as calls
from futurone._async import AsyncDriver
from futurone._connection_models import Connection
from futurone._orders import ConnectionChanges
from futurone._pages import AsyncPages, Pages
from futurone._sync import SyncDriver
from futurone._webhook_models import WebhookDelivery


class Connections:
    """``client.connections``. Every method raises a FuturOneError when it does not succeed."""

    def __init__(self, driver: SyncDriver) -> None:
        self._driver = driver

    def create(self, name: str, url: str, *, kind: str = "apprise", idempotency_key: str | None = None) -> Connection:
        """Connect a chat or a mailbox by its Apprise URL, which is a secret and never comes back."""
        return self._driver.perform(calls.create(name, url, kind=kind, idempotency_key=idempotency_key))

    def list(self, *, page_size: int | None = None) -> Pages[Connection]:
        """The workspace's connections, newest first."""
        return Pages(self._driver, lambda cursor: calls.page(page_size, cursor))

    def get(self, connection_id: str) -> Connection:
        """One connection with its health."""
        return self._driver.perform(calls.get(connection_id))

    def change(self, connection_id: str, **changes: Unpack[ConnectionChanges]) -> Connection:
        """Change its ``name`` or its ``url``."""
        return self._driver.perform(calls.change(connection_id, changes))

    def delete(self, connection_id: str) -> None:
        """Delete a connection; what waits for it goes to the dead letters."""
        self._driver.perform(calls.delete(connection_id))

    def test(self, connection_id: str, *, idempotency_key: str | None = None) -> WebhookDelivery:
        """Send a message that says it is a trial, once; returns what came of it."""
        return self._driver.perform(calls.test(connection_id, idempotency_key=idempotency_key))


class AsyncConnections:
    """``client.connections`` of the asyncio client."""

    def __init__(self, driver: AsyncDriver) -> None:
        self._driver = driver

    async def create(
        self, name: str, url: str, *, kind: str = "apprise", idempotency_key: str | None = None
    ) -> Connection:
        """Connect a chat or a mailbox by its Apprise URL, which is a secret and never comes back."""
        return await self._driver.perform(calls.create(name, url, kind=kind, idempotency_key=idempotency_key))

    def list(self, *, page_size: int | None = None) -> AsyncPages[Connection]:
        """The workspace's connections, newest first."""
        return AsyncPages(self._driver, lambda cursor: calls.page(page_size, cursor))

    async def get(self, connection_id: str) -> Connection:
        """One connection with its health."""
        return await self._driver.perform(calls.get(connection_id))

    async def change(self, connection_id: str, **changes: Unpack[ConnectionChanges]) -> Connection:
        """Change its ``name`` or its ``url``."""
        return await self._driver.perform(calls.change(connection_id, changes))

    async def delete(self, connection_id: str) -> None:
        """Delete a connection; what waits for it goes to the dead letters."""
        await self._driver.perform(calls.delete(connection_id))

    async def test(self, connection_id: str, *, idempotency_key: str | None = None) -> WebhookDelivery:
        """Send a message that says it is a trial, once; returns what came of it."""
        return await self._driver.perform(calls.test(connection_id, idempotency_key=idempotency_key))
