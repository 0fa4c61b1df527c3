"""The SQL of workspaces."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Row, func, insert, select, tuple_, update

from futurone_server.features.workspaces.tables import projects, workspaces
from futurone_server.features.workspaces.types import Project, RetentionMode, Workspace
from futurone_server.kit.page import Page, Window
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


async def change(tx: Tx, workspace_id: str, values: Mapping[str, object]) -> None:
    """Change columns of a workspace."""
    await tx.execute(update(workspaces).where(workspaces.c.id == workspace_id).values(values))


async def add_project(tx: Tx, project: Project) -> None:
    """Store a new project."""
    await tx.execute(insert(projects).values(vars(project)))


async def rename_project(tx: Tx, workspace_id: str, project_id: str, name: str) -> None:
    """Give a project another name."""
    mine = (projects.c.workspace_id == workspace_id, projects.c.id == project_id)
    await tx.execute(update(projects).where(*mine).values(name=name))


async def project(tx: Tx, workspace_id: str, project_id: str) -> Project | None:
    """One project of a workspace."""
    mine = (projects.c.workspace_id == workspace_id, projects.c.id == project_id)
    row = (await tx.execute(select(projects).where(*mine))).one_or_none()
    return None if row is None else Project(**row._mapping)


async def projects_page(tx: Tx, workspace_id: str, window: Window, only: frozenset[str] | None) -> Page[Project]:
    """The projects of a workspace, oldest first."""
    mine = [projects.c.workspace_id == workspace_id]
    if only is not None:
        mine.append(projects.c.id.in_(sorted(only)))
    total = (await tx.execute(select(func.count()).select_from(projects).where(*mine))).scalar_one()
    query = select(projects).where(*mine).order_by(projects.c.created_at, projects.c.id)
    if window.after is not None:
        at, project_id = datetime.fromisoformat(window.after[0]), window.after[1]
        query = query.where(tuple_(projects.c.created_at, projects.c.id) > tuple_(at, project_id))
    rows = (await tx.execute(query.offset(window.offset).limit(window.limit + 1))).all()
    found = tuple(Project(**row._mapping) for row in rows[: window.limit])
    more = (found[-1].created_at.isoformat(), found[-1].id) if len(rows) > window.limit else None
    return Page(items=found, total=total, window=window, next_after=more)
