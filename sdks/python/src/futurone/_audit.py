"""The audit trail: who did what, listed and exported."""

from typing import Unpack

from futurone import _audit_calls as calls
from futurone._async import AsyncDriver
from futurone._models import AuditLine, SigningKey
from futurone._orders import AuditFilter
from futurone._pages import AsyncPages, Pages
from futurone._sync import SyncDriver


class Audit:
    """``client.audit``. Every method raises a FuturOneError when it does not succeed."""

    def __init__(self, driver: SyncDriver) -> None:
        self._driver = driver

    def list(self, **filters: Unpack[AuditFilter]) -> Pages[AuditLine]:
        """The lines that match, newest first."""
        return Pages(self._driver, lambda cursor: calls.line_page(filters, cursor))

    def export(self, *, after: int = 0) -> bytes:
        """The chain behind a line's number, oldest first, as JSON Lines with a signed end. Check it: verify_audit."""
        return self._driver.perform(calls.export(after))

    def signing_key(self) -> SigningKey:
        """The public key of the anchors; keep it somewhere else than the exports."""
        return self._driver.perform(calls.signing_key())


class AsyncAudit:
    """``client.audit`` of the asyncio client."""

    def __init__(self, driver: AsyncDriver) -> None:
        self._driver = driver

    def list(self, **filters: Unpack[AuditFilter]) -> AsyncPages[AuditLine]:
        """The lines that match, newest first."""
        return AsyncPages(self._driver, lambda cursor: calls.line_page(filters, cursor))

    async def export(self, *, after: int = 0) -> bytes:
        """The chain behind a line's number, oldest first, as JSON Lines with a signed end. Check it: verify_audit."""
        return await self._driver.perform(calls.export(after))

    async def signing_key(self) -> SigningKey:
        """The public key of the anchors; keep it somewhere else than the exports."""
        return await self._driver.perform(calls.signing_key())
