"""Webhooks: who is told of outcomes, what became of every delivery, and sending dead letters again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Unpack

from futurone import _webhook_calls as calls
from futurone._async import AsyncDriver
from futurone._orders import DeliveryFilter, EndpointChanges
from futurone._pages import AsyncPages, Pages
from futurone._sync import SyncDriver
from futurone._webhook_models import Replayed, WebhookDelivery, WebhookEndpoint, WebhookSecret


class Webhooks:
    """``client.webhooks``. Every method raises a FuturOneError when it does not succeed."""

    def __init__(self, driver: SyncDriver) -> None:
        self._driver = driver

    def create(
        self,
        url: str,
        *,
        events: Sequence[str] | None = None,
        description: str | None = None,
        idempotency_key: str | None = None,
    ) -> WebhookEndpoint:
        """Have an address told of events (by default of every outcome). ``secret`` is shown this once."""
        return self._driver.perform(calls.create(url, events, description, idempotency_key=idempotency_key))

    def list(self, *, page_size: int | None = None) -> Pages[WebhookEndpoint]:
        """The workspace's endpoints, without their secrets."""
        return Pages(self._driver, lambda cursor: calls.endpoint_page(page_size, cursor))

    def get(self, endpoint_id: str) -> WebhookEndpoint:
        """One endpoint with its health."""
        return self._driver.perform(calls.get(endpoint_id))

    def change(self, endpoint_id: str, **changes: Unpack[EndpointChanges]) -> WebhookEndpoint:
        """Change its ``url``, ``events``, ``description`` or ``status`` (``enabled``, ``disabled``)."""
        return self._driver.perform(calls.change(endpoint_id, changes))

    def delete(self, endpoint_id: str) -> None:
        """Delete an endpoint; what waits for it goes to the dead letters."""
        self._driver.perform(calls.delete(endpoint_id))

    def rotate_secret(
        self,
        endpoint_id: str,
        *,
        overlap_s: int | None = None,
        cut_over: bool = False,
        idempotency_key: str | None = None,
    ) -> WebhookEndpoint:
        """A new secret beside the old one for ``overlap_s`` seconds (by default a day); ``cut_over`` ends that."""
        call = calls.rotate(endpoint_id, overlap_s=overlap_s, cut_over=cut_over, idempotency_key=idempotency_key)
        return self._driver.perform(call)

    def rotate_signing_secret(
        self, *, overlap_s: int | None = None, cut_over: bool = False, idempotency_key: str | None = None
    ) -> WebhookSecret:
        """A new secret (or the first) for the addresses that runs name in ``webhook_url``."""
        call = calls.rotate_signing(overlap_s=overlap_s, cut_over=cut_over, idempotency_key=idempotency_key)
        return self._driver.perform(call)

    def test(self, endpoint_id: str, *, idempotency_key: str | None = None) -> WebhookDelivery:
        """Send the event ``webhook.test`` once; returns what came of it."""
        return self._driver.perform(calls.test(endpoint_id, idempotency_key=idempotency_key))

    def deliveries(self, **filters: Unpack[DeliveryFilter]) -> Pages[WebhookDelivery]:
        """What was told to whom, newest first, for thirty days."""
        return Pages(self._driver, lambda cursor: calls.delivery_page(filters, cursor))

    def dead_letters(self, **filters: Unpack[DeliveryFilter]) -> Pages[WebhookDelivery]:
        """What could not be delivered, newest first, for seven days; each with its ``event``."""
        return Pages(self._driver, lambda cursor: calls.dead_page(filters, cursor))

    def replay(self, delivery_id: str, *, idempotency_key: str | None = None) -> WebhookDelivery:
        """Send a dead letter again: same event id, a fresh schedule."""
        return self._driver.perform(calls.replay(delivery_id, idempotency_key=idempotency_key))

    def replay_many(
        self,
        ids: Sequence[str] | None = None,
        *,
        after: datetime | str | None = None,
        before: datetime | str | None = None,
        endpoint_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> Replayed:
        """Send several again: by ``ids``, or those that died from ``after`` until ``before``."""
        call = calls.replay_many(ids, after, before, endpoint_id=endpoint_id, idempotency_key=idempotency_key)
        return self._driver.perform(call)


class AsyncWebhooks:
    """``client.webhooks`` of the asyncio client."""

    def __init__(self, driver: AsyncDriver) -> None:
        self._driver = driver

    async def create(
        self,
        url: str,
        *,
        events: Sequence[str] | None = None,
        description: str | None = None,
        idempotency_key: str | None = None,
    ) -> WebhookEndpoint:
        """Have an address told of events (by default of every outcome). ``secret`` is shown this once."""
        return await self._driver.perform(calls.create(url, events, description, idempotency_key=idempotency_key))

    def list(self, *, page_size: int | None = None) -> AsyncPages[WebhookEndpoint]:
        """The workspace's endpoints, without their secrets."""
        return AsyncPages(self._driver, lambda cursor: calls.endpoint_page(page_size, cursor))

    async def get(self, endpoint_id: str) -> WebhookEndpoint:
        """One endpoint with its health."""
        return await self._driver.perform(calls.get(endpoint_id))

    async def change(self, endpoint_id: str, **changes: Unpack[EndpointChanges]) -> WebhookEndpoint:
        """Change its ``url``, ``events``, ``description`` or ``status`` (``enabled``, ``disabled``)."""
        return await self._driver.perform(calls.change(endpoint_id, changes))

    async def delete(self, endpoint_id: str) -> None:
        """Delete an endpoint; what waits for it goes to the dead letters."""
        await self._driver.perform(calls.delete(endpoint_id))

    async def rotate_secret(
        self,
        endpoint_id: str,
        *,
        overlap_s: int | None = None,
        cut_over: bool = False,
        idempotency_key: str | None = None,
    ) -> WebhookEndpoint:
        """A new secret beside the old one for ``overlap_s`` seconds (by default a day); ``cut_over`` ends that."""
        call = calls.rotate(endpoint_id, overlap_s=overlap_s, cut_over=cut_over, idempotency_key=idempotency_key)
        return await self._driver.perform(call)

    async def rotate_signing_secret(
        self, *, overlap_s: int | None = None, cut_over: bool = False, idempotency_key: str | None = None
    ) -> WebhookSecret:
        """A new secret (or the first) for the addresses that runs name in ``webhook_url``."""
        call = calls.rotate_signing(overlap_s=overlap_s, cut_over=cut_over, idempotency_key=idempotency_key)
        return await self._driver.perform(call)

    async def test(self, endpoint_id: str, *, idempotency_key: str | None = None) -> WebhookDelivery:
        """Send the event ``webhook.test`` once; returns what came of it."""
        return await self._driver.perform(calls.test(endpoint_id, idempotency_key=idempotency_key))

    def deliveries(self, **filters: Unpack[DeliveryFilter]) -> AsyncPages[WebhookDelivery]:
        """What was told to whom, newest first, for thirty days."""
        return AsyncPages(self._driver, lambda cursor: calls.delivery_page(filters, cursor))

    def dead_letters(self, **filters: Unpack[DeliveryFilter]) -> AsyncPages[WebhookDelivery]:
        """What could not be delivered, newest first, for seven days; each with its ``event``."""
        return AsyncPages(self._driver, lambda cursor: calls.dead_page(filters, cursor))

    async def replay(self, delivery_id: str, *, idempotency_key: str | None = None) -> WebhookDelivery:
        """Send a dead letter again: same event id, a fresh schedule."""
        return await self._driver.perform(calls.replay(delivery_id, idempotency_key=idempotency_key))

    async def replay_many(
        self,
        ids: Sequence[str] | None = None,
        *,
        after: datetime | str | None = None,
        before: datetime | str | None = None,
        endpoint_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> Replayed:
        """Send several again: by ``ids``, or those that died from ``after`` until ``before``."""
        call = calls.replay_many(ids, after, before, endpoint_id=endpoint_id, idempotency_key=idempotency_key)
        return await self._driver.perform(call)
