"""The change under review: read from the run's files once in each worker, and held in its memory alone."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol, TypeVar
from weakref import WeakKeyDictionary

from futurone_server.pipelines.review.turns import Turns
from futurone_server.pipelines.sources import Sources
from futurone_server.tools.analysers import Analyser, Analysis
from futurone_server.tools.changes import Changes, Given, Reading

R = TypeVar("R", covariant=True)
AT_ONCE, FOR_ONE_RUN = 3, 2
"""How many processes of reviews a worker has at once, and how many of them may be of one run."""

_ANALYSING = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="analysing")
"""Each of its threads waits for one process."""


@dataclass(kw_only=True)
class _Kept:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    changes: Changes | None = None


_KEPT: WeakKeyDictionary[Sources, _Kept] = WeakKeyDictionary()
_TURNS: WeakKeyDictionary[asyncio.AbstractEventLoop, Turns] = WeakKeyDictionary()


class _Work(Protocol[R]):
    """Work in a process of its own."""

    def run(self) -> R:
        """Do it; blocks."""

    def kill(self) -> None:
        """End it now, from any thread."""


async def given(sources: Sources, file_ids: Sequence[str]) -> list[Given]:
    """The run's files as they are now. Raises StepFailedError when one was deleted."""
    files = await sources.describe(file_ids)
    return [Given(name=file.name, data=await sources.read(file.id)) for file in files]


async def changes_of(sources: Sources, file_ids: Sequence[str]) -> Changes:
    """The change that the run's files make together. Raises UnreadableChangesError."""
    kept = _KEPT.setdefault(sources, _Kept())
    async with kept.lock:
        if kept.changes is None:
            kept.changes = await read_anew(sources, await given(sources, file_ids))
    return kept.changes


async def read_anew(sources: Sources, files: Sequence[Given]) -> Changes:
    """The change that files make, read without a look at what was read before. Raises UnreadableChangesError."""
    return await _in_turn(sources, Reading(files))


async def analyse(sources: Sources, family: str, changes: Changes) -> Analysis:
    """What one family of analysers finds."""
    return await _in_turn(sources, Analyser(family, changes))


async def _in_turn(sources: Sources, work: _Work[R]) -> R:
    """Do work when it is the run's turn. A run that is cancelled ends its processes."""
    loop = asyncio.get_running_loop()
    turns = _TURNS.setdefault(loop, Turns(at_once=AT_ONCE, for_one=FOR_ONE_RUN))
    async with turns.turn(sources):
        try:
            return await loop.run_in_executor(_ANALYSING, work.run)
        except asyncio.CancelledError:
            work.kill()
            raise
