"""kill -9 between the commit of a run's end and the word that its receiver has taken it: told again, never not told."""

from collections import Counter
from pathlib import Path

import pytest

from faults.conftest import Make
from faults.tools.books import Books
from faults.tools.cluster import Cluster
from faults.tools.commits import arm, disarm
from faults.tools.receiver import Receiver, receiving
from faults.tools.runs import order, order_many, wait_ends
from faults.tools.servers import Server, until

LEASE_S = 60
RUNS = 60
KILLS = 4


class Post:
    """A server that may tell a receiver, at a time that the test moves ahead."""

    def __init__(self, make_server: Make, cluster: Cluster, directory: Path, receiver: Receiver) -> None:
        self.url = cluster.fresh()
        self.plan, self._clock = directory / "plan", directory / "clock"
        self._ahead_s = 0.0
        self.receiver = receiver
        self.faults = {"plan": str(self.plan), "clock": str(self._clock)}
        self.server: Server = make_server(
            database_url=self.url,
            faults=self.faults,
            environment={"FUTURONE_EGRESS_ALLOW": f"127.0.0.1:{receiver.port}"},
        ).start()
        with self.server.client() as client:
            url = f"http://127.0.0.1:{receiver.port}/hook"
            made = client.post("/v1/webhooks/endpoints", json={"url": url})
            assert made.status_code == 201, made.text

    def later(self, seconds: float) -> None:
        """Let time pass."""
        self._ahead_s += seconds
        self._clock.write_text(str(self._ahead_s))

    def again(self) -> None:
        """Start the server that died anew, when the leases of the dead are over."""
        disarm(self.plan)
        self.later(LEASE_S + 1)
        self.server.start()

    def states(self, books: Books) -> Counter[str]:
        """How many deliveries are in which state."""
        return Counter(row["state"] for row in books.rows("SELECT state FROM webhook_deliveries"))


@pytest.mark.parametrize(
    ("task", "when", "sent"),
    [
        pytest.param("notify", "before", 1, id="before it is claimed", marks=pytest.mark.heavy),
        pytest.param("notify", "after", 1, id="before it is sent", marks=pytest.mark.heavy),
        pytest.param("delivery", "before", 2, id="before its answer is noted"),
        pytest.param("delivery", "after", 1, id="after its answer is noted", marks=pytest.mark.heavy),
    ],
)
def test_death_at_any_moment_of_a_delivery_sends_it_at_most_once_more(
    cluster: Cluster, make_server: Make, tmp_path: Path, task: str, when: str, sent: int
) -> None:
    with receiving() as receiver:
        post = Post(make_server, cluster, tmp_path, receiver)
        arm(post.plan, at=1, when=when, act="kill", where=task)
        with post.server.client() as client:
            run_id = order(client, "[test:complete]")
        post.server.wait_end(within_s=30)
        with Books.open(post.url) as books:
            assert len(books.rows("SELECT id FROM webhook_messages WHERE run_id = %s", run_id)) == 1
            post.again()
            until("it is delivered", lambda: post.states(books) == {"delivered": 1}, within_s=20)
        assert receiver.sent == {run_id: sent}
        assert receiver.taken[run_id]["data"]["status"] == "completed"


@pytest.mark.heavy
def test_a_receiver_that_fails_often_and_servers_that_die_often_lose_no_event(
    cluster: Cluster, make_server: Make, tmp_path: Path
) -> None:
    with receiving(failures=0.3, resets=0.05) as receiver:
        post = Post(make_server, cluster, tmp_path, receiver)
        with Books.open(post.url) as books:
            runs: list[str] = []
            for _ in range(KILLS):
                with post.server.client() as client:
                    runs += order_many(client, RUNS // KILLS, "[test:complete]")
                receiver.wait_more(3)
                post.server.kill()
                post.again()
            wait_ends(books, runs, within_s=120)

            def all_are_settled() -> bool:
                states = post.states(books)
                if states["pending"]:
                    post.later(3600)
                return states["pending"] + states["sending"] == 0 and sum(states.values()) == RUNS

            until("nothing waits any more", all_are_settled, within_s=60)
            check(books, runs)
            dead = {row["run_id"] for row in books.rows(
                "SELECT m.run_id FROM webhook_messages m JOIN webhook_deliveries d ON d.message_id = m.id"
                " WHERE d.state = 'dead'")}  # fmt: skip
        assert set(receiver.taken) | dead == set(runs)
        assert len(dead) <= 2, "eight attempts at three in ten"


def check(books: Books, run_ids: list[str]) -> None:
    """Invariant I9: every run that has ended is told once per endpoint, and that is delivered, waiting, or dead."""
    found = books.rows(
        "SELECT m.run_id, d.endpoint_id, d.state, d.next_at FROM webhook_messages m"
        " JOIN webhook_deliveries d ON d.message_id = m.id WHERE m.run_id = ANY(%s)",
        run_ids,
    )
    assert Counter(row["run_id"] for row in found) == dict.fromkeys(run_ids, 1)
    assert {row["state"] for row in found} <= {"delivered", "pending", "sending", "dead"}
    assert all(row["next_at"] is not None for row in found)


def test_a_delivery_goes_out_within_two_seconds_of_the_end_of_its_run(
    cluster: Cluster, make_server: Make, tmp_path: Path
) -> None:
    with receiving() as receiver:
        post = Post(make_server, cluster, tmp_path, receiver)
        with post.server.client() as client, Books.open(post.url) as books:
            runs = order_many(client, 20, "[test:complete]")
            until("all are told", lambda: set(receiver.taken) == set(runs), within_s=30)
            (row,) = books.rows(
                "SELECT percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM last_at - created_at)) AS s"
                " FROM webhook_deliveries"
            )
            assert row["s"] <= 2
