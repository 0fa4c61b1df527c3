"""A server that dies at commits of a run that asks models, uses a tool with effects and waits for a person."""

import random
from collections.abc import Iterator
from pathlib import Path

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


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider(Mailer()) as made:
        yield made


def test_death_in_an_inquiry_asks_nothing_twice_that_was_answered_and_shows_no_mixture(
    cluster: Cluster, make_server: Make, tmp_path: Path, provider: Provider, scale: float
) -> None:
    url = cluster.fresh()
    environment = {"FUTURONE_MODELS": provider.listed("good")}
    server = make_server(database_url=url, faults=Inquiry.needs(tmp_path), environment=environment).start()
    commits, _ = _play(server, tmp_path, url, provider, at=NEVER, when="after")
    assert commits >= COMMITS_MIN, "the run that is meant"
    deaths = max(1, round(DEATHS * scale))
    died = 0
    for part in range(deaths):
        at = random.randint(commits * part // deaths + 1, max(1, commits * (part + 1) // deaths))
        died += _play(server, tmp_path, url, provider, at=at, when=random.choice(("before", "after")))[1]
    assert died, "some of them"


def _play(server: Server, directory: Path, url: str, provider: Provider, *, at: int, when: str) -> tuple[int, int]:
    """One run with a death at one of its commits; how many commits were counted until then, and how often it died."""
    deaths: list[int] = []

    def revive() -> None:
        if not server.is_alive:
            assert server.code == -9, server.log()
            deaths.append(server.pid)
            scenario.note(url)
            disarm(scenario.plan)
            server.start()

    scenario = Inquiry(server, directory, mend=revive, provider=provider)
    story = scenario.plan.with_suffix(".log")
    arm(scenario.plan, at=at, when=when, act="kill")
    try:
        scenario.play()
        scenario.check(url, faults=len(deaths))
    except AssertionError as error:
        error.add_note(f"died {when} commit {at} of:\n{story.read_text()}\n{server.log()}")
        raise
    finally:
        lines = len(story.read_text().splitlines())
        story.unlink()
    assert len(deaths) <= 1
    return lines, len(deaths)
