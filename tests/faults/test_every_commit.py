"""A server that dies before or after its n-th commit, for every n of a run's whole life.

Each of them takes minutes; the ordinary suite takes other ones of them each time.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

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
    """Hands out one in so many commits of the scenario, before and after, until one lies beyond its end."""

    def __init__(self, one_in: int) -> None:
        self._lock = threading.Lock()
        self._points = ((at, when) for at in some_commits(one_in=one_in) for when in ("before", "after"))
        self._end = NEVER
        self._survived: set[tuple[int, str]] = set()

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
            if not has_died:
                self._survived.add(point)
                self._end = min(self._end, point[0])

    @property
    def commits(self) -> int:
        """So many commits the scenario has at most."""
        return self._end - 1

    @property
    def survived(self) -> set[tuple[int, str]]:
        """The commits within the scenario at which nothing died."""
        return {point for point in self._survived if point[0] < self._end}


@pytest.mark.parametrize("one_in", [pytest.param(1, marks=pytest.mark.heavy), 12])
def test_death_before_or_after_any_commit_loses_repeats_and_invents_nothing(
    cluster: Cluster, make_server: Make, tmp_path: Path, one_in: int
) -> None:
    sweep = Sweep(one_in)

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
    assert not sweep.survived, "it has died at each commit that was handed out"


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


@pytest.mark.heavy
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
