"""The open streams of this process, so that they can be cut: on drain, on revocation, on expiry."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from futurone_server.kit import limits
from futurone_server.kit.errors import RateLimited, Unavailable

_CHECK_EVERY_S = 2.0


class Streams:
    """Who streams what. A cut stream is aborted, never ended cleanly: clients take a clean end for the run's."""

    def __init__(self, per_key_max: int | None = None) -> None:
        """``per_key_max``: how many one key may have open in this process."""
        self._per_key_max = per_key_max
        self._by_key: defaultdict[str, set[asyncio.Task[object]]] = defaultdict(set)
        self.is_draining = False

    @property
    def count(self) -> int:
        """How many are open in this process."""
        return sum(len(tasks) for tasks in self._by_key.values())

    @contextmanager
    def opened(self, key_id: str) -> Iterator[None]:
        """Count the present task as an open stream of a key. Raises RateLimited at the cap, Unavailable on drain."""
        if self.is_draining:
            raise Unavailable("This server is about to stop. Try again shortly.")
        mine = self._by_key[key_id]
        most = limits.STREAMS_PER_KEY_MAX if self._per_key_max is None else self._per_key_max
        if len(mine) >= most:
            raise RateLimited(f"This key has {most} streams open. Close some first.")
        task = asyncio.current_task()
        assert task is not None
        mine.add(task)
        try:
            yield
        finally:
            mine.discard(task)
            if not mine:
                self._by_key.pop(key_id, None)

    def cut(self, key_id: str) -> None:
        """Abort every stream of a key."""
        for task in list(self._by_key.get(key_id, ())):
            task.cancel()

    def cut_all(self) -> None:
        """Abort every stream: this process goes."""
        self.is_draining = True
        for key_id in list(self._by_key):
            self.cut(key_id)

    async def keep_checking(self, still_holds: Callable[[str], Awaitable[bool]]) -> None:
        """Cut the streams of keys that no longer hold: revoked (should the news be lost) or expired. Runs for ever."""
        while True:
            await asyncio.sleep(_CHECK_EVERY_S)
            for key_id in list(self._by_key):
                if not await still_holds(key_id):
                    self.cut(key_id)
