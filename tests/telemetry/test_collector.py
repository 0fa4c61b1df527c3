"""The way to the collector: OTLP arrives; one that is away or hangs is not felt; without one nothing is there."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from futurone_server.config import SettingError, load
from futurone_server.telemetry import collect
from futurone_server.telemetry.collecting import QUEUE_SPANS_MAX, Collecting
from telemetry.logged import heard

pytestmark = pytest.mark.anyio


class Collector(BaseHTTPRequestHandler):
    """Takes what it is sent."""

    got: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.got.append((self.path, body))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has there
        """Not on the terminal."""


@pytest.fixture
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """A collector's address, and what it got."""
    got: list[tuple[str, bytes]] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Here", (Collector,), {"got": got}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", got
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(("path", "asked"), [("", "/v1/traces"), ("/", "/v1/traces"), ("/own/way", "/own/way")])
async def test_spans_arrive_as_otlp(path: str, asked: str, collector: tuple[str, list[tuple[str, bytes]]]) -> None:
    url, got = collector
    tracing = collect(url + path, worker="wkr_1")
    with tracing.span("run", {"futurone.segment": 1}):
        pass
    await tracing.close()
    ((where, body),) = got
    (sent,) = ExportTraceServiceRequest.FromString(body).resource_spans
    assert where == asked
    assert {one.key: one.value.string_value for one in sent.resource.attributes}["service.name"] == "futurone"
    assert [span.name for span in sent.scope_spans[0].spans] == ["run"]


def _silent() -> Iterator[str]:
    """Somebody takes the connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def _nobody() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("whoever", [_silent, _nobody])
async def test_a_collector_that_does_not_answer_holds_nobody_up(whoever: object) -> None:
    places = whoever()  # type: ignore[operator]  # one of two above
    with heard() as said:
        tracing = collect(next(places), worker="wkr_1")
        began = time.monotonic()
        for _ in range(3 * QUEUE_SPANS_MAX):
            with tracing.span("run", {"futurone.segment": 1}):
                pass
        await tracing.close()
        took_s = time.monotonic() - began
    places.close()
    assert took_s < 10, "spans wait for nobody; closing gives up after a second"
    assert said.getvalue().count("\n") <= 1
    assert "Traceback" not in said.getvalue()


class Failing(SpanExporter):
    """A way that is shut at first."""

    def __init__(self, *results: SpanExportResult | Exception) -> None:
        self.results = list(results)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self.results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result


def test_a_lost_collector_is_told_of_once_and_so_is_its_return() -> None:
    from futurone_server.telemetry.export import Watched

    good, bad = SpanExportResult.SUCCESS, SpanExportResult.FAILURE
    with heard() as said:
        exporter = Watched(Failing(good, bad, ConnectionError("mk-words"), bad, good, good))
        spans = [ReadableSpan("run"), ReadableSpan("run")]
        for _ in range(6):
            exporter.export(spans)
    away, back = said.getvalue().splitlines()
    assert "telemetry.collector_away" in away
    assert "telemetry.collector_back" in back
    assert "lost_spans=6" in back
    assert "mk-words" not in said.getvalue()


async def test_the_queue_is_bounded() -> None:
    going_on, seen = threading.Event(), []

    class Stuck(SpanExporter):
        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            going_on.wait(30)
            seen.append(len(spans))
            return SpanExportResult.SUCCESS

    tracing = Collecting(Stuck(), worker="wkr_1")
    with heard():
        for _ in range(3 * QUEUE_SPANS_MAX):
            with tracing.span("run", {}):
                pass
        going_on.set()
        tracing.provider.force_flush()
    await tracing.close()
    assert QUEUE_SPANS_MAX <= sum(seen) < 2 * QUEUE_SPANS_MAX


@pytest.mark.parametrize("url", ["collector:4318", "ftp://collector", "http://"])
def test_an_address_that_is_none_is_refused_at_the_door(url: str) -> None:
    with pytest.raises(SettingError, match="FUTURONE_OTLP_ENDPOINT must be"):
        load({}, {"FUTURONE_OTLP_ENDPOINT": url})


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    here = metadata.Distribution.from_name

    def without(name: str) -> metadata.Distribution:
        if name.startswith("opentelemetry"):
            raise metadata.PackageNotFoundError(name)
        return here(name)

    assert load({}, {"FUTURONE_OTLP_ENDPOINT": "http://127.0.0.1:4318"}).otlp_endpoint
    monkeypatch.setattr(metadata.Distribution, "from_name", staticmethod(without))
    with pytest.raises(SettingError, match=r"futurone-server\[otel\]"):
        load({}, {"FUTURONE_OTLP_ENDPOINT": "http://127.0.0.1:4318"})
    assert load({}, {}).otlp_endpoint == ""


_OFF = """
import sys
from futurone_server.config import Config
from futurone_server.kit.clock import SystemClock
from futurone_server.main import assemble
from futurone_server.models import asking
from futurone_server.telemetry import OFF
server = assemble(Config(), url="postgresql+psycopg:///none", role=None, root_key=bytes(32), clock=SystemClock())
assert server.worker.tracing is OFF
print(sorted(name for name in sys.modules if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter"))))
"""


def test_without_the_setting_nothing_of_it_is_loaded() -> None:
    said = subprocess.run([sys.executable, "-c", _OFF], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
