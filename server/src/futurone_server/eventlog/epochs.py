"""Hours of keys: which key wraps new runs now, and how the keys of past hours are left behind and destroyed.

A row per hour says that its key may be taken (open), that no further run takes it (closed), and that its file is no
more (destroyed). Whoever creates a run locks the row for the length of its commit, so that an hour is closed either
before or after it. What a closed hour still wraps is wrapped anew, and its file is destroyed when nothing is left.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from futurone_server.eventlog.sealing import EPOCH_PREFIX, Seals, Wrapping
from futurone_server.kit.clock import Clock
from futurone_server.kit.errors import Gone
from futurone_server.kit.ids import new_id
from futurone_server.store.database import SYSTEM, Database, Tx
from futurone_server.store.messages import Row, run
from futurone_server.store.news import tell

HOUR_S = 3_600
GRACE_S = 60
"""So long after its end an hour is closed, and so long after that its key is destroyed at the earliest.

The first lets creations pass that began before it; the second those who have read a wrapped key and open it now.
"""

_BATCH = 200
_LATEST = "SELECT id, hour, closed_at IS NOT NULL AS is_closed FROM key_epochs ORDER BY hour DESC LIMIT 1"
_ADD = (
    "INSERT INTO key_epochs (id, hour, opened_at) VALUES (%(id)s, %(hour)s, %(at)s) ON CONFLICT (hour) DO NOTHING"
    " RETURNING id"
)
_CLOSE = "UPDATE key_epochs SET closed_at = %(at)s WHERE closed_at IS NULL AND hour < %(hour)s RETURNING id"
_OPEN = "SELECT id FROM key_epochs WHERE closed_at IS NULL"
_LEAVE = "UPDATE key_epochs SET closed_at = %(at)s WHERE id = ANY(%(ids)s) AND closed_at IS NULL"
_PAST = "SELECT id FROM key_epochs WHERE closed_at IS NOT NULL AND destroyed_at IS NULL ORDER BY hour"
_USE = "SELECT id FROM key_epochs WHERE id = %(id)s AND closed_at IS NULL FOR SHARE"
_NAMED = (
    "SELECT run_id, workspace_id, sealed_key FROM log_heads"
    " WHERE sealed_key IS NOT NULL AND run_id > %(after)s AND key_epoch = ANY(%(epochs)s)"
    " ORDER BY run_id LIMIT %(limit)s FOR UPDATE SKIP LOCKED"
)
_UNNAMED = _NAMED.replace("key_epoch = ANY(%(epochs)s)", "key_epoch IS NULL")
_LOCKED = " FOR UPDATE SKIP LOCKED"
_MOVE = (
    "UPDATE log_heads h SET sealed_key = i.wrapped, key_epoch = %(epoch)s, sample = coalesce(h.sample, i.sample)"
    " FROM unnest(CAST(%(run_ids)s AS text[]), CAST(%(wrapped)s AS bytea[]), CAST(%(samples)s AS bytea[]))"
    " AS i(run_id, wrapped, sample) WHERE h.run_id = i.run_id"
)
_SPENT = (
    "SELECT id FROM key_epochs e WHERE closed_at <= %(before)s AND destroyed_at IS NULL AND NOT EXISTS"
    " (SELECT 1 FROM log_heads h WHERE h.key_epoch = e.id AND h.sealed_key IS NOT NULL)"
)
_DESTROYED = "UPDATE key_epochs SET destroyed_at = %(at)s WHERE id = %(id)s AND destroyed_at IS NULL"
_GONE = "SELECT id FROM key_epochs WHERE id = ANY(%(ids)s) AND destroyed_at IS NOT NULL"
_log = structlog.get_logger("futurone.epochs")


def hour_of(moment: datetime) -> int:
    """The number of the hour, counted since 1970."""
    return int(moment.timestamp()) // HOUR_S


@dataclass(frozen=True, kw_only=True)
class Turned:
    """What one round of the background work did: hours closed, keys of runs moved, keys of hours destroyed."""

    closed: int = 0
    moved: int = 0
    destroyed: int = 0


class Epochs:
    """The hours of one database, with their keys in one key directory."""

    def __init__(self, db: Database, seals: Seals, clock: Clock) -> None:
        self._db = db
        self._seals = seals
        self._clock = clock
        self._opening = asyncio.Lock()
        self._current: tuple[int, Wrapping] | None = None

    async def current(self) -> Wrapping:
        """What wraps the key of a run that begins now. Raises KeyMissing where the key is another directory's."""
        hour = hour_of(self._clock.now())
        if self._current is None or self._current[0] < hour:
            async with self._opening:
                if self._current is None or self._current[0] < hour:
                    self._current = await self._open(hour)
        return self._current[1]

    def turn(self) -> None:
        """What was thought to be the current hour has been closed: look anew."""
        self._current = None

    async def leave(self) -> None:
        """Close every hour whose key is not here: new runs hang on another one. For a database that was restored."""
        (rows,) = await self._db.read(SYSTEM, (_OPEN, {}))
        lost = [row.id for row in rows if self._seals.epochs.find(row.id) is None]
        await self._db.write(SYSTEM, (_LEAVE, {"ids": lost, "at": self._clock.now()}))
        self.turn()

    def forget(self, epoch_id: str) -> None:
        """An hour's key has been destroyed: drop it from this process."""
        self._seals.epochs.forget(epoch_id)
        if self._current is not None and self._current[1].epoch == epoch_id:
            self._current = None

    async def _open(self, hour: int) -> tuple[int, Wrapping]:
        """The latest open hour, else a new one: this hour, or the one after the last that a faster clock has closed."""
        (rows,) = await self._db.read(SYSTEM, (_LATEST, {}))
        if rows and rows[0].hour >= hour and not rows[0].is_closed:
            return rows[0].hour, self._wrapping(rows[0].id)
        wanted = max(hour, rows[0].hour + 1) if rows else hour
        now = self._clock.now()
        epoch_id = new_id(EPOCH_PREFIX, now)
        keys = self._seals.epochs
        await asyncio.to_thread(keys.make, epoch_id)  # on disk before anything can be wrapped by it
        (added,) = await self._db.write(SYSTEM, (_ADD, {"id": epoch_id, "hour": wanted, "at": now}))
        if not added:  # another process was quicker: its key it is
            keys.files.remove(epoch_id)
            return await self._open(hour)
        return wanted, self._wrapping(epoch_id)

    def _wrapping(self, epoch_id: str) -> Wrapping:
        return Wrapping(epoch=epoch_id, sealer=self._seals.epochs.get(epoch_id))

    async def round(self) -> Turned:
        """Close the hours that are over, wrap anew what they wrap, destroy the keys that wrap nothing any more.

        May be cut off after any commit, and done by several processes at once. Raises Unavailable.
        """
        now = self._clock.now()
        over = hour_of(now - timedelta(seconds=GRACE_S))
        (closed,) = await self._db.write(SYSTEM, (_CLOSE, {"hour": over, "at": now}))
        (past,) = await self._db.read(SYSTEM, (_PAST, {}))
        here = [row.id for row in past if self._seals.epochs.find(row.id) is not None]
        moved = await self._move(_NAMED, here) if here else 0
        moved += await self._move(_UNNAMED, [])
        destroyed = await self._destroy(now)
        return Turned(closed=len(closed), moved=moved, destroyed=destroyed)

    async def _move(self, query: str, epochs: list[str]) -> int:
        """Wrap anew, batch by batch; what somebody has locked at the moment is left to the next round."""
        moved, wanted = 0, {"after": "", "limit": _BATCH, **({"epochs": epochs} if epochs else {})}
        (rows,) = await self._db.read(SYSTEM, (query.removesuffix(_LOCKED), {**wanted, "limit": 1}))
        while rows:
            wrapping = await self.current()
            async with self._db.transaction(SYSTEM) as tx:
                rows, usable = await run(tx, (query, wanted), (_USE, {"id": wrapping.epoch}))
                if not usable:  # closed by a process with a faster clock: the next round takes another
                    self.turn()
                    return moved
                if rows:
                    wanted["after"] = rows[-1].run_id
                    moved += await self._move_batch(tx, rows, wrapping)
        return moved

    async def _move_batch(self, tx: Tx, rows: Sequence[Row], wrapping: Wrapping) -> int:
        moved: list[tuple[str, bytes, bytes]] = []
        for row in rows:
            try:
                again = self._seals.rewrap(row.workspace_id, row.run_id, row.sealed_key, wrapping)
            except Gone:
                _log.warning("epochs.key_does_not_open", run_id=row.run_id)
            else:
                moved.append((row.run_id, *again))
        names = ("run_ids", "wrapped", "samples")
        values = {name: [one[at] for one in moved] for at, name in enumerate(names)}
        await run(tx, (_MOVE, {"epoch": wrapping.epoch, **values}))
        return len(moved)

    async def _destroy(self, now: datetime) -> int:
        """Destroy the keys that are here of hours that wrap nothing, and what is left of those destroyed before."""
        files = self._seals.epochs.files
        values = {"before": now - timedelta(seconds=GRACE_S)}
        (spent,) = await self._db.read(SYSTEM, (_SPENT, values))
        here = set(files.names())
        for epoch_id in sorted(here & {row.id for row in spent}):
            # Overwritten, then written down, then unlinked: the name stands until it is known that the key was here.
            await asyncio.to_thread(files.overwrite, epoch_id)
            async with self._db.transaction(SYSTEM) as tx:
                await run(tx, (_DESTROYED, {"id": epoch_id, "at": now}))
                await tell(tx, f"epoch {epoch_id}")
            self.forget(epoch_id)
            await asyncio.to_thread(files.remove, epoch_id)
        (gone,) = await self._db.read(SYSTEM, (_GONE, {"ids": sorted(here)}))
        for epoch_id in (row.id for row in gone):
            if await asyncio.to_thread(files.overwrite, epoch_id):
                await asyncio.to_thread(files.remove, epoch_id)
        return len(here & {row.id for row in spent})
