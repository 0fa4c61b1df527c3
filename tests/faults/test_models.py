"""Providers that die, hang and come back in the middle of runs: what was shown is taken back, paid, and made again."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import pytest

from faults.tools.provider import Asked, Provider
from futurone_server.eventlog import Event, EventType
from futurone_server.features.runs import Budget, Run, Status
from futurone_server.kit import limits
from futurone_server.main import Server
from futurone_server.models.configured import ConfiguredModels
from futurone_server.models.listed import read_models
from house import Tenant, open_server, principal
from pipelines.inquiry.conftest import LIGHTHOUSE, research, upload
from pipelines.inquiry.standin import Researcher
from pipelines.stage import events_of

pytestmark = pytest.mark.anyio

QUESTION = "How high is the lighthouse tower?"


@pytest.fixture
def mind() -> Researcher:
    return Researcher(QUESTION)


@pytest.fixture
def provider(mind: Researcher) -> Iterator[Provider]:
    with Provider(mind) as made:
        yield made


@pytest.fixture
async def house(databases: Any, database: str, provider: Provider) -> AsyncIterator[Server]:
    """A house with two models of one provider."""
    models = ConfiguredModels(read_models(provider.listed("first", "second")), {}, time.monotonic)
    async with open_server(database, databases.role, models=models) as server:
        yield server
    await models.close()


async def _run(house: Server, tenant: Tenant, **budget: Any) -> Run:
    return await research(house, tenant, await upload(house, tenant, "l.md", LIGHTHOUSE), budget=Budget(**budget))


def shown(events: Sequence[Event]) -> dict[str, str]:
    """What a reader of the stream has before them at the end, by step."""
    texts: dict[str, str] = {}
    for event in events:
        step = str(event.facts.get("step"))
        if event.type is EventType.DELTA:
            assert event.content is not None
            texts[step] = texts.get(step, "") + str(event.content["text"])
        elif event.type is EventType.DELTA_RESET:
            texts.pop(step, None)
    return texts


def calls(events: Sequence[Event]) -> list[tuple[str, str]]:
    """Every call of a model, with its outcome."""
    return [
        (str(event.facts["step"]), str(event.facts["outcome"]))
        for event in events
        if event.type is EventType.MODEL_CALL
    ]


def spent(events: Sequence[Event]) -> int:
    """The tokens of all calls."""
    found = [event.facts for event in events if event.type is EventType.MODEL_CALL]
    return sum(int(str(one["input_tokens"])) + int(str(one["output_tokens"])) for one in found)


async def test_an_answer_that_breaks_off_is_taken_back_and_made_by_the_next_model_of_the_same_run(
    house: Server, tenant: Tenant, provider: Provider
) -> None:
    provider.fault = lambda asked: "dies" if (asked.model, asked.kind) == ("first", "draft") else None
    run = await _run(house, tenant)
    assert run.status is Status.COMPLETED, (run.error, run.escalation)
    events = await events_of(house, run)
    told = [event.facts for event in events if event.type is EventType.SUBSTITUTION and event.facts["step"] == "s1"]
    name = provider.listed("first").partition("@")[0]
    assert [(one["from"], one["reason"]) for one in told] == [(name, "CONNECTION_LOST")]
    types = [event.type for event in events if event.facts.get("step") == "s1"]
    assert types.index(EventType.DELTA) < types.index(EventType.DELTA_RESET) < types.index(EventType.SUBSTITUTION)
    assert shown(events)["s1"] == provider.said[-1]
    assert ("s1", "CONNECTION_LOST") in calls(events)
    assert run.spent.tokens == spent(events)
    view = await house.desk.deliverables.plan(principal(tenant.workspace_id), run.id)
    state = next(step for step in view.steps if step.id == "s1")
    assert [one["reason"] for one in state.substitutions] == ["CONNECTION_LOST"]
    assert state.models == (name.replace("first", "second"),)


async def test_when_all_models_die_time_and_again_the_run_fails_with_an_empty_screen_and_every_call_paid(
    house: Server, tenant: Tenant, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "STEP_ATTEMPTS_MAX", 2)
    provider.fault = lambda asked: "dies" if asked.kind == "draft" else None
    run = await _run(house, tenant)
    assert run.status is Status.FAILED
    assert run.error is not None
    assert run.error["reason_code"] == "MODEL_UNAVAILABLE"
    assert run.error["step"] == "s1"
    events = await events_of(house, run)
    assert calls(events).count(("s1", "CONNECTION_LOST")) == provider.count("draft") == 4
    assert [event.facts["attempt"] for event in events if _begins(event, "s1")] == [1, 2]
    assert "s1" not in shown(events)
    assert run.spent.tokens == spent(events) > 0


def _begins(event: Event, step: str) -> bool:
    return event.type is EventType.STEP_STARTED and event.facts["step"] == step


async def test_a_provider_that_is_away_for_a_moment_when_the_plan_is_made_ends_no_run(
    house: Server, tenant: Tenant, provider: Provider
) -> None:
    provider.fault = lambda asked: "dead" if len(provider.asked) <= 2 else None
    run = await _run(house, tenant)
    assert run.status is Status.COMPLETED, (run.error, run.escalation)
    events = await events_of(house, run)
    assert [outcome for step, outcome in calls(events) if step == "plan"] == ["SERVER_ERROR", "SERVER_ERROR", "ok"]
    assert run.spent.tokens == spent(events)


async def test_a_provider_that_hangs_holds_a_run_no_longer_than_it_may_work(
    house: Server, tenant: Tenant, provider: Provider
) -> None:
    await _run(house, tenant)  # the adapters are loaded with the first run that asks
    provider.fault = lambda asked: "hangs" if asked.kind == "draft" else None
    async with asyncio.timeout(30):
        run = await _run(house, tenant, max_wall_s=3)
    assert run.status is Status.FAILED
    assert run.error is not None
    assert run.error["reason_code"] == "LIMIT_EXCEEDED"
    assert await asyncio.to_thread(provider.dropped.acquire, timeout=10), "its connection is let go"


async def test_ten_questions_side_by_side_never_use_more_than_the_run_may(
    house: Server, tenant: Tenant, provider: Provider, mind: Researcher
) -> None:
    mind.questions = tuple(f"{QUESTION[:-1]}, in answer {number}?" for number in range(10))
    provider.is_paced = False
    provider.made = {"draft": 2400}
    ends = set()
    for most in (9_000, 15_000, 24_000, 90_000):
        provider.asked.clear()
        provider.billed = 0
        run = await _run(house, tenant, max_tokens=most)
        assert run.spent.tokens <= most
        assert provider.billed <= most, "what the provider made counts, heard or not"
        events = await events_of(house, run)
        assert run.spent.tokens == spent(events)
        assert run.status in {Status.COMPLETED, Status.ESCALATED} or (
            run.error is not None and run.error["reason_code"] == "LIMIT_EXCEEDED"
        )
        ends.add((run.status, 0 < provider.count("draft") < 10))
    assert (Status.FAILED, True) in ends, "some were asked and some were not"


async def test_a_run_that_waits_for_a_slow_answer_is_told_of_no_other_runs_trouble(
    house: Server, tenant: Tenant, provider: Provider
) -> None:
    def fault(asked: Asked) -> str | None:
        return "dead" if asked.model == "first" else None

    provider.fault = fault
    runs = await asyncio.gather(*(_run(house, tenant) for _ in range(2)))
    for run in runs:
        assert run.status is Status.COMPLETED, (run.error, run.escalation)
        events = await events_of(house, run)
        assert run.spent.tokens == spent(events)
        assert shown(events)["s1"] in provider.said
