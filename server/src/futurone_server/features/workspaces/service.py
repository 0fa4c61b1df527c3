"""The use cases of workspaces."""

from collections.abc import Mapping, Sequence

from futurone_server.features.workspaces import store
from futurone_server.features.workspaces.types import Project, RetentionMode, Workspace
from futurone_server.kit.clock import Clock
from futurone_server.kit.errors import NotFound, invalid_field
from futurone_server.kit.ids import new_id
from futurone_server.kit.page import Page, Window
from futurone_server.store.database import Database, Tx, of_workspace

_SETTINGS_MAX_AGE_S = 1.0


class WorkspaceService:
    """Makes and finds workspaces."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._cached: dict[str, tuple[float, Workspace]] = {}

    async def first_or_new(self, tx: Tx) -> Workspace:
        """The first workspace; made on the very first start, inside the caller's transaction."""
        found = await store.first(tx)
        if found is not None:
            return found
        now = self._clock.now()
        workspace_id, project_id = new_id("ws_", now), new_id("prj_", now)
        workspace = Workspace(
            id=workspace_id,
            name="Default",
            threshold=0.85,
            retention=RetentionMode.ZERO,
            window_s=24 * 60 * 60,
            default_agent="research",
            default_project_id=project_id,
            created_at=now,
        )
        project = Project(id=project_id, workspace_id=workspace_id, name="Default", created_at=now)
        await store.add(tx, workspace, project)
        return workspace

    async def settings(self, workspace_id: str) -> Workspace:
        """A workspace with its settings, at most a second old."""
        at, cached = self._cached.get(workspace_id, (0.0, None))
        if cached is not None and self._clock.monotonic() - at < _SETTINGS_MAX_AGE_S:
            return cached
        async with self._db.transaction(of_workspace(workspace_id)) as tx:
            found = await store.get(tx, workspace_id)
        if found is None:
            raise NotFound("There is no such workspace.")
        self._cached[workspace_id] = (self._clock.monotonic(), found)
        return found

    async def get(self, tx: Tx, workspace_id: str) -> Workspace:
        """A workspace as it is now, in an open transaction. Raises NotFound."""
        found = await store.get(tx, workspace_id)
        if found is None:
            raise NotFound("There is no such workspace.")
        return found

    async def change(self, tx: Tx, workspace_id: str, values: Mapping[str, object]) -> None:
        """Change settings, by the names of their columns; this process follows at once, others within a second."""
        await store.change(tx, workspace_id, values)
        self._cached.pop(workspace_id, None)

    async def projects(
        self, tx: Tx, workspace_id: str, window: Window, *, only: frozenset[str] | None = None
    ) -> Page[Project]:
        """The workspace's projects, oldest first; ``only`` leaves out all others."""
        return await store.projects_page(tx, workspace_id, window, only)

    async def project(self, tx: Tx, workspace_id: str, project_id: str) -> Project | None:
        """One project of a workspace."""
        return await store.project(tx, workspace_id, project_id)

    async def add_project(self, tx: Tx, project: Project) -> None:
        """Store a new project."""
        await store.add_project(tx, project)

    async def rename_project(self, tx: Tx, workspace_id: str, project_id: str, name: str) -> None:
        """Give a project another name; nothing happens when there is none."""
        await store.rename_project(tx, workspace_id, project_id, name)

    async def check_projects(self, workspace_id: str, project_ids: Sequence[str]) -> None:
        """Refuse a list with a project that the workspace does not have. Raises Invalid, naming its place."""
        if not project_ids:
            return
        async with self._db.transaction(of_workspace(workspace_id)) as tx:
            known = await store.project_ids(tx, workspace_id)
        for number, one in enumerate(project_ids):
            if one not in known:
                raise invalid_field(f"projects.{number}", "there is no such project in this workspace")

    async def project_ids(self, tx: Tx, workspace_id: str) -> set[str]:
        """The ids of a workspace's projects."""
        return await store.project_ids(tx, workspace_id)
