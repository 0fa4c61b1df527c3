"""A server that dies before or after its n-th commit, for every n of a run's whole life."""

import itertools
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from faults.conftest import Make
from faults.tools.cluster import Cluster
from faults.tools.commits import arm, disarm
from faults.tools.scenario import NEVER, Scenario, some_commits
from faults.tools.servers import Server

LANES = 4
"""Deaths that are waited out side by side: most of the time goes by until a dead worker counts as dead."""

COMMITS_MIN = 20
"""A scenario with fewer commits than this would not be the one that is meant."""


class Sweep:
    """Hands out every commit of the scenario, before and after, until one lies beyond its end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._points = ((at, when) for at in itertools.count(1) for when in ("before", "after"))
        self._end = NEVER
        self.deaths: list[tuple[int, str]] = []

    def __iter__(self) -> Iterator[tuple[int, str]]:
        while True:
            with self._lock:
                point = next(self._points)
                if point[0] >= self._end:
                    return
            yield point

    def tell(self, point: tuple[int, str], *, has_died: bool) -> None:
        """What became of one point."""
        with self._lock:
            if has_died:
                self.deaths.append(point)
            else:
                self._end = min(self._end, point[0])

    @property
    def commits(self) -> int:
        """How many commits the scenario was found to have."""
        return self._end - 1


def test_death_before_or_after_any_commit_loses_repeats_and_invents_nothing(
    cluster: Cluster, make_server: Make, tmp_path: Path
) -> None:
    sweep = Sweep()

    def follow(lane: int) -> None:
        directory = tmp_path / f"lane-{lane}"
        directory.mkdir()
        url = cluster.fresh()
        server = make_server(f"lane-{lane}/server", database_url=url, faults=Scenario.needs(directory))
        server.start()
        for point in sweep:
            sweep.tell(point, has_died=_die_at(server, directory, url, point))

    with ThreadPoolExecutor(LANES) as lanes:
        for lane in [lanes.submit(follow, number) for number in range(LANES)]:
            lane.result()
    assert sweep.commits >= COMMITS_MIN
    missed = {(at, when) for at in range(1, sweep.commits) for when in ("before", "after")} - set(sweep.deaths)
    assert not missed, "the scenario has died at each of its commits"


def _die_at(server: Server, directory: Path, url: str, point: tuple[int, str]) -> bool:
    deaths: list[int] = []

    def revive() -> None:
        if not server.is_alive:
            assert server.code == -9, server.log()
            deaths.append(server.pid)
            scenario.note(url)
            disarm(scenario.plan)
            server.start()

    scenario = Scenario(server, directory, mend=revive)
    arm(scenario.plan, at=point[0], when=point[1], act="kill")
    try:
        scenario.play()
        scenario.check(url, faults=len(deaths))
    except AssertionError as error:
        story = scenario.plan.with_suffix(".log").read_text()
        error.add_note(f"died {point[1]} commit {point[0]} of:\n{story}\n{server.log()}")
        raise
    finally:
        scenario.plan.with_suffix(".log").unlink(missing_ok=True)
    assert len(deaths) <= 1
    return bool(deaths)


def test_a_commit_whose_answer_is_lost_is_neither_lost_nor_done_twice(
    cluster: Cluster, make_server: Make, tmp_path: Path, scale: float
) -> None:
    url = cluster.fresh()
    server = make_server(database_url=url, faults=Scenario.needs(tmp_path)).start()
    for at in some_commits(one_in=round(4 / scale)):
        scenario = Scenario(server, tmp_path, mend=lambda: None)
        story = scenario.plan.with_suffix(".log")
        arm(scenario.plan, at=at, when="after", act="lose")
        try:
            scenario.play()
            scenario.check(url, faults=0)
        except AssertionError as error:
            error.add_note(f"the answer to commit {at} was lost of:\n{story.read_text()}\n{server.log()}")
            raise
        commits = len(story.read_text().splitlines())
        story.unlink()
        if commits < at:
            assert at > COMMITS_MIN
            return
