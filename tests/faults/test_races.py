"""Cancel, answer and completion of one run at the same moment: one of them wins, for everybody and for good."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import httpx2
import pytest

from faults.tools.books import TERMINAL, Books, check_view, read_log
from faults.tools.cluster import Cluster
from faults.tools.runs import order_many
from faults.tools.servers import Server, until

RACES = 100
"""A thousand at ten times the scale."""

SIDE_BY_SIDE = 4
FORM = {"action": "submit_input", "payload": {"city": "Lisbon"}}


@pytest.fixture(scope="module")
def url(cluster: Cluster) -> str:
    return cluster.fresh()


@pytest.fixture(scope="module")
def server(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("races") / "data", database_url=url)
    try:
        yield server.start()
    finally:
        server.end()


class Aim:
    """How late a cancel must be to fall before, into and behind the end of its run: learnt from race to race."""

    def __init__(self) -> None:
        self._centre_s = 0.02

    def late_s(self) -> float:
        """The lateness to try next."""
        return random.uniform(0, 2 * self._centre_s)

    def learn(self, end: str) -> str:
        """Come later when the cancel has won, earlier when it has lost."""
        self._centre_s *= 1.3 if end == "cancelled" else 1 / 1.3
        return end


@pytest.mark.heavy
def test_of_cancel_answer_and_completion_at_once_exactly_one_ends_the_run(
    server: Server, url: str, scale: float
) -> None:
    with server.client(timeout_s=60) as client, Books.open(url) as books:
        runs = _waiting_for_a_form(client, books, round(RACES * scale))
        aim = Aim()
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            ends = list(pool.map(lambda run_id: aim.learn(_race(client, run_id, aim.late_s())), runs))
        for run_id in runs:
            books.check(run_id)
        told = Counter(ends)
        assert set(told) <= {"completed", "cancelled"}
        assert min(told["completed"], told["cancelled"]) >= len(runs) / 20, f"no race at all: {told}"


def _waiting_for_a_form(client: httpx2.Client, books: Books, count: int) -> list[str]:
    runs = order_many(client, count, "[test:input]")
    for kind in ("approval", "form"):
        until(f"all wait for the {kind}", lambda kind=kind: _waits(books, runs, kind), within_s=60)  # type: ignore[misc]  # bound now
        if kind == "approval":
            with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
                list(
                    pool.map(lambda run_id: client.post(f"/v1/runs/{run_id}/signal", json={"action": "approve"}), runs)
                )
    return runs


def _waits(books: Books, runs: Sequence[str], kind: str) -> bool:
    query = "SELECT count(*) AS n FROM run_inputs WHERE run_id = ANY(%s) AND kind = %s AND state = 'open'"
    return bool(books.rows(query, list(runs), kind)[0]["n"] == len(runs))


def _race(client: httpx2.Client, run_id: str, late_s: float) -> str:
    """Two answers (the same, or two that differ) and a cancel, from three hands; returns how the run ended."""
    together = Barrier(3)

    def post(what: str, body: object, late_s: float) -> httpx2.Response:
        together.wait(30)
        Event().wait(late_s)
        return client.post(f"/v1/runs/{run_id}/{what}", json=body)

    other = FORM if int(late_s * 1e6) % 2 else {"action": "submit_input", "payload": {"city": "Porto"}}
    with ThreadPoolExecutor(3) as hands:
        answers = [
            hands.submit(post, "signal", FORM, 0),
            hands.submit(post, "signal", other, 0),
            hands.submit(post, "cancel", None, late_s),
        ]
        first, second, cancel = (one.result(60) for one in answers)
    assert cancel.status_code in (202, 409), cancel.text
    for answer in (first, second):
        assert answer.status_code in (200, 409), answer.text
    return _judge(client, run_id, cancel.status_code, [first.status_code, second.status_code], is_same=other is FORM)


def _judge(client: httpx2.Client, run_id: str, cancel: int, answers: list[int], *, is_same: bool) -> str:
    run = client.get(f"/v1/runs/{run_id}", params={"wait": 30}).json()
    assert run["status"] in TERMINAL, run
    log = read_log(client, run_id)
    assert check_view(client, run_id, log) == run, "nothing changes after the end"
    assert [one["type"] for one in log].count("run.input_received") == 1 + (200 in answers)
    assert (run["status"] == "cancelled") == (cancel == 202)
    if not is_same:
        assert answers.count(200) <= 1, "two different answers cannot both have been taken"
    if cancel == 409:
        assert 200 in answers, "without an answer nothing could have completed the run"
    return str(run["status"])
