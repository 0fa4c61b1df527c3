"""The collector that the settings name: with it, and only with it, OpenTelemetry is loaded."""

from futurone_server.telemetry.spans import Tracing


def collect(endpoint: str, *, worker: str) -> Tracing:
    """Traces for the OTLP/HTTP collector at a URL. Raises ImportError where the extra ``otel`` is not installed."""
    from futurone_server.telemetry.collecting import Collecting  # noqa: PLC0415 - OpenTelemetry loads when asked for
    from futurone_server.telemetry.export import otlp_exporter  # noqa: PLC0415 - with it

    return Collecting(otlp_exporter(endpoint), worker=worker)
