"""The way to the collector: OTLP over HTTP, with one line in the log when it is lost and one when it is found again."""

from collections.abc import Sequence
from urllib.parse import urlsplit, urlunsplit

import structlog
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

_PATH = "/v1/traces"
_TIMEOUT_S = 5.0
_log = structlog.get_logger("futurone.telemetry")


def otlp_exporter(endpoint: str) -> SpanExporter:
    """To the collector at a URL; where the URL has no path, OTLP's own is added."""
    parts = urlsplit(endpoint)
    path = _PATH if parts.path in ("", "/") else parts.path
    return Watched(OTLPSpanExporter(endpoint=urlunsplit(parts._replace(path=path)), timeout=_TIMEOUT_S))


class Watched(SpanExporter):
    """An exporter that is told of in the log when it stops getting through, and when it does again: never per span."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._lost = 0
        self._is_closed = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Hand spans over; those that cannot be are counted, and lost."""
        try:
            result = self._exporter.export(spans)
        except Exception:  # noqa: BLE001 - a collector's answer must not end the thread that asks
            result = SpanExportResult.FAILURE
        if result is SpanExportResult.SUCCESS:
            if self._lost:
                _log.info("telemetry.collector_back", lost_spans=self._lost)
            self._lost = 0
            return result
        if not self._lost and not self._is_closed:
            _log.warning("telemetry.collector_away")
        self._lost += len(spans)
        return result

    def shutdown(self) -> None:
        """Stop, also in the middle of waiting for another try; what is lost from now on is not told of."""
        if not self._is_closed:
            self._is_closed = True
            self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """There is nothing here that waits."""
        return self._exporter.force_flush(timeout_millis)
