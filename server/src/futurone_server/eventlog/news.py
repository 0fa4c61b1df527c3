"""News between processes: PostgreSQL's LISTEN/NOTIFY as a hint, and one safety look a second over what is followed.

A hint may be lost without harm. What is told here: a run's log has grown, a run wants a worker, a run has ended or was
erased, keys have changed.
"""

import asyncio
import contextlib
from collections import defaultdict, deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence

import psycopg
import structlog

from futurone_server.eventlog.events import Event, EventType
from futurone_server.kit.errors import Unavailable
from futurone_server.store.database import Database
from futurone_server.store.news import CHANNEL

_RING_EVENTS = 2_048
_SAFETY_LOOK_S = 1.0
_RECONNECT_S = 0.5
_log = structlog.get_logger("futurone.news")


class Feed:
    """What this process knows of one followed run: its last number, and the newest events while someone reads."""

    __slots__ = ("_waiting", "head", "readers", "removed", "ring")

    def __init__(self) -> None:
        self.head = 0
        self.readers = 0
        self.removed = False
        self.ring: deque[Event] = deque(maxlen=_RING_EVENTS)
        self._waiting: set[asyncio.Future[None]] = set()

    def offer(self, events: Sequence[Event]) -> None:
        """Take in events that were just committed, if they follow on what is known."""
        for event in events:
            if self.ring and event.seq != self.ring[-1].seq + 1:
                self.ring.clear()
            self.ring.append(event)
        self.advance(events[-1].seq)

    def advance(self, seq: int) -> None:
        """The log is known to reach this number: wake the readers."""
        if seq > self.head:
            self.head = seq
            self.wake()

    def wake(self) -> None:
        """Let every reader look again."""
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()

    def after(self, seq: int, limit: int) -> list[Event]:
        """The events after a number, if memory holds them without a gap; else nothing."""
        if not self.ring or self.ring[0].seq > seq + 1 or self.ring[-1].seq <= seq:
            return []
        start = seq + 1 - self.ring[0].seq
        return [self.ring[i] for i in range(start, min(len(self.ring), start + limit))]

    async def changed(self, timeout_s: float) -> bool:
        """Wait until something may have changed; False after the time-out."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        handle = asyncio.get_running_loop().call_later(timeout_s, waiter.cancel)
        try:
            await waiter
        except asyncio.CancelledError:
            if not waiter.cancelled() or _being_cancelled():
                raise
            return False
        finally:
            handle.cancel()
            self._waiting.discard(waiter)
        return True


def _being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _notes(connection: "psycopg.pq.abc.PGconn") -> AsyncGenerator[tuple[int, str], None]:
    """Each notification, with the database's process that sent it, as it comes.

    The driver's own way of waiting for them wakes up ten times a second.
    """
    loop, socket = asyncio.get_running_loop(), connection.socket
    came = asyncio.Event()
    loop.add_reader(socket, came.set)
    try:
        while True:
            await came.wait()
            came.clear()
            connection.consume_input()
            while (note := connection.notifies()) is not None:
                yield note.be_pid, note.extra.decode()
    finally:
        loop.remove_reader(socket)


Hearer = Callable[[str], None]


class News:
    """One process's ear: tells local listeners what happened here and elsewhere."""

    def __init__(self, db: Database, heads: Callable[[Sequence[str]], Awaitable[dict[str, int]]]) -> None:
        self._db = db
        self._heads = heads
        self._feeds: dict[str, Feed] = {}
        self._hearers: defaultdict[str, list[Hearer]] = defaultdict(list)
        self._tasks: list[asyncio.Task[None]] = []
        self.writer_pid = 0
        """The database's process that serves this process's log writer."""

    def when(self, topic: str, hearer: Hearer) -> None:
        """Call a function with the rest of each message of a topic; it must not block."""
        self._hearers[topic].append(hearer)

    def join(self, run_id: str) -> Feed:
        """Follow a run. Pair with ``leave``."""
        feed = self._feeds.setdefault(run_id, Feed())
        feed.readers += 1
        return feed

    def head_of(self, run_id: str) -> int:
        """The last number that is known here of a followed run."""
        feed = self._feeds.get(run_id)
        return 0 if feed is None else feed.head

    def leave(self, run_id: str) -> None:
        """Follow a run no longer."""
        feed = self._feeds.get(run_id)
        if feed is not None:
            feed.readers -= 1
            if feed.readers <= 0:
                del self._feeds[run_id]

    def committed(self, run_id: str, events: Sequence[Event]) -> None:
        """These events of a run were committed by this process."""
        feed = self._feeds.get(run_id)
        if feed is not None and events:
            feed.offer(events)

    def hear(self, message: str) -> None:
        """Take in one message: ``run <id> <seq>``, ``erased <id>``, or another topic and its rest."""
        topic, _, rest = message.partition(" ")
        if topic == "run":
            run_id, _, seq = rest.partition(" ")
            feed = self._feeds.get(run_id)
            if feed is not None and seq.isdecimal():
                feed.advance(int(seq))
        elif topic in ("erased", "removed"):
            feed = self._feeds.get(rest)
            if feed is not None:
                feed.ring.clear()
                feed.removed = topic == "removed"
                feed.wake()
        for hearer in self._hearers.get(topic, ()):
            hearer(rest)

    async def start(self) -> None:
        """Begin to listen and to look."""
        self._tasks = [asyncio.create_task(self._listen(), name="news"), asyncio.create_task(self._look(), name="look")]

    async def stop(self) -> None:
        """Stop listening; wake every reader so that it can end."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for feed in self._feeds.values():
            feed.wake()

    async def _listen(self) -> None:
        while True:
            try:
                connection = await self._db.connection()
                try:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    async for sender, message in _notes(connection.pgconn):
                        # What this process's own writer has to tell comes with its events in a moment: hearing of it
                        # first would only send every reader to the database.
                        if sender != self.writer_pid or not message.startswith("run "):
                            self.hear(message)
                finally:
                    await connection.close()
            except (psycopg.Error, Unavailable) as error:
                _log.info("news.lost", error=type(error).__name__)
            await asyncio.sleep(_RECONNECT_S)

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(_SAFETY_LOOK_S)
            self.hear("queue")
            if self._feeds:
                with contextlib.suppress(Unavailable):
                    self._compare(list(self._feeds), await self._heads(list(self._feeds)))

    def _compare(self, followed: Sequence[str], heads: Mapping[str, int]) -> None:
        """What the log says of the followed runs; one that it no longer knows has been deleted."""
        for run_id in followed:
            feed = self._feeds.get(run_id)
            if feed is not None and run_id in heads:
                feed.advance(heads[run_id])
            elif feed is not None:
                self.hear(f"removed {run_id}")


def is_last(event: Event) -> bool:
    """Whether nothing can follow this event."""
    return event.type is EventType.ENDED
