"""Append to a run's log and read it: dense numbers, sealed content, fenced writers."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import delete, select

from futurone_server.eventlog import tables
from futurone_server.eventlog.appends import row_of
from futurone_server.eventlog.audit import SYSTEM_ACTOR, Actor, adding, lines_of, record
from futurone_server.eventlog.contents import Contents
from futurone_server.eventlog.epochkeys import KeyMissing
from futurone_server.eventlog.epochs import Epochs
from futurone_server.eventlog.events import Draft, Event, EventType
from futurone_server.eventlog.news import News, is_last
from futurone_server.eventlog.run_log import RunLog
from futurone_server.eventlog.sealing import RunSeal, Seals
from futurone_server.eventlog.writing import GroupCommit
from futurone_server.kit import json, limits
from futurone_server.kit.clock import Clock
from futurone_server.kit.crypto import new_key
from futurone_server.kit.errors import Conflict, Gone, NotFound
from futurone_server.store.database import SYSTEM, Database, Tx, of_workspace
from futurone_server.store.messages import Statement, run
from futurone_server.store.news import tell

_READERS_MAX = 4
"""Pages that are read at once: many lagging readers must not take every connection from the work itself."""

_log = structlog.get_logger("futurone.log")
_ADVANCE = (
    "UPDATE log_heads SET seq = seq + %(n)s, closed = %(close)s, epoch = epoch + %(bump)s"
    " WHERE run_id = %(run_id)s AND NOT closed"
    " RETURNING seq - %(n)s AS base, epoch, sealed_key,"
    " pg_notify('futurone', 'run ' || run_id || ' ' || seq)"
)
_PAGE = (
    "SELECT e.seq, e.type, e.at, e.name, e.facts, e.content, e.had_content, h.sealed_key"
    " FROM events e JOIN log_heads h ON h.run_id = e.run_id"
    " WHERE e.run_id = %(run_id)s AND e.seq > %(after)s ORDER BY e.seq LIMIT %(limit)s"
)
_HEADS = "SELECT run_id, seq FROM log_heads WHERE run_id = ANY(%(run_ids)s)"
_OPEN = (
    "INSERT INTO log_heads (run_id, workspace_id, seq, sealed_key, key_epoch, sample)"
    " SELECT %(run_id)s, %(workspace_id)s, %(seq)s, %(sealed_key)s, %(key_epoch)s, %(sample)s"
)
_OPEN_IN_EPOCH = f"{_OPEN} FROM key_epochs WHERE id = %(key_epoch)s AND closed_at IS NULL FOR SHARE"
"""Inserts nothing where the epoch has been closed, and then what follows in the same transaction fails."""

_ADD = (
    "INSERT INTO events (run_id, workspace_id, seq, type, at, epoch, name, facts, content, had_content)"
    " VALUES (%(run_id)s, %(workspace_id)s, %(seq)s, %(type)s, %(at)s, %(epoch)s, %(name)s,"
    " CAST(%(facts)s AS jsonb), %(content)s, %(had_content)s)"
)


@dataclass(frozen=True, kw_only=True)
class Head:
    """Where a run's log stands."""

    workspace_id: str
    seq: int
    closed: bool
    erased: bool


class EventLog:
    """The logs of all runs."""

    def __init__(self, db: Database, seals: Seals, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self.seals = seals
        self.contents = Contents(seals)
        self._reading = asyncio.Semaphore(_READERS_MAX)
        self._pages: dict[tuple[str, str, int, int], asyncio.Task[list[Event]]] = {}
        self.news = News(db, self._heads)
        self.news.when("erased", seals.forget)
        self.epochs = Epochs(db, seals, clock)
        self.news.when("epoch", self.epochs.forget)
        self._commits = GroupCommit(db, self.news, clock)

    async def start(self) -> None:
        """Begin to listen for news and to commit."""
        await self.news.start()
        self._commits.start()

    async def stop(self) -> None:
        """Commit what is waiting, then stop."""
        await self._commits.stop()
        await self.news.stop()

    async def opening(
        self, workspace_id: str, run_id: str, *drafts: Draft, actor: Actor = SYSTEM_ACTOR, is_kept: bool = False
    ) -> tuple[RunSeal, list[Statement]]:
        """What begins the log of a new run with its first events, to be sent in the transaction that creates it.

        ``is_kept``: its content outlives its end, and so its key is wrapped by the long-lived key. Where the hour of
        keys has been closed since, the transaction fails (ParentMissingError): call ``epochs.turn`` and begin again.
        """
        new = self.seals.new_run(workspace_id, run_id, self.seals.kept() if is_kept else await self.epochs.current())
        head = {"run_id": run_id, "workspace_id": workspace_id, "seq": len(drafts)}
        head |= {"sealed_key": new.wrapped, "key_epoch": new.epoch, "sample": new.sample}
        told = adding(workspace_id, lines_of(run_id, drafts, actor), self._clock.now())
        opened = (_OPEN if is_kept else _OPEN_IN_EPOCH, head)
        return new.seal, [opened, *self._adding(new.seal, drafts, base=0, epoch=0), *told]

    async def add(
        self,
        tx: Tx,
        workspace_id: str,
        run_id: str,
        *drafts: Draft,
        close: bool = False,
        fence: bool = False,
        actor: Actor = SYSTEM_ACTOR,
    ) -> int:
        """Append inside a use case's transaction; this is what orders it against everything else of that run.

        ``close`` ends the log; ``fence`` shuts out the worker that holds the run; ``actor`` is whose act it is. Returns
        the last number. Raises Conflict with reason RUN_ALREADY_TERMINAL when the log is closed.
        """
        moved = {"run_id": run_id, "n": len(drafts), "close": close, "bump": 1 if fence or close else 0}
        (rows,) = await run(tx, (_ADVANCE, moved))
        if not rows:
            raise Conflict("The run has already ended.", "RUN_ALREADY_TERMINAL")
        seal = self._seal_of(workspace_id, run_id, rows[0].sealed_key, is_last=close)
        if drafts:
            await run(tx, *self._adding(seal, drafts, base=rows[0].base, epoch=rows[0].epoch))
            await record(tx, workspace_id, *lines_of(run_id, drafts, actor), at=self._clock.now())
        return int(rows[0].base) + len(drafts)

    def _seal_of(self, workspace_id: str, run_id: str, wrapped: bytes | None, *, is_last: bool) -> RunSeal:
        try:
            return self.seals.of_run(workspace_id, run_id, wrapped)
        except KeyMissing:
            if not is_last:
                raise
            # A run whose key is lost must still be able to end: what it says last is sealed under a key nobody keeps.
            return RunSeal(workspace_id, run_id, new_key())

    def _adding(self, seal: RunSeal, drafts: Sequence[Draft], *, base: int, epoch: int) -> list[Statement]:
        now = self._clock.now()
        statements: list[Statement] = []
        for seq, draft in enumerate(drafts, base + 1):
            row = row_of(seal.run_id, epoch, draft.name or f"#{seq}", draft, seal, at=now)
            row |= {"workspace_id": seal.workspace_id, "seq": seq, "facts": json.dump(row["facts"]).decode()}
            statements.append((_ADD, row))
        return statements

    def was_claimed(self, run_id: str, seq: int, at: datetime) -> None:
        """A worker of this process has claimed a new run, and its log says so under this number: tell the readers."""
        begun = Event(
            run_id=run_id, seq=seq, type=EventType.WORKER_STARTED, at=at, facts={}, content=None, redacted=False
        )
        self.news.committed(run_id, [begun])

    def in_hand(self, run_id: str, *, epoch: int, seal: RunSeal, names: set[str]) -> RunLog:
        """The log of a run whose epoch has just been raised for this worker, with the names of what has happened."""
        return RunLog(self._commits, run_id, epoch, seal, names)

    async def head(self, tx: Tx, run_id: str) -> Head:
        """Where a run's log stands. Raises NotFound for an absent or a foreign run."""
        row = (await tx.execute(select(tables.heads).where(tables.heads.c.run_id == run_id))).one_or_none()
        if row is None:
            raise NotFound("There is no such run in this workspace.")
        return Head(workspace_id=row.workspace_id, seq=row.seq, closed=row.closed, erased=row.sealed_key is None)

    async def page(self, workspace_id: str, run_id: str, after: int, limit: int) -> list[Event]:
        """The events after a number, oldest first; content is left out once it has been erased."""
        values = {"run_id": run_id, "after": after, "limit": limit}
        async with self._reading:
            (rows,) = await self._db.read(of_workspace(workspace_id), (_PAGE, values))
        found = []
        for row in rows:
            content = self._opened(workspace_id, run_id, row.name, row.content, row.sealed_key)
            redacted = row.had_content and content is None
            found.append(
                Event(
                    run_id=run_id,
                    seq=row.seq,
                    type=EventType(row.type),
                    at=row.at,
                    facts=row.facts,
                    content=content,
                    redacted=redacted,
                )
            )
        return found

    async def _shared_page(self, workspace_id: str, run_id: str, after: int) -> list[Event]:
        """The page of a stream. Readers that ask for the same one at the same time share one look."""
        wanted = (workspace_id, run_id, after, self.news.head_of(run_id))
        reading = self._pages.get(wanted)
        if reading is None:
            page = self.page(workspace_id, run_id, after, limits.STREAM_PAGE_EVENTS)
            reading = self._pages[wanted] = asyncio.create_task(page, name="page")
            reading.add_done_callback(lambda _: self._pages.pop(wanted, None))
        # Shielded: a reader that goes away takes nothing from the others.
        return await asyncio.shield(reading)

    def _opened(
        self, workspace_id: str, run_id: str, name: str, sealed: bytes | None, wrapped: bytes | None
    ) -> dict[str, object] | None:
        if sealed is None:
            return None
        try:
            value = self.seals.of_run(workspace_id, run_id, wrapped).open_json(f"events|{name}", sealed)
        except Gone:
            return None
        except KeyMissing:
            _log.warning("log.key_missing", run_id=run_id)
            return None
        assert isinstance(value, dict)
        return value

    async def follow(
        self, workspace_id: str, run_id: str, after: int, *, idle_s: float
    ) -> AsyncGenerator[list[Event], None]:
        """The events after a number, in order, without gap or repeat, until the run's last one.

        Yields an empty list whenever nothing has happened for ``idle_s`` seconds. Joins the news first and reads the
        log second, so that nothing can fall between; memory only serves what follows on without a gap. Raises Gone when
        the run is deleted.
        """
        feed = self.news.join(run_id)
        cursor = after
        has_read = False
        try:
            while not feed.removed:
                found = feed.after(cursor, limits.STREAM_PAGE_EVENTS) if has_read else []
                if not found and (not has_read or feed.head > cursor):
                    before = feed.head
                    found = await self._shared_page(workspace_id, run_id, cursor)
                    has_read = True
                    if not found and feed.head != before:
                        continue  # something was committed while an older view of the log was being read
                if found:
                    cursor = found[-1].seq
                    feed.advance(cursor)  # also wakes those who have not heard of it yet
                    yield found
                    if is_last(found[-1]):
                        return
                elif not await feed.changed(idle_s):
                    yield []
            raise Gone("The run has been deleted.")
        finally:
            self.news.leave(run_id)

    async def _heads(self, run_ids: Sequence[str]) -> dict[str, int]:
        (rows,) = await self._db.read(SYSTEM, (_HEADS, {"run_ids": list(run_ids)}))
        return {row.run_id: row.seq for row in rows}

    async def remove(self, tx: Tx, run_id: str) -> None:
        """Delete a run's log, head, events and contents."""
        await tx.execute(delete(tables.heads).where(tables.heads.c.run_id == run_id))
        await tell(tx, f"removed {run_id}")
