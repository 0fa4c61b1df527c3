"""A server that dies at each of the commits with which schedules fire: no due time is lost, none makes two runs."""

import itertools
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from faults.conftest import Make
from faults.tools.cluster import Cluster
from faults.tools.commits import arm, disarm
from faults.tools.servers import Server, until

LEASE_S = 1.0
"""A due time whose server died comes back after this."""

MINUTES = 3
"""So many due times pass while the clock jumps."""

WITHIN_S = 60


class Story:
    """A schedule for every minute, that makes up for all it missed, at a server whose clock jumps ahead."""

    def __init__(self, server: Server, directory: Path) -> None:
        self.server = server
        self.plan, self._clock, self._ahead_s = directory / "plan", directory / "clock", 0
        self.schedule_id = ""

    def begin(self) -> None:
        """A schedule that has not fired yet, of a server that nothing befalls."""
        run = {"agent": "research", "task": "[test:complete]"}
        body = {"name": "Every minute", "cron": "* * * * *", "missed": "all", "run": run}
        made = self._ask("POST", "/v1/schedules", json=body)
        self.schedule_id = made["data"]["id"]

    def jump(self) -> None:
        """Some minutes have passed."""
        self._ahead_s += 60 * MINUTES
        draft = self._clock.with_suffix(".draft")
        draft.write_text(str(self._ahead_s))
        draft.replace(self._clock)

    def fires(self) -> list[dict[str, Any]]:
        """The ledger, oldest first."""
        found = self._ask("GET", f"/v1/schedules/{self.schedule_id}/fires", params={"limit": 100})
        return list(reversed(found["data"]))

    def check(self) -> None:
        """Each due time stands in the ledger once, and has made one run, which is there."""
        fires = self.fires()
        times = [datetime.fromisoformat(fire["due_at"]) for fire in fires]
        assert [(later - sooner).total_seconds() for sooner, later in itertools.pairwise(times)] == [60] * (
            len(times) - 1
        )
        assert {fire["outcome"] for fire in fires} == {"ran"}
        runs = self._ask("GET", "/v1/runs", params={"origin": "schedule", "mode": "test", "limit": 100})
        mine = [run["id"] for run in runs["data"] if run["origin"]["trigger_id"] == self.schedule_id]
        assert sorted(mine) == sorted(fire["run_id"] for fire in fires)

    def end(self) -> None:
        """It is over."""
        with self.server.client() as client:
            assert client.delete(f"/v1/schedules/{self.schedule_id}").status_code == 204

    def _ask(self, method: str, path: str, **options: Any) -> Any:
        with self.server.client() as client:
            answer: httpx2.Response = client.request(method, path, **options)
        assert answer.is_success, answer.text
        return answer.json()


def points() -> Iterator[tuple[int, str]]:
    """Every commit, before it and after it."""
    return ((at, when) for at in itertools.count(1) for when in ("before", "after"))


@pytest.mark.heavy
@pytest.mark.parametrize(("where", "commits"), [("fire", MINUTES), ("due", 2)])
def test_a_due_time_makes_one_run_at_whichever_commit_the_server_dies(
    where: str, commits: int, cluster: Cluster, make_server: Make, tmp_path: Path
) -> None:
    """``where`` is whose commits are meant: those that decide due times, or those of the table that they wait in."""
    faults = {"plan": str(tmp_path / "plan"), "clock": str(tmp_path / "clock"), "due_lease_s": LEASE_S}
    server = make_server(database_url=cluster.fresh(), faults=faults).start()
    story = Story(server, tmp_path)
    deaths = set()
    for at, when in points():
        if at > commits:
            break
        story.begin()
        arm(story.plan, at=at, when=when, act="kill", where=where)
        story.jump()
        until(f"death {when} commit {at}", lambda: not server.is_alive, within_s=WITHIN_S)
        deaths.add((at, when))
        disarm(story.plan)
        server.start()
        until("every due time", lambda: len(story.fires()) >= MINUTES, within_s=WITHIN_S)
        story.check()
        story.end()
    assert len(deaths) == 2 * commits
