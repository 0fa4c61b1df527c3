"""Logs on a real database: one, or two as in two processes, with runs in the hands of either."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import insert, select, text, update

from futurone_server.eventlog import Draft, EpochKeys, Event, EventLog, EventType, RunLog, Seals, Write, tables
from futurone_server.features.workspaces.tables import workspaces
from futurone_server.kit.clock import SystemClock
from futurone_server.kit.ids import new_id
from futurone_server.store import rootkey
from futurone_server.store.database import APP_ROLE, SYSTEM, Database, of_workspace
from futurone_server.store.keyfiles import KeyFiles
from futurone_server.store.messages import run
from house import ROOT_KEY, data_dir

CLOCK = SystemClock()
LAST = Draft(type=EventType.ENDED, facts={"status": "completed"}, content={"summary": "done"}, name="ended")


def said(number: int, *, name: str | None = None) -> Draft:
    """An event that carries a number, in its facts and in its content."""
    return Draft(type=EventType.NARRATION, facts={"n": number}, content={"text": f"event {number}"}, name=name)


def numbers(events: Sequence[Event]) -> list[object]:
    """What ``said`` had put into events."""
    return [event.facts["n"] for event in events if "n" in event.facts]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One database, one workspace, and the logs of as many processes as a test opens."""

    db: Database
    log: EventLog
    workspace_id: str

    async def new_run(self, log: EventLog | None = None) -> RunLog:
        """A run with its first event, in the hands of a log's process."""
        run_id = new_id("fo_run_", CLOCK.now())
        first = Draft(type=EventType.CREATED, name="created")
        _, statements = await self.log.opening(self.workspace_id, run_id, first)
        async with self.db.transaction(of_workspace(self.workspace_id)) as tx:
            await run(tx, *statements)
        return await self.take(run_id, log)

    async def take(self, run_id: str, log: EventLog | None = None) -> RunLog:
        """Take a run in hand; whoever had it can write no more."""
        h, e = tables.heads.c, tables.events.c
        raised = update(tables.heads).where(h.run_id == run_id).values(epoch=h.epoch + 1).returning(h.epoch)
        async with self.db.transaction(SYSTEM) as tx:
            epoch = (await tx.execute(raised)).scalar_one()
            seal = await self.log.contents.seal_of(tx, self.workspace_id, run_id)
            names = set((await tx.execute(select(e.name).where(e.run_id == run_id))).scalars())
        return (log or self.log).in_hand(run_id, epoch=epoch, seal=seal, names=names)

    async def events(self, run_id: str, after: int = 0) -> list[Event]:
        """All events of a run after a number."""
        found: list[Event] = []
        while page := await self.log.page(self.workspace_id, run_id, found[-1].seq if found else after, 500):
            found += page
        return found

    async def check_dense(self, run_id: str) -> list[Event]:
        """The events, once their numbers have been found to be 1..n, and the head to say n."""
        found = await self.events(run_id)
        assert [event.seq for event in found] == list(range(1, len(found) + 1))
        async with self.db.transaction(of_workspace(self.workspace_id)) as tx:
            assert (await self.log.head(tx, run_id)).seq == len(found)
        return found

    async def value(self, sql: str, **values: object) -> object:
        """One value out of the database."""
        async with self.db.transaction(SYSTEM) as tx:
            return (await tx.execute(text(sql), values)).scalar_one()


def epoch_keys(url: str) -> EpochKeys:
    """The keys of hours as a process of this database holds them."""
    return EpochKeys(KeyFiles(rootkey.epochs_in(data_dir(url))), ROOT_KEY)


@asynccontextmanager
async def another_log(url: str) -> AsyncIterator[EventLog]:
    """A log as another process has it: with its own connections, its own ear, the same root key."""
    db = Database(url, role=APP_ROLE)
    log = EventLog(db, Seals(ROOT_KEY, epoch_keys(url)), CLOCK)
    await log.start()
    try:
        yield log
    finally:
        await log.stop()
        await db.close()


@asynccontextmanager
async def open_scene(url: str) -> AsyncIterator[Scene]:
    """A scene in a database."""
    db = Database(url, role=APP_ROLE)
    workspace_id = new_id("ws_", CLOCK.now())
    async with another_log(url) as log:
        async with db.transaction(SYSTEM) as tx:
            row = {"id": workspace_id, "name": "W", "default_project_id": "prj_1", "created_at": CLOCK.now()}
            await tx.execute(insert(workspaces).values(row))
        yield Scene(db=db, log=log, workspace_id=workspace_id)
        await db.close()


def deafen(log: EventLog) -> None:
    """Lose every hint from other processes: stop listening, as when the connection hangs."""
    for task in log.news._tasks:
        if task.get_name() == "news":
            task.cancel()


NOTE = "INSERT INTO due (kind, ref, workspace_id, at) VALUES ('note', %(ref)s, %(workspace_id)s, now())"


def note(scene: Scene, ref: str) -> Write:
    """A row that is to be written together with an event."""
    return Write(statement=NOTE, values={"ref": ref, "workspace_id": scene.workspace_id})
