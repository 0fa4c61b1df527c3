"""kill -9 between the end of a run and the word that its people were told: told again, and no success is invented."""

from pathlib import Path
from typing import Any

import pytest

from faults.conftest import Make
from faults.tools.books import Books
from faults.tools.cluster import Cluster
from faults.tools.commits import arm, disarm
from faults.tools.receiver import receiving
from faults.tools.servers import until

LEASE_S = 60


@pytest.mark.parametrize(
    ("task", "when", "sent"),
    [
        pytest.param("notify", "after", 1, id="before it is sent", marks=pytest.mark.heavy),
        pytest.param("delivery", "before", 2, id="before its answer is noted"),
        pytest.param("delivery", "after", 1, id="after its answer is noted", marks=pytest.mark.heavy),
    ],
)
def test_death_at_any_moment_of_a_message_sends_it_at_most_once_more(
    cluster: Cluster, make_server: Make, tmp_path: Path, task: str, when: str, sent: int
) -> None:
    url, plan, clock = cluster.fresh(), tmp_path / "plan", tmp_path / "clock"
    with receiving() as receiver:
        server = make_server(
            database_url=url,
            faults={"plan": str(plan), "clock": str(clock)},
            environment={"FUTURONE_EGRESS_ALLOW": f"127.0.0.1:{receiver.port}"},
        ).start()
        told: list[Any] = []

        def meet(event: Any) -> int:
            told.append(event)
            return 204

        receiver.meet = meet
        with server.client() as client:
            body = {"kind": "apprise", "name": "Editors", "url": f"json://127.0.0.1:{receiver.port}/chat"}
            made = client.post("/v1/connections", json=body)
            assert made.status_code == 201, made.text
            connection = made.json()["data"]["id"]
            arm(plan, at=1, when=when, act="kill", where=task)
            order = {"agent": "research", "task": "[test:complete]", "deliver_to": {"connection": connection}}
            assert client.post("/v1/runs", json=order).status_code == 201
        server.wait_end(within_s=30)
        with Books.open(url) as books:
            is_noted = (task, when) == ("delivery", "after")
            (row,) = books.rows("SELECT last_success_at FROM connections")
            assert (row["last_success_at"] is not None) == is_noted
            disarm(plan)
            clock.write_text(str(LEASE_S + 1.0))
            server.start()

            def is_delivered() -> bool:
                return [one["state"] for one in books.rows("SELECT state FROM webhook_deliveries")] == ["delivered"]

            until("it is delivered", is_delivered, within_s=30)
            (row,) = books.rows("SELECT last_success_at FROM connections")
            assert row["last_success_at"] is not None
        assert len(told) == sent
