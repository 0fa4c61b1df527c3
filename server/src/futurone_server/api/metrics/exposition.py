"""What is told in metrics: counts by state, model and route; never an id, a workspace or a word of content."""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from futurone_server.api.desk import Desk
from futurone_server.store.census import Census, Counted, take_census

_FRESH_S = 5.0


class Exposition(Collector):
    """Counts requests, and asks the database at most every five seconds."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._registry = CollectorRegistry()
        self._census: Census | None = None
        self._taken = -_FRESH_S
        names = ("method", "route", "status")
        self.requests = Counter("futurone_http_requests", "Requests answered.", names, registry=self._registry)
        ProcessCollector(registry=self._registry)
        self._registry.register(self)

    async def text(self) -> bytes:
        """All metrics as they are told. Raises Unavailable when the database is away."""
        now = self._desk.clock.monotonic()
        if self._census is None or now - self._taken >= _FRESH_S:
            self._census, self._taken = await take_census(self._desk.db), now
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """What is so at the moment, as the library asks for it."""
        yield _gauge("streams_open", "Event streams and waiting requests of this process.", self._desk.streams.count)
        census = self._census
        if census is None:
            return
        yield _gauges("runs", "Runs by state and agent.", ("state", "agent"), census.runs)
        yield _gauge("queue_depth", "Runs that wait for a worker.", census.queued)
        yield _gauge("queue_age_seconds", "How long the first of them has waited.", self._age_s(census.queued_since))
        yield _gauges("steps", "Steps by state.", ("state",), census.steps)
        yield _gauges("model_calls", "Calls of models on the meter.", ("model",), census.calls)
        yield _gauges("model_tokens", "Tokens on the meter.", ("model", "direction"), census.tokens)
        yield _gauges("webhook_deliveries", "Deliveries by state.", ("state",), census.deliveries)
        yield _gauge("due_lag_seconds", "How late the due table is.", self._age_s(census.due_since))

    def _age_s(self, since: datetime | None) -> float:
        return 0.0 if since is None else max(0.0, (self._desk.clock.now() - since).total_seconds())


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(f"futurone_{name}", says, value=value)


def _gauges(name: str, says: str, labels: tuple[str, ...], counted: Counted) -> Metric:
    family = GaugeMetricFamily(f"futurone_{name}", says, labels=labels)
    for values, number in sorted(counted.items()):
        family.add_metric(values, number)
    return family
