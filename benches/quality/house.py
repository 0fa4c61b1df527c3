"""A whole server in this process, on a throw-away embedded PostgreSQL: runs over files, carried out here and now."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from futurone_server.config import Config
from futurone_server.eventlog import Content
from futurone_server.features.keys import Capability, Mode, Principal
from futurone_server.features.runs import Budget, Order, Run, RunWork
from futurone_server.features.vault import Label
from futurone_server.features.workspaces import Project, RetentionMode, Workspace
from futurone_server.features.workspaces import store as workspace_rows
from futurone_server.kit.clock import SystemClock
from futurone_server.kit.ids import new_id
from futurone_server.main import Server, assemble
from futurone_server.migrations.upgrade import upgrade
from futurone_server.models.port import Models
from futurone_server.store.database import SYSTEM
from futurone_server.store.embedded import EmbeddedPostgres

_ROOT_KEY = bytes(range(32))
_THRESHOLD = 0.85


@dataclass(frozen=True, kw_only=True)
class Told:
    """A finished run, the text of its report and the verifier's account; empty where there is none."""

    run: Run
    report: str
    account: dict[str, Any]


class House:
    """One workspace of a server in this process."""

    def __init__(self, server: Server, caller: Principal) -> None:
        self._server = server
        self._caller = caller

    async def keep(self, name: str, data: bytes) -> str:
        """Put a file into the vault; returns its id."""

        async def chunks() -> AsyncIterator[bytes]:
            yield data

        stored = await self._server.desk.vault.upload(self._caller, chunks(), lambda _: Label(name=name))
        return stored.file.id

    async def research(self, task: str, files: Sequence[str], models: Models) -> Told:
        """A research run from its order to its end."""
        conductor = self._server.worker.conductor
        conductor._equipment = replace(conductor._equipment, models=models)
        order = Order(agent="research", brief=Content({"task": task}), files=tuple(files), metadata={}, budget=Budget())
        run = (await self._server.desk.runs.create(self._caller, order, request_id="req_quality")).run
        work = RunWork(self._server.desk.runs._house)
        for claimed in (await work.claim(self._server.worker.engine.worker_id, 100)).runs:
            conductor.expect(claimed)
        await conductor.segment(f"{run.id}:1.0")
        return await self._told(await self._server.desk.runs.get(self._caller, run.id))

    async def _told(self, run: Run) -> Told:
        desk = self._server.desk.deliverables
        found = (await desk.artifacts(self._caller, [run]))[run.id]
        report = next((one for one in found if one.type == "report"), None)
        text = ""
        if report is not None:
            text = str((await desk.artifact(self._caller, run.id, report.id))[1]["text"])
        _, account = await desk.verification(self._caller, run.id)
        return Told(run=run, report=text, account=dict(account or {}))


@contextmanager
def _database() -> Iterator[tuple[str, str | None]]:
    """A cluster that is gone afterwards: its address and the role that the server takes."""
    folder = Path(tempfile.mkdtemp(prefix="futurone-quality-"))
    postgres = EmbeddedPostgres(folder, settings={"fsync": "off", "full_page_writes": "off"})
    try:
        url = postgres.start().url()
        yield url, upgrade(url)
    finally:
        postgres.stop(mode="immediate")
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def open_house() -> AsyncIterator[House]:
    """A server with one workspace, which is gone afterwards."""
    with _database() as (url, role):
        server = assemble(Config(), url=url, role=role, root_key=_ROOT_KEY, clock=SystemClock())
        await server.desk.log.start()
        try:
            yield House(server, await _add_workspace(server))
        finally:
            server.desk.streams.cut_all()
            await server.worker.conductor.drop_all()
            await server.desk.log.stop()
            await server.desk.db.close()


async def _add_workspace(server: Server) -> Principal:
    now = server.desk.clock.now()
    workspace_id, project_id = new_id("ws_", now), new_id("prj_", now)
    workspace = Workspace(
        id=workspace_id,
        name="Quality",
        default_agent="research",
        default_project_id=project_id,
        created_at=now,
        threshold=_THRESHOLD,
        retention=RetentionMode.ZERO,
        window_s=86_400,
    )
    project = Project(id=project_id, workspace_id=workspace_id, name="Default", created_at=now)
    async with server.desk.db.transaction(SYSTEM) as tx:
        await workspace_rows.add(tx, workspace, project)
    return Principal(
        workspace_id=workspace_id,
        projects=None,
        agents=None,
        expires_at=None,
        mode=Mode.LIVE,
        key_id=new_id("key_", now),
        capabilities=frozenset(Capability),
    )
