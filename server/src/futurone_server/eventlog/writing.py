"""Group commit: whatever all runs of this process have to say at one moment goes to disk in one transaction."""

import asyncio
import contextlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime

import psycopg
import structlog

from futurone_server.eventlog.appends import Append, Fenced, Write, row_of
from futurone_server.eventlog.events import Event
from futurone_server.eventlog.news import News
from futurone_server.kit import json
from futurone_server.kit.clock import Clock
from futurone_server.kit.errors import Unavailable
from futurone_server.store.database import SYSTEM, Database, Statement, pipelined, run
from futurone_server.store.refusals import as_unavailable

_APPEND = """
WITH touched AS (
  SELECT * FROM unnest(CAST(%(runs)s AS text[]), CAST(%(epochs)s AS int[]), CAST(%(counts)s AS int[]),
    CAST(%(closes)s AS bool[]))
    AS t(run_id, epoch, n, close)
), moved AS (
  UPDATE log_heads h SET seq = h.seq + t.n, closed = t.close FROM touched t
  WHERE h.run_id = t.run_id AND h.epoch = t.epoch AND NOT h.closed
  RETURNING h.run_id, h.workspace_id, h.seq - t.n AS base,
    pg_notify('futurone', 'run ' || h.run_id || ' ' || h.seq) AS told
), input AS (
  SELECT * FROM json_to_recordset(CAST(%(rows)s AS json))
    AS i(run_id text, epoch int, ord int, type text, at timestamptz, name text, facts jsonb, content text)
), added AS (
  INSERT INTO events (run_id, workspace_id, seq, type, at, epoch, name, facts, content, had_content)
  SELECT i.run_id, m.workspace_id, m.base + i.ord, i.type, i.at, i.epoch, i.name, i.facts,
    decode(i.content, 'base64'), i.content IS NOT NULL
  FROM input i JOIN moved m ON m.run_id = i.run_id
)
SELECT t.run_id, m.base, m.told, 1 / CAST(m.run_id IS NOT NULL OR %(some)s AS int) AS is_allowed
FROM touched t LEFT JOIN moved m ON m.run_id = t.run_id
"""
_KNOWN = (
    "SELECT e.run_id, e.name, e.seq FROM events e"
    " JOIN unnest(CAST(%(run_id)s AS text[]), CAST(%(name)s AS text[])) AS i(run_id, name)"
    " ON e.run_id = i.run_id AND e.name = i.name"
)
_RETRY_S = (0.05, 0.2, 0.5, 1.0, 2.0)
_BATCH_EVENTS_MAX = 2_000
_log = structlog.get_logger("futurone.log")


_Waiting = tuple[Append, "asyncio.Future[None]"]


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
        groups: dict[tuple[str, int], list[_Waiting]] = {}
        for one in batch:
            groups.setdefault((one[0].run_id, one[0].epoch), []).append(one)
        now = self._clock.now()
        rows = [_rows(group, at=now) for group in groups.values()]
        bases = await self._store(groups, rows)
        for (run_id, _), group in groups.items():
            if run_id in bases:
                events = _events(run_id, group, base=bases[run_id], at=now)
                for _, done in group:
                    _succeed(done)
                self._news.committed(run_id, events)
            else:
                for _, done in group:
                    _fail(done, Fenced(run_id))

    async def _store(
        self, groups: Mapping[tuple[str, int], list[_Waiting]], rows: Sequence[list[dict[str, object]]]
    ) -> dict[str, int]:
        """One transaction; returns for each run that was not fenced the number before its first new event."""
        driver = await self._connected()
        values = _values(groups, rows)
        try:
            try:
                return await _store_all(driver, values, [one[0] for group in groups.values() for one in group])
            except psycopg.errors.DivisionByZero:
                await driver.rollback()
            _, found = await pipelined(driver, [("BEGIN", {}), (_APPEND, {**values, "some": True})])
            bases = {row.run_id: row.base for row in found if row.base is not None}
            appends = [one[0] for (run_id, _), group in groups.items() if run_id in bases for one in group]
            await pipelined(driver, [*_writes(appends), ("COMMIT", {})])
        except psycopg.Error as error:
            await self._disconnect()
            refusal = as_unavailable(error)
            raise refusal or error from error
        return bases

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


async def _store_all(
    driver: "psycopg.AsyncConnection[tuple[object, ...]]", values: Mapping[str, object], appends: Sequence[Append]
) -> dict[str, int]:
    # In one message, as if none were fenced, which is nearly always so. Else it fails, for nothing else of a fenced run
    # may be stored either.
    append = (_APPEND, {**values, "some": False})
    _, found, *_ = await pipelined(driver, [("BEGIN", {}), append, *_writes(appends), ("COMMIT", {})])
    return {row.run_id: row.base for row in found}


def _rows(group: list[_Waiting], *, at: datetime) -> list[dict[str, object]]:
    return [
        row_of(append.run_id, append.epoch, name, draft, append.seal, at=at)
        for append, _ in group
        for name, draft in append.drafts
    ]


def _values(
    groups: Mapping[tuple[str, int], list[_Waiting]], rows: Sequence[list[dict[str, object]]]
) -> dict[str, object]:
    """What the one statement takes that numbers and inserts everything."""
    # The events travel as one JSON text: the driver would write arrays element by element, in Python.
    events = [{**row, "ord": number, "content": _base64(row)} for part in rows for number, row in enumerate(part, 1)]
    return {
        "runs": [run_id for run_id, _ in groups],
        "epochs": [epoch for _, epoch in groups],
        "counts": [len(part) for part in rows],
        "closes": [any(append.close for append, _ in group) for group in groups.values()],
        "rows": json.dump(events).decode(),
    }


def _base64(row: Mapping[str, object]) -> str | None:
    content = row["content"]
    return b64encode(content).decode() if isinstance(content, bytes) else None


def _writes(appends: Sequence[Append]) -> list[Statement]:
    """The row changes of a batch in their order, without those that a later one takes the place of."""
    last: dict[tuple[str, str], Write] = {}
    for append in appends:
        for write in append.writes:
            if write.supersedes is not None:
                last[append.run_id, write.supersedes] = write
    return [
        (write.statement, write.values)
        for append in appends
        for write in append.writes
        if write.supersedes is None or last[append.run_id, write.supersedes] is write
    ]


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
