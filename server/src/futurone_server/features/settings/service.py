"""The use cases of a workspace's settings and projects."""

from collections.abc import Sequence
from dataclasses import dataclass

from futurone_server.eventlog import record
from futurone_server.features.keys import Capability, Mode, Principal
from futurone_server.features.workspaces import Project, RetentionMode, Workspace, WorkspaceService
from futurone_server.kit.clock import Clock
from futurone_server.kit.errors import Conflict, Forbidden, NotFound
from futurone_server.kit.ids import new_id
from futurone_server.kit.page import Page, Window
from futurone_server.store import idempotency
from futurone_server.store.database import Database, Tx, of_workspace
from futurone_server.store.idempotency import Once

_PROJECTS_MAX = 1_000


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What is to change of a workspace; None leaves it as it is. ``window_s`` is in seconds."""

    name: str | None = None
    threshold: float | None = None
    retention: RetentionMode | None = None
    window_s: int | None = None
    default_agent: str | None = None
    runs_at_once: int | None = None
    queued_runs: int | None = None
    models: Sequence[str] | None = None
    all_models: bool = False
    """Whether the runs may ask every model again."""

    def values(self) -> dict[str, object]:
        """What changes, by the names of the columns."""
        found = {name: value for name, value in vars(self).items() if value is not None and name != "all_models"}
        if self.all_models:
            found["models"] = None
        return found | ({"retention": self.retention.value} if self.retention is not None else {})


class SettingsService:
    """Shows and changes a workspace, and its projects. New runs follow within a second; those under way keep theirs."""

    def __init__(self, db: Database, clock: Clock, workspaces: WorkspaceService) -> None:
        self._db = db
        self._clock = clock
        self._workspaces = workspaces

    async def show(self, caller: Principal) -> Workspace:
        """The caller's workspace as it is now."""
        caller.require(Capability.RUNS_READ)
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            return await self._workspaces.get(tx, caller.workspace_id)

    async def change(self, caller: Principal, changes: Changes) -> Workspace:
        """Change the workspace. Raises Forbidden for a key that is limited to a part of it, or to test runs."""
        caller.require(Capability.WORKSPACE_MANAGE)
        caller.require_whole()
        if caller.mode is Mode.TEST:
            raise Forbidden("A test key cannot change what live runs start from; use a live one.")
        values = changes.values()
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            if values:
                await self._workspaces.change(tx, caller.workspace_id, values)
                told = {name: value for name, value in values.items() if name != "name"}
                act = caller.act("workspace.changed", caller.workspace_id, changed=sorted(values), **told)
                await record(tx, caller.workspace_id, act, at=self._clock.now())
            return await self._workspaces.get(tx, caller.workspace_id)

    async def projects(self, caller: Principal, window: Window) -> Page[Project]:
        """The projects that the key reaches, oldest first."""
        caller.require(Capability.RUNS_READ)
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            return await self._workspaces.projects(tx, caller.workspace_id, window, only=caller.projects)

    async def add_project(self, caller: Principal, name: str, once: Once | None = None) -> tuple[Project, bool]:
        """A new project, and whether the same request made it before. Raises Conflict when there are too many."""
        caller.require(Capability.WORKSPACE_MANAGE)
        caller.require_whole()
        now, workspace_id = self._clock.now(), caller.workspace_id
        project = Project(id=new_id("prj_", now), workspace_id=workspace_id, name=name, created_at=now)
        async with self._db.transaction(of_workspace(workspace_id)) as tx:
            earlier = await idempotency.claim(tx, once, workspace_id=workspace_id, resource_id=project.id, at=now)
            if earlier is not None:
                return await self._project(tx, workspace_id, earlier), True
            if len(await self._workspaces.project_ids(tx, workspace_id)) >= _PROJECTS_MAX:
                raise Conflict(f"A workspace has at most {_PROJECTS_MAX} projects.")
            await self._workspaces.add_project(tx, project)
            await record(tx, workspace_id, caller.act("project.created", project.id), at=now)
        return project, False

    async def rename_project(self, caller: Principal, project_id: str, name: str) -> Project:
        """Give a project another name. Raises NotFound."""
        caller.require(Capability.WORKSPACE_MANAGE)
        caller.require_whole()
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            await self._workspaces.rename_project(tx, caller.workspace_id, project_id, name)
            await record(tx, caller.workspace_id, caller.act("project.renamed", project_id), at=self._clock.now())
            return await self._project(tx, caller.workspace_id, project_id)

    async def _project(self, tx: Tx, workspace_id: str, project_id: str) -> Project:
        found = await self._workspaces.project(tx, workspace_id, project_id)
        if found is None:
            raise NotFound("There is no such project in this workspace.")
        return found
