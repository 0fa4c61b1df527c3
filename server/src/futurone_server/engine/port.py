"""What is asked of a durable engine, in six verbs."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

Segment = Callable[[str], Awaitable[str]]
"""A durable piece of work: takes its key (``<run>:<n>``), returns a word for how it ended. Keys hold no content."""


class Engine(Protocol):
    """Carries out segments durably: one that has begun is finished by this worker or, if it dies, by another."""

    @property
    def worker_id(self) -> str:
        """The id of this process as an executor; new at every start."""
        ...

    async def launch(self, segment: Segment) -> None:
        """Begin to carry out segments with this function."""
        ...

    async def start(self, key: str) -> None:
        """Carry out a segment here and now. A key that was started before is not started again."""
        ...

    async def pending(self, worker_id: str) -> list[str]:
        """The keys of the segments that a worker has begun and not finished."""
        ...

    async def resume(self, keys: Sequence[str]) -> None:
        """Have segments carried out by whichever live worker is free, from where they stopped."""
        ...

    async def cancel(self, keys: Sequence[str]) -> None:
        """Stop segments; what they had begun is not resumed."""
        ...

    async def forget(self, prefixes: Sequence[str]) -> None:
        """Delete what the engine remembers of the segments whose keys begin like these."""
        ...

    async def close(self, timeout_s: int) -> None:
        """Stop taking part; wait a while for what is in hand."""
        ...
