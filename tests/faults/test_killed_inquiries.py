"""A server that dies at commits of a run that asks models, uses a tool with effects and waits for a person."""

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

import pytest

from faults.conftest import Make
from faults.tools.cluster import Cluster
from faults.tools.commits import arm, disarm
from faults.tools.inquiry import Inquiry, Mailer
from faults.tools.provider import Provider
from faults.tools.scenario import NEVER
from faults.tools.servers import Server

DEATHS = 5
"""How many commits are tried in every test run, spread over the whole run, other ones each time."""

COMMITS_MIN = 25


LANES = 3
"""Deaths that are waited out side by side: most of the time goes by until a dead worker counts as dead."""


@pytest.mark.heavy
def test_death_in_an_inquiry_asks_nothing_twice_that_was_answered_and_shows_no_mixture(
    cluster: Cluster, make_server: Make, tmp_path: Path, scale: float
) -> None:
    deaths = max(1, round(DEATHS * scale))
    lanes: SimpleQueue[_Lane] = SimpleQueue()

    def die(part: int) -> int:
        lane = lanes.get()
        try:
            at = random.randint(commits * part // deaths + 1, max(1, commits * (part + 1) // deaths))
            return lane.play(at=at, when=random.choice(("before", "after")))[1]
        finally:
            lanes.put(lane)

    with ExitStack() as open_lanes, ThreadPoolExecutor(LANES) as side_by_side:
        made = [_Lane.opened(open_lanes, cluster, make_server, tmp_path / f"lane-{n}") for n in range(LANES)]
        commits, _ = made[0].play(at=NEVER, when="after")
        assert commits >= COMMITS_MIN, "the run that is meant"
        for lane in made:
            lanes.put(lane)
        died = sum(side_by_side.map(die, range(deaths)))
    assert died, "some of them"


@dataclass(frozen=True, kw_only=True)
class _Lane:
    """A server with a provider, a database and a folder of its own, in which one run at a time is played."""

    server: Server
    directory: Path
    url: str
    provider: Provider

    @classmethod
    def opened(cls, open_lanes: ExitStack, cluster: Cluster, make_server: Make, directory: Path) -> "_Lane":
        """A lane whose server has started; its provider is gone with ``open_lanes``."""
        directory.mkdir()
        url = cluster.fresh()
        provider = open_lanes.enter_context(Provider(Mailer()))
        environment = {"FUTURONE_MODELS": provider.listed("good")}
        name = f"{directory.name}/server"
        server = make_server(name, database_url=url, faults=Inquiry.needs(directory), environment=environment)
        return cls(server=server.start(), directory=directory, url=url, provider=provider)

    def play(self, *, at: int, when: str) -> tuple[int, int]:
        """One run with a death at one of its commits; how many were counted until then, and how often it died."""
        deaths: list[int] = []

        def revive() -> None:
            if not self.server.is_alive:
                assert self.server.code == -9, self.server.log()
                deaths.append(self.server.pid)
                scenario.note(self.url)
                disarm(scenario.plan)
                self.server.start()

        scenario = Inquiry(self.server, self.directory, mend=revive, provider=self.provider)
        story = scenario.plan.with_suffix(".log")
        arm(scenario.plan, at=at, when=when, act="kill")
        try:
            scenario.play()
            scenario.check(self.url, faults=len(deaths))
        except AssertionError as error:
            error.add_note(f"died {when} commit {at} of:\n{story.read_text()}\n{self.server.log()}")
            raise
        finally:
            lines = len(story.read_text().splitlines())
            story.unlink()
        assert len(deaths) <= 1
        return lines, len(deaths)
