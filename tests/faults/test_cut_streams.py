"""Streams that break after any byte: what a client puts together from the pieces is the log, byte for byte."""

import random
from collections.abc import Iterator

import httpx2
import pytest

from faults.tools.cluster import Cluster
from faults.tools.proxy import CuttingProxy
from faults.tools.runs import order
from faults.tools.servers import Server
from futurone import FuturOne

CUTS = 60
CUT_BYTES_MAX = 1_200
"""The head of an answer and a handful of events: cuts fall into heads, frames, and between them."""

PROJECTIONS = ("events", "events/stream")


@pytest.fixture(scope="module")
def server(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("streams") / "data", database_url=cluster.fresh())
    try:
        yield server.start()
    finally:
        server.end()


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """Where this test cuts: another place in every session, named when it fails."""
    number = random.randrange(10**6)
    request.node.add_report_section("setup", "seed", f"the cuts of seed {number}")
    return number


class Reader:
    """A client that keeps whole frames, and resumes after the last of them."""

    def __init__(self, url: str, path: str, key: str) -> None:
        self._url = url + path
        self._headers = {"Authorization": f"Bearer {key}", "Accept": "text/event-stream"}
        self.frames: dict[int, bytes] = {}
        self.connections = 0

    def read(self) -> None:
        """Connect again and again until the stream ends cleanly with the last event behind it."""
        while not self._has_ended():
            assert self.connections < 100 * CUTS

    def _has_ended(self) -> bool:
        self.connections += 1
        last = str(max(self.frames, default=0))
        rest = b""
        try:
            with httpx2.Client(verify=False, trust_env=False, timeout=20) as client:
                headers = {**self._headers, "Last-Event-ID": last}
                with client.stream("GET", self._url, headers=headers) as answer:
                    assert answer.status_code in (200, 204), answer.read()
                    for piece in answer.iter_raw():
                        *whole, rest = (rest + piece).split(b"\n\n")
                        self._keep(whole)
                    return not rest
        except httpx2.TransportError:
            return False

    def _keep(self, whole: list[bytes]) -> None:
        for frame in whole:
            if frame.startswith(b"id: "):
                number = int(frame.partition(b"\n")[0].removeprefix(b"id: "))
                assert number > max(self.frames, default=0), "no event comes twice, and none too late"
                self.frames[number] = frame


def _budgets(seed: int, count: int) -> Iterator[int]:
    chance = random.Random(seed)
    return iter([chance.randrange(1, CUT_BYTES_MAX) for _ in range(count)])


def _whole(server: Server, run_id: str, projection: str) -> dict[int, bytes]:
    reader = Reader(server.url, f"/v1/runs/{run_id}/{projection}", server.ready["test_key"])
    reader.read()
    assert reader.connections <= 1, "not cut, it is read in one go"
    return reader.frames


@pytest.mark.parametrize("projection", PROJECTIONS)
@pytest.mark.parametrize("task", ["[test:stream 600]", "[test:steps 40 sleep 0.02]"])
def test_a_stream_cut_at_any_byte_is_put_together_to_the_identical_log(
    server: Server, projection: str, task: str, seed: int, scale: float
) -> None:
    with server.client() as client:
        run_id = order(client, task)
    cuts = round(CUTS * scale)
    with CuttingProxy(server.url, _budgets(seed, cuts)) as proxy:
        reader = Reader(proxy.url, f"/v1/runs/{run_id}/{projection}", server.ready["test_key"])
        reader.read()
        assert proxy.cuts > cuts / 4
    whole = _whole(server, run_id, projection)
    assert reader.frames == whole
    if projection == "events/stream":
        assert list(whole) == list(range(1, len(whole) + 1)), "this projection has a word for every event"


def test_the_sdk_iterates_over_a_cut_stream_without_gap_or_repeat(server: Server, seed: int, scale: float) -> None:
    cuts = round(3 * scale)
    with server.client() as client:
        run_id = order(client, "[test:stream 600]")
    with FuturOne(server.ready["test_key"], server.url) as sdk:
        whole = [(event.id, event.type, event.data) for event in sdk.runs.events(run_id, timeout=60)]
        with (
            CuttingProxy(server.url, _budgets(seed, cuts)) as proxy,
            FuturOne(server.ready["test_key"], proxy.url) as cut,
        ):
            pieced = [(event.id, event.type, event.data) for event in cut.runs.events(run_id, timeout=120)]
            assert proxy.cuts == cuts
    assert pieced == whole
    assert whole[-1][1] == "run_done"
