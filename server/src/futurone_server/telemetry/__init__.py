"""Traces of what runs do, for an OpenTelemetry collector: off by default, and without content when they are on.

Whoever does something worth a span asks the tracing that is at work for it and never learns whether there is one. What
leaves is decided in one place, by a list of what may (``allowed``), whoever wrote it.
"""

from futurone_server.telemetry.collector import collect
from futurone_server.telemetry.spans import OFF, Span, Tracing, Value, at_work

__all__ = ["OFF", "Span", "Tracing", "Value", "at_work", "collect"]
