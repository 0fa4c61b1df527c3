"""The workspace: its settings and its projects."""

from typing import Unpack

from futurone import _workspace_calls as calls
from futurone._async import AsyncDriver
from futurone._models import Project, WorkspaceSettings
from futurone._orders import WorkspaceChanges
from futurone._pages import AsyncPages, Pages
from futurone._sync import SyncDriver


class Workspace:
    """``client.workspace``. Every method raises a FuturOneError when it does not succeed."""

    def __init__(self, driver: SyncDriver) -> None:
        self._driver = driver

    def get(self) -> WorkspaceSettings:
        """The settings that runs start from."""
        return self._driver.perform(calls.get_workspace())

    def change(self, **changes: Unpack[WorkspaceChanges]) -> WorkspaceSettings:
        """Change what is named, and leave the rest; new runs follow within a second."""
        return self._driver.perform(calls.change_workspace(changes))

    def projects(self, *, page_size: int | None = None) -> Pages[Project]:
        """The projects that the key reaches, oldest first."""
        return Pages(self._driver, lambda cursor: calls.project_page(page_size, cursor))

    def create_project(self, name: str, *, idempotency_key: str | None = None) -> Project:
        """A part of the workspace that keys can be limited to."""
        return self._driver.perform(calls.create_project(name, idempotency_key=idempotency_key))

    def rename_project(self, project_id: str, name: str) -> Project:
        """Give a project another name; its id stays."""
        return self._driver.perform(calls.rename_project(project_id, name))


class AsyncWorkspace:
    """``client.workspace`` of the asyncio client."""

    def __init__(self, driver: AsyncDriver) -> None:
        self._driver = driver

    async def get(self) -> WorkspaceSettings:
        """The settings that runs start from."""
        return await self._driver.perform(calls.get_workspace())

    async def change(self, **changes: Unpack[WorkspaceChanges]) -> WorkspaceSettings:
        """Change what is named, and leave the rest; new runs follow within a second."""
        return await self._driver.perform(calls.change_workspace(changes))

    def projects(self, *, page_size: int | None = None) -> AsyncPages[Project]:
        """The projects that the key reaches, oldest first."""
        return AsyncPages(self._driver, lambda cursor: calls.project_page(page_size, cursor))

    async def create_project(self, name: str, *, idempotency_key: str | None = None) -> Project:
        """A part of the workspace that keys can be limited to."""
        return await self._driver.perform(calls.create_project(name, idempotency_key=idempotency_key))

    async def rename_project(self, project_id: str, name: str) -> Project:
        """Give a project another name; its id stays."""
        return await self._driver.perform(calls.rename_project(project_id, name))
