"""Turns: how many analyses run at once in this worker, and whose is next, so that no run keeps the others waiting."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager


class Turns:
    """Places for work: ``at_once`` of them, at most ``for_one`` for one run. Runs that wait are served in turn."""

    def __init__(self, *, at_once: int, for_one: int) -> None:
        self._free, self._for_one = at_once, for_one
        self._waiting: dict[Hashable, deque[asyncio.Future[None]]] = {}
        self._working: Counter[Hashable] = Counter()

    @asynccontextmanager
    async def turn(self, run: Hashable) -> AsyncIterator[None]:
        """Wait for a place, and have it until the end of the block."""
        called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(run, deque()).append(called)
        try:
            self._call()
            await called
            yield
        finally:
            self._leave(run, called)

    def _call(self) -> None:
        """Give free places away, one to each run that waits and has not all it may have, then round again."""
        while self._free and (run := next(filter(self._may_have_more, self._waiting), None)) is not None:
            queue = self._waiting.pop(run)
            called = queue.popleft()
            if queue:
                self._waiting[run] = queue
            if called.cancelled():
                continue
            called.set_result(None)
            self._free -= 1
            self._working[run] += 1

    def _may_have_more(self, run: Hashable) -> bool:
        return self._working[run] < self._for_one

    def _leave(self, run: Hashable, called: "asyncio.Future[None]") -> None:
        if called.cancelled():
            return
        self._free += 1
        self._working[run] -= 1
        self._working += Counter()  # forgets the runs that have nothing left
        self._call()
