"""Group commit: whatever all runs of this process have to say at one moment goes to disk in one transaction."""

import asyncio
import contextlib
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime

import psycopg
import structlog

from futurone_server.eventlog.appends import Append, Fenced, Write, row_of
from futurone_server.eventlog.audit import adding_of
from futurone_server.eventlog.events import Event
from futurone_server.eventlog.news import News
from futurone_server.kit import json
from futurone_server.kit.clock import Clock
from futurone_server.kit.errors import Unavailable
from futurone_server.store.database import SYSTEM, Database
from futurone_server.store.messages import Statement, committed, pipelined, run
from futurone_server.store.refusals import as_unavailable

_APPEND = """
WITH touched AS (
  SELECT * FROM unnest(CAST(%(runs)s AS text[]), CAST(%(epochs)s AS int[]), CAST(%(counts)s AS int[]),
    CAST(%(closes)s AS bool[]))
    AS t(run_id, epoch, n, close)
), moved AS (
  UPDATE log_heads h SET seq = h.seq + t.n, closed = t.close FROM touched t
  WHERE h.run_id = t.run_id AND h.epoch = t.epoch AND NOT h.closed
  RETURNING h.run_id, h.epoch, h.workspace_id, h.seq - t.n AS base,
    pg_notify('futurone', 'run ' || h.run_id || ' ' || h.seq) AS told
), input AS (
  SELECT * FROM json_to_recordset(CAST(%(rows)s AS json))
    AS i(run_id text, epoch int, ord int, type text, at timestamptz, name text, facts jsonb, content text)
), added AS (
  INSERT INTO events (run_id, workspace_id, seq, type, at, epoch, name, facts, content, had_content)
  SELECT i.run_id, m.workspace_id, m.base + i.ord, i.type, i.at, i.epoch, i.name, i.facts,
    decode(i.content, 'base64'), i.content IS NOT NULL
  FROM input i JOIN moved m ON m.run_id = i.run_id AND m.epoch = i.epoch
)
SELECT t.run_id, t.epoch, m.base, m.told, 1 / CAST(m.run_id IS NOT NULL AS int) AS is_held
FROM touched t LEFT JOIN moved m ON m.run_id = t.run_id AND m.epoch = t.epoch
"""
"""Fails when any of the runs is fenced, by the division: nothing else of a fenced run may be stored either."""

_HELD = (
    "SELECT h.run_id, h.epoch FROM log_heads h"
    " JOIN unnest(CAST(%(runs)s AS text[]), CAST(%(epochs)s AS int[])) AS t(run_id, epoch)"
    " ON h.run_id = t.run_id AND h.epoch = t.epoch WHERE NOT h.closed"
)
_KNOWN = (
    "SELECT e.run_id, e.name, e.seq FROM events e"
    " JOIN unnest(CAST(%(run_id)s AS text[]), CAST(%(name)s AS text[])) AS i(run_id, name)"
    " ON e.run_id = i.run_id AND e.name = i.name"
)
_RETRY_S = (0.05, 0.2, 0.5, 1.0, 2.0)
_BATCH_EVENTS_MAX = 2_000
_log = structlog.get_logger("futurone.log")


_Waiting = tuple[Append, "asyncio.Future[None]"]
_Held = tuple[str, int]
"""A run, and the epoch in which it is in our hands."""

_Groups = dict[_Held, list[_Waiting]]


class GroupCommit:
    """The one writer of a process."""

    def __init__(self, db: Database, news: News, clock: Clock) -> None:
        self._db = db
        self._news = news
        self._clock = clock
        self._waiting: list[_Waiting] = []
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._driver: psycopg.AsyncConnection[tuple[object, ...]] | None = None
        self._stopping = False

    def start(self) -> None:
        """Begin to commit."""
        self._task = asyncio.create_task(self._run(), name="group-commit")

    async def stop(self) -> None:
        """Commit what waits, then stop. What comes later is refused as fenced."""
        self._stopping = True
        self._wake.set()
        if self._task is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._task, 5)
        await self._disconnect()

    def put(self, append: Append) -> "asyncio.Future[None]":
        """Hand over an append; the future is done when it is durable, or fails with Fenced."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self._stopping:
            done.set_exception(Fenced(append.run_id))
        else:
            self._waiting.append((append, done))
            self._wake.set()
        return done

    async def _run(self) -> None:
        while not (self._stopping and not self._waiting):
            await self._wake.wait()
            self._wake.clear()
            # One turn of the loop lets every run that is awake say what it has to say into the same commit.
            await asyncio.sleep(0)
            while self._waiting:
                await self._commit_surely(self._take())

    def _take(self) -> list[_Waiting]:
        total = count = 0
        while count < len(self._waiting) and total < _BATCH_EVENTS_MAX:
            total += len(self._waiting[count][0].drafts)
            count += 1
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        return batch

    async def _commit_surely(self, batch: list[_Waiting]) -> None:
        """Commit a batch; while the database is away, wait for it. One append's defect harms no other."""
        uncertain = False
        for attempt in range(10**9):
            try:
                pending = await self._without_committed(batch) if uncertain else batch
                if pending:
                    await self._commit(pending)
            except Unavailable:
                uncertain = True
                if self._stopping:
                    break
                _log.warning("log.waiting_for_database", attempt=attempt)
                await asyncio.sleep(_RETRY_S[min(attempt, len(_RETRY_S) - 1)])
            except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to one append and must reach its run
                await self._one_by_one(batch, error)
                return
            else:
                return
        for append, done in batch:
            _fail(done, Fenced(append.run_id))

    async def _one_by_one(self, batch: list[_Waiting], error: Exception) -> None:
        if len(batch) == 1:
            _fail(batch[0][1], error)
            return
        for one in batch:
            await self._commit_surely([one])

    async def _without_committed(self, batch: list[_Waiting]) -> list[_Waiting]:
        """After a lost connection: leave out what had reached the disk all the same. Names tell."""
        names = [(append.run_id, name) for append, _ in batch for name, _ in append.drafts]
        async with self._db.transaction(SYSTEM) as tx:
            values = {"run_id": [run for run, _ in names], "name": [name for _, name in names]}
            (found,) = await run(tx, (_KNOWN, values))
        known = {(row.run_id, row.name): row.seq for row in found}
        rest = []
        for append, done in batch:
            if append.drafts and all((append.run_id, name) in known for name, _ in append.drafts):
                _succeed(done)
                last = max(known[append.run_id, name] for name, _ in append.drafts)
                self._news.hear(f"run {append.run_id} {last}")
            else:
                rest.append((append, done))
        return rest

    async def _commit(self, batch: list[_Waiting]) -> None:
        groups: _Groups = {}
        for one in batch:
            groups.setdefault((one[0].run_id, one[0].epoch), []).append(one)
        now = self._clock.now()
        bases = await self._store(groups, now)
        for held, group in groups.items():
            if held in bases:
                events = _events(held[0], group, base=bases[held], at=now)
                for _, done in group:
                    _succeed(done)
                self._news.committed(held[0], events)
            else:
                for _, done in group:
                    _fail(done, Fenced(held[0]))

    async def _store(self, groups: "_Groups", now: datetime) -> "dict[_Held, int]":
        """One transaction; returns for each run that was not fenced the number before its first new event."""
        driver = await self._connected()
        try:
            while groups:
                try:
                    # In one message, as if none were fenced, which is nearly always so.
                    (found, *_) = await committed(
                        driver, [(_APPEND, _values(groups, now)), *_writes(groups), *adding_of(_appends(groups), now)]
                    )
                except psycopg.errors.DivisionByZero:
                    groups = await _held(driver, groups)
                else:
                    return {(row.run_id, row.epoch): row.base for row in found}
        except psycopg.Error as error:
            await self._disconnect()
            refusal = as_unavailable(error)
            raise refusal or error from error
        return {}

    async def _connected(self) -> "psycopg.AsyncConnection[tuple[object, ...]]":
        if self._driver is None or self._driver.closed:
            self._driver = await self._db.writer()
            self._news.writer_pid = self._driver.info.backend_pid
        return self._driver

    async def _disconnect(self) -> None:
        # Whatever state the connection is in, a new one is in a known one.
        if self._driver is not None:
            await self._driver.close()
            self._driver = None


async def _held(driver: "psycopg.AsyncConnection[tuple[object, ...]]", groups: "_Groups") -> "_Groups":
    """Those of the runs that are still in our hands."""
    (rows,) = await pipelined(driver, [(_HELD, _heads(groups))])
    held = {(row.run_id, row.epoch) for row in rows}
    return {one: group for one, group in groups.items() if one in held}


def _heads(groups: "_Groups") -> dict[str, object]:
    return {"runs": [run_id for run_id, _ in groups], "epochs": [epoch for _, epoch in groups]}


def _values(groups: "_Groups", now: datetime) -> dict[str, object]:
    """What the one statement takes that numbers and inserts everything."""
    parts = [_rows(group, at=now) for group in groups.values()]
    # The events travel as one JSON text: the driver would write arrays element by element, in Python.
    events = [{**row, "ord": number, "content": _base64(row)} for part in parts for number, row in enumerate(part, 1)]
    return {
        **_heads(groups),
        "counts": [len(part) for part in parts],
        "closes": [any(append.close for append, _ in group) for group in groups.values()],
        "rows": json.dump(events).decode(),
    }


def _rows(group: list[_Waiting], *, at: datetime) -> list[dict[str, object]]:
    return [
        row_of(append.run_id, append.epoch, name, draft, append.seal, at=at)
        for append, _ in group
        for name, draft in append.drafts
    ]


def _base64(row: Mapping[str, object]) -> str | None:
    content = row["content"]
    return b64encode(content).decode() if isinstance(content, bytes) else None


def _appends(groups: "_Groups") -> list[Append]:
    return [append for group in groups.values() for append, _ in group]


def _writes(groups: "_Groups") -> list[Statement]:
    """The row changes of a batch in their order, without those that a later one takes the place of."""
    appends = _appends(groups)
    last: dict[tuple[str, str], Write] = {}
    for append in appends:
        for write in append.writes:
            if write.supersedes is not None:
                last[append.run_id, write.supersedes] = write
    kept = [
        write
        for append in appends
        for write in append.writes
        if write.supersedes is None or last[append.run_id, write.supersedes] is write
    ]
    return [(write.statement, write.values) for write in sorted(kept, key=lambda one: one.contended or "")]


def _events(run_id: str, group: list[_Waiting], *, base: int, at: datetime) -> list[Event]:
    drafts = [draft for append, _ in group for _, draft in append.drafts]
    return [
        Event(run_id=run_id, seq=seq, type=d.type, at=at, facts=d.facts, content=d.content, redacted=False)
        for seq, d in enumerate(drafts, base + 1)
    ]


def _succeed(done: "asyncio.Future[None]") -> None:
    if not done.done():
        done.set_result(None)


def _fail(done: "asyncio.Future[None]", error: BaseException) -> None:
    if not done.done():
        done.set_exception(error)
