"""Spans for a collector: made, cleaned of content as they end, and queued. One that is away costs nothing."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from threading import Thread

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace import Span as SdkSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import Span as OpenSpan
from opentelemetry.trace import StatusCode

from futurone_server.telemetry.allowed import ERROR, cleaned
from futurone_server.telemetry.spans import Span, Value, entered

QUEUE_SPANS_MAX = 4096
_BATCH_SPANS_MAX = 256
_DELAY_MS = 1000
_CLOSE_S = 1.0


class Collecting:
    """Makes spans and sends them to an exporter, from a thread and a queue of its own.

    The provider is nobody's but ours: what other libraries say to OpenTelemetry's global one goes nowhere.
    """

    def __init__(self, exporter: SpanExporter, *, worker: str) -> None:
        named = {
            "service.name": "futurone",
            "service.version": version("futurone-server"),
            "service.instance.id": worker,
        }
        resource = Resource(named)
        self._exporter = exporter
        self._queue = _queue(exporter)
        self._provider = TracerProvider(sampler=ALWAYS_ON, resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(_Cleaning(self._queue, resource))
        self._tracer = self._provider.get_tracer("futurone")

    @property
    def provider(self) -> TracerProvider:
        """For libraries that make spans themselves; they pass the same list of what may leave."""
        return self._provider

    @contextmanager
    def span(self, name: str, attributes: Mapping[str, Value]) -> Iterator[Span]:
        """A span around a block, below the one that is open. What the block raises passes through unseen."""
        opened = self._tracer.start_as_current_span(
            name, attributes=attributes, record_exception=False, set_status_on_exception=False
        )
        with entered(self), opened as span:
            yield _Told(span)

    async def close(self) -> None:
        """Hand over what is waiting; gives up after a second, whatever the collector does."""
        closing = Thread(target=self._queue.shutdown, name="traces-close", daemon=True)
        closing.start()
        await asyncio.to_thread(closing.join, _CLOSE_S)
        self._exporter.shutdown()


class _Told:
    """A span that is open, as those see it who tell it something."""

    def __init__(self, span: OpenSpan) -> None:
        self._span = span

    def tell(self, attributes: Mapping[str, Value]) -> None:
        self._span.set_attributes(attributes)

    def fail(self, error: str) -> None:
        self._span.set_attribute(ERROR, error)
        self._span.set_status(StatusCode.ERROR)


class _Cleaning(SpanProcessor):
    """Passes spans on with what may leave of them; the queue never holds more than that."""

    def __init__(self, queue: SpanProcessor, resource: Resource) -> None:
        self._queue = queue
        self._resource = resource

    def on_start(self, span: SdkSpan, parent_context: Context | None = None) -> None:
        """Nothing is known yet."""

    def on_end(self, span: ReadableSpan) -> None:
        """Clean it and queue it."""
        self._queue.on_end(cleaned(span, self._resource))

    def shutdown(self) -> None:
        """Hand over what is waiting."""
        self._queue.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Hand over what is waiting, and wait for it."""
        return self._queue.force_flush(timeout_millis)


def _queue(exporter: SpanExporter) -> BatchSpanProcessor:
    """Every size is given, so that no variable of the environment sets it; where the queue is full, spans are lost."""
    return BatchSpanProcessor(
        exporter,
        max_queue_size=QUEUE_SPANS_MAX,
        schedule_delay_millis=_DELAY_MS,
        max_export_batch_size=_BATCH_SPANS_MAX,
        export_timeout_millis=_DELAY_MS,
    )
