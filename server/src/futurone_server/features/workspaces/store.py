"""The SQL of workspaces."""

from sqlalchemy import Row, insert, select

from futurone_server.features.workspaces.tables import projects, workspaces
from futurone_server.features.workspaces.types import Project, RetentionMode, Workspace
from futurone_server.store.database import Tx


def _workspace(row: Row[tuple[object, ...]]) -> Workspace:
    values = dict(row._mapping)
    return Workspace(**{**values, "retention": RetentionMode(values["retention"])})


async def first(tx: Tx) -> Workspace | None:
    """The oldest workspace, if there is any."""
    row = (await tx.execute(select(workspaces).order_by(workspaces.c.created_at).limit(1))).one_or_none()
    return None if row is None else _workspace(row)


async def get(tx: Tx, workspace_id: str) -> Workspace | None:
    """One workspace."""
    row = (await tx.execute(select(workspaces).where(workspaces.c.id == workspace_id))).one_or_none()
    return None if row is None else _workspace(row)


async def add(tx: Tx, workspace: Workspace, project: Project) -> None:
    """Store a new workspace with its default project."""
    values = {**vars(workspace), "retention": workspace.retention.value}
    await tx.execute(insert(workspaces).values(values))
    await tx.execute(insert(projects).values(vars(project)))


async def project_ids(tx: Tx, workspace_id: str) -> set[str]:
    """The ids of a workspace's projects."""
    query = select(projects.c.id).where(projects.c.workspace_id == workspace_id)
    return set((await tx.execute(query)).scalars())
