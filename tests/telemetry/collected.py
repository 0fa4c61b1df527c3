"""What was collected: spans by name, who stands below whom, and every byte of it."""

from collections.abc import Iterable

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from futurone_server.telemetry.collecting import Collecting


class Collected:
    """A tracing, and what it has handed over."""

    def __init__(self, tracing: Collecting, exporter: InMemorySpanExporter) -> None:
        self.tracing = tracing
        self._exporter = exporter

    @property
    def spans(self) -> list[ReadableSpan]:
        """Every span that has ended, in the order in which they began."""
        self.tracing.provider.force_flush()
        return sorted(self._exporter.get_finished_spans(), key=lambda span: span.start_time or 0)

    @property
    def paths(self) -> list[str]:
        """Each span as the names from the outermost span down to it."""
        spans = self.spans
        known = {span.context.span_id: span for span in spans if span.context}

        def path(span: ReadableSpan) -> str:
            return span.name if span.parent is None else f"{path(known[span.parent.span_id])} > {span.name}"

        return [path(span) for span in spans]

    def named(self, name: str) -> list[ReadableSpan]:
        """The spans whose name begins so."""
        return [span for span in self.spans if span.name.startswith(name)]

    def found(self, marks: Iterable[str]) -> list[str]:
        """Which of the marks stand anywhere in what was collected, as text or as OTLP."""
        spans = self.spans
        everything = "".join(span.to_json() for span in spans) + repr([vars(span) for span in spans])
        wire = encode_spans(spans).SerializeToString()
        return [mark for mark in marks if mark in everything or mark.encode() in wire]
