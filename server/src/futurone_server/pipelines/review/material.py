"""The change under review: read from the run's files once in each worker, and held in its memory alone."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar
from weakref import WeakKeyDictionary

from futurone_server.pipelines.sources import Sources
from futurone_server.tools.analysers import Analyser, Analysis
from futurone_server.tools.changes import Changes, Given, read_changes

T = TypeVar("T")
_ANALYSING = ThreadPoolExecutor(max_workers=2, thread_name_prefix="analysing")
"""Each of its threads waits for one process: so many analysers of this worker run at once, whatever the runs."""


@dataclass(kw_only=True)
class _Kept:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    changes: Changes | None = None


_KEPT: WeakKeyDictionary[Sources, _Kept] = WeakKeyDictionary()


async def given(sources: Sources, file_ids: Sequence[str]) -> list[Given]:
    """The run's files as they are now. Raises StepFailedError when one was deleted."""
    files = await sources.describe(file_ids)
    return [Given(name=file.name, data=await sources.read(file.id)) for file in files]


async def changes_of(sources: Sources, file_ids: Sequence[str]) -> Changes:
    """The change that the run's files make together. Raises UnreadableChangesError."""
    kept = _KEPT.setdefault(sources, _Kept())
    async with kept.lock:
        if kept.changes is None:
            kept.changes = await read_anew(await given(sources, file_ids))
    return kept.changes


async def read_anew(files: Sequence[Given]) -> Changes:
    """The change that files make, read without a look at what was read before. Raises UnreadableChangesError."""
    return await _beside(lambda: read_changes(files))


async def analyse(family: str, changes: Changes) -> Analysis:
    """What one family of analysers finds. A run that is cancelled ends its processes."""
    analyser = Analyser(family, changes)
    try:
        return await _beside(analyser.run)
    except asyncio.CancelledError:
        analyser.kill()
        raise


async def _beside(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(_ANALYSING, work)
