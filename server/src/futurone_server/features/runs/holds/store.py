"""The SQL of holds: which new runs must not start yet, because of what, and until when."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from futurone_server.store.database import Tx
from futurone_server.store.messages import Statement, run

COVERS = (
    "x.workspace_id = r.workspace_id AND (x.scope = 'workspace'"
    " OR (x.scope, x.scope_id) IN (('project', r.project_id), ('key', r.created_by)))"
)
"""SQL for whether hold ``x`` is about run ``r``; live runs that have not started are held, and no others."""

OF_RUN = (
    f"SELECT x.id AS held_by, x.until AS held_until FROM run_holds x WHERE {COVERS}"  # noqa: S608 - our own words
    " AND r.status = 'queued' AND r.mode = 'live' ORDER BY x.until DESC NULLS FIRST, x.id LIMIT 1"
)
"""SQL for what holds run ``r`` the longest."""

_HOLD = (
    "INSERT INTO run_holds (id, workspace_id, scope, scope_id, until)"
    " VALUES (%(id)s, %(workspace_id)s, %(scope)s, %(scope_id)s, %(until)s)"
    " ON CONFLICT (id) DO UPDATE SET until = excluded.until"
)
_RELEASE = "DELETE FROM run_holds WHERE NOT id = ANY(%(kept)s) RETURNING id"
_HELD = "SELECT id, until FROM run_holds"


@dataclass(frozen=True, kw_only=True)
class Hold:
    """New runs of a workspace, a project or a key stay queued because of ``id``; None: no time ends it."""

    id: str
    workspace_id: str
    scope: str
    scope_id: str
    until: datetime | None


def holding(hold: Hold) -> Statement:
    """The statement that keeps new runs from starting."""
    return _HOLD, vars(hold)


async def all_holds(tx: Tx) -> Mapping[str, datetime | None]:
    """All holds, with their ends."""
    (rows,) = await run(tx, (_HELD, {}))
    return {row.id: row.until for row in rows}


async def end_holds(tx: Tx, *, but: Collection[str]) -> bool:
    """End every other hold; whether there was one."""
    (rows,) = await run(tx, (_RELEASE, {"kept": list(but)}))
    return bool(rows)
