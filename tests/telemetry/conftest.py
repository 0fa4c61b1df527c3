"""Spans as a collector would get them, and what must never be in one."""

from collections.abc import AsyncIterator

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from futurone_server.models import traced
from futurone_server.telemetry import collecting
from futurone_server.telemetry.collecting import Collecting
from models.conftest import make, standin
from telemetry.collected import Collected

__all__ = ["make", "standin"]


@pytest.fixture
async def collected() -> AsyncIterator[Collected]:
    """A tracing whose spans stay in memory."""
    exporter = InMemorySpanExporter()
    tracing = Collecting(exporter, worker="wkr_test")
    yield Collected(tracing, exporter)
    await tracing.close()


@pytest.fixture
def list_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bug of letting spans out as libraries made them."""
    monkeypatch.setattr(collecting, "cleaned", lambda span, resource: span)


@pytest.fixture
def content_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bug of asking libraries for content."""
    monkeypatch.setattr(traced, "CONTENT_FREE", dict.fromkeys(traced.CONTENT_FREE, True))
