"""The vault: files that runs work on."""

from typing import Unpack

from futurone import _vault_calls as calls
from futurone._async import AsyncDriver
from futurone._models import VaultFile
from futurone._orders import FileFilter
from futurone._pages import AsyncPages, Pages
from futurone._requests import Source
from futurone._sync import SyncDriver


class Vault:
    """``client.vault``. Every method raises a FuturOneError when it does not succeed."""

    def __init__(self, driver: SyncDriver) -> None:
        self._driver = driver

    def upload(
        self,
        source: Source,
        *,
        name: str | None = None,
        folder_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> VaultFile:
        """Store a file: a path, bytes, or a file opened in binary mode, all of it. Raises OSError for a bad path."""
        return self._driver.perform(
            calls.upload(source, name=name, folder_id=folder_id, idempotency_key=idempotency_key)
        )

    def list(self, **filters: Unpack[FileFilter]) -> Pages[VaultFile]:
        """The files that match, fetched as you iterate."""
        return Pages(self._driver, lambda cursor: calls.file_page(filters, cursor))

    def get(self, file_id: str) -> VaultFile:
        """A file's description."""
        return self._driver.perform(calls.get_file(file_id))

    def download(self, file_id: str) -> bytes:
        """A file's content."""
        return self._driver.run(calls.download(file_id, self._driver.policy, base_url=self._driver.settings.base_url))

    def delete(self, file_id: str) -> None:
        """Delete a file for good; runs that still need it fail."""
        self._driver.perform(calls.delete_file(file_id))


class AsyncVault:
    """``client.vault`` of the asyncio client."""

    def __init__(self, driver: AsyncDriver) -> None:
        self._driver = driver

    async def upload(
        self,
        source: Source,
        *,
        name: str | None = None,
        folder_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> VaultFile:
        """Store a file: a path, bytes, or a file opened in binary mode, all of it. Raises OSError for a bad path."""
        return await self._driver.perform(
            calls.upload(source, name=name, folder_id=folder_id, idempotency_key=idempotency_key)
        )

    def list(self, **filters: Unpack[FileFilter]) -> AsyncPages[VaultFile]:
        """The files that match, fetched as you iterate."""
        return AsyncPages(self._driver, lambda cursor: calls.file_page(filters, cursor))

    async def get(self, file_id: str) -> VaultFile:
        """A file's description."""
        return await self._driver.perform(calls.get_file(file_id))

    async def download(self, file_id: str) -> bytes:
        """A file's content."""
        return await self._driver.run(
            calls.download(file_id, self._driver.policy, base_url=self._driver.settings.base_url)
        )

    async def delete(self, file_id: str) -> None:
        """Delete a file for good; runs that still need it fail."""
        await self._driver.perform(calls.delete_file(file_id))
