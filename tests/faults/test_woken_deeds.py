"""A server that is stopped for longer than its leases, and wakes up when another has done what it had in hand."""

import itertools
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from faults.conftest import Make
from faults.test_killed_webhooks import LEASE_S, Post
from faults.test_schedules import LEASE_S as DUE_LEASE_S
from faults.test_schedules import MINUTES, Story
from faults.tools.books import Books
from faults.tools.cluster import Cluster
from faults.tools.commits import arm, disarm
from faults.tools.receiver import receiving
from faults.tools.runs import order
from faults.tools.servers import Server, until

HOURS_S = 8 * 3600
"""Longer than a receiver is tried."""


def wait_asleep(server: Server) -> None:
    """Wait until it has stopped."""
    status = Path(f"/proc/{server.pid}/status")
    until("it sleeps", lambda: "State:\tT" in status.read_text(), within_s=30)


def test_a_delivery_that_another_has_made_stays_made_when_its_first_sender_wakes_up(
    cluster: Cluster, make_server: Make, tmp_path: Path
) -> None:
    with receiving() as receiver:
        post = Post(make_server, cluster, tmp_path, receiver)
        sleeper = post.server

        def stop(_: Any) -> int:
            receiver.meet = lambda _: None
            receiver.sent["stopped"] += 1
            os.kill(sleeper.pid, signal.SIGSTOP)
            return 500

        receiver.meet = stop
        with sleeper.client() as client:
            run_id = order(client, "[test:complete]")
        wait_asleep(sleeper)
        post.later(LEASE_S + 1)
        _second(make_server, post).start()
        with Books.open(post.url) as books:
            until("it is delivered", lambda: post.states(books) == {"delivered": 1}, within_s=60)
            sleeper.send(signal.SIGCONT)
            with sleeper.client() as client:
                until("it is awake", lambda: client.get("/health/ready").status_code == 200, within_s=30)
                later = order(client, "[test:complete]")
            until("both are told", lambda: post.states(books) == {"delivered": 2}, within_s=60)
            post.later(HOURS_S)
            with sleeper.client() as client:
                last = order(client, "[test:complete]")
            until("all are told", lambda: post.states(books) == {"delivered": 3}, within_s=60)
            (row,) = books.rows(
                "SELECT d.attempts, d.last_status FROM webhook_deliveries d JOIN webhook_messages m"
                " ON m.id = d.message_id WHERE m.run_id = %s",
                run_id,
            )
        assert row == {"attempts": 1, "last_status": 204}, "what the sleeper says comes too late"
        assert receiver.sent == {"stopped": 1, run_id: 1, later: 1, last: 1}


def _second(make_server: Make, post: Post) -> Server:
    """A worker beside the server, with the same keys, clock and receiver."""
    allowed = {"FUTURONE_EGRESS_ALLOW": f"127.0.0.1:{post.receiver.port}"}
    data = post.server.data_dir.name
    return make_server(data, verb="worker", database_url=post.url, faults=post.faults, environment=allowed)


def points() -> Iterator[Any]:
    """Where a server stops: inside a transaction, which costs the wait until that is ended, or between two."""
    for where, when in itertools.product(("due", "fire"), ("before", "after")):
        marks = [] if (where, when) == ("fire", "after") else [pytest.mark.heavy]
        yield pytest.param(where, when, id=f"{when} a commit of {where}", marks=marks)


@pytest.mark.parametrize(("where", "when"), list(points()))
def test_due_times_that_another_has_decided_stay_decided_when_the_first_wakes_up(
    where: str, when: str, cluster: Cluster, make_server: Make, tmp_path: Path
) -> None:
    faults = {"plan": str(tmp_path / "plan"), "clock": str(tmp_path / "clock"), "due_lease_s": DUE_LEASE_S}
    url = cluster.fresh()
    sleeper = make_server("data", database_url=url, faults=faults).start()
    story = Story(sleeper, tmp_path)
    story.begin()
    arm(story.plan, at=1, when=when, act="stop", where=where)
    story.jump()
    wait_asleep(sleeper)
    disarm(story.plan)
    second = make_server("second", database_url=url, faults=faults)
    (second.data_dir / "keys").symlink_to(sleeper.data_dir / "keys")
    second.ready = {"test_key": sleeper.ready["test_key"]}
    story.server = second.start()
    until("every due time", lambda: len(story.fires()) >= MINUTES, within_s=60)
    sleeper.send(signal.SIGCONT)
    with sleeper.client() as client:
        until("it is awake", lambda: client.get("/health/ready").status_code == 200, within_s=30)
    story.jump()
    until("what was due since", lambda: len(story.fires()) >= 2 * MINUTES, within_s=60)
    story.check()
