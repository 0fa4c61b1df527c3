"""What is asked for a span, and the answer where there is no collector: nothing happens."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Protocol

Value = str | int | float | bool


class Span(Protocol):
    """Something that takes time, while it does."""

    def tell(self, attributes: Mapping[str, Value]) -> None:
        """What is known of it by now; only what ``allowed`` lists leaves the process."""

    def fail(self, error: str) -> None:
        """It went wrong; ``error`` is a code or the name of a class, never a message."""


class Tracing(Protocol):
    """Makes spans, each below the one that is open around it."""

    @property
    def provider(self) -> object | None:
        """The OpenTelemetry tracer provider, for libraries that make spans themselves; None where there is none."""

    def span(self, name: str, attributes: Mapping[str, Value]) -> AbstractContextManager[Span]:
        """A span around a block. What the block raises passes through and is not looked at."""

    async def close(self) -> None:
        """Hand over what is waiting, as far as that is possible at once."""


class NoTracing:
    """No collector: no span is made."""

    provider: object | None = None

    def tell(self, attributes: Mapping[str, Value]) -> None:
        """Nobody hears it."""

    def fail(self, error: str) -> None:
        """Nobody hears it."""

    @contextmanager
    def span(self, name: str, attributes: Mapping[str, Value]) -> "Iterator[Span]":
        """The block, and nothing else."""
        del name, attributes
        yield self

    async def close(self) -> None:
        """There is nothing to hand over."""


OFF = NoTracing()
_at_work: ContextVar[Tracing] = ContextVar("tracing", default=OFF)


def at_work() -> Tracing:
    """The tracing whose span is open around the caller."""
    return _at_work.get()


@contextmanager
def entered(tracing: Tracing) -> Iterator[None]:
    """``at_work`` inside the block, and in the tasks that begin there."""
    token = _at_work.set(tracing)
    try:
        yield
    finally:
        _at_work.reset(token)
