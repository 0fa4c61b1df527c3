"""Why a run with a model has not ended yet: which step waits, for what, since when, in which attempt, until when."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from faults.tools.provider import Provider
from futurone_server.api.runs.views import present_why
from futurone_server.eventlog import Content
from futurone_server.features.runs import Budget, Order, Run, RunWork
from futurone_server.main import Server
from futurone_server.models.configured import ConfiguredModels
from futurone_server.models.listed import read_models
from house import Tenant, open_server, principal
from pipelines.inquiry.conftest import LIGHTHOUSE, upload
from pipelines.inquiry.standin import Researcher
from pipelines.stage import carry_out

pytestmark = pytest.mark.anyio

_Why = dict[str, Any]


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider(Researcher("How high is the lighthouse tower?")) as made:
        made.is_paced = False
        yield made


@pytest.fixture
async def house(databases: Any, database: str, provider: Provider) -> AsyncIterator[Server]:
    models = ConfiguredModels(read_models(provider.listed("good")), {}, time.monotonic)
    async with open_server(database, databases.role, models=models) as server:
        yield server
    await models.close()


async def _order(house: Server, tenant: Tenant) -> Run:
    file_id = await upload(house, tenant, "lighthouse.md", LIGHTHOUSE)
    task = Content({"task": "How high is the lighthouse?"})
    order = Order(agent="research", brief=task, files=(file_id,), metadata={}, budget=Budget())
    return (await house.desk.runs.create(principal(tenant.workspace_id), order, request_id="req_test")).run


async def _why_once(house: Server, run: Run, fits: Callable[[_Why], bool]) -> _Why:
    """What is told of the run while it is carried out, as soon as it fits."""
    caller = principal(run.workspace_id)
    working = asyncio.create_task(carry_out(house, run))
    try:
        async with asyncio.timeout(20):
            while True:
                now = await house.desk.runs.get(caller, run.id)
                why = present_why(now, None, await house.desk.deliverables.doing(caller, now))
                if fits(why):
                    return why
                assert not working.done(), "the run ended before"
    finally:
        await house.worker.conductor.drop_all()
        await asyncio.gather(working, return_exceptions=True)


def _waits(kind: str, step: str) -> Callable[[_Why], bool]:
    return lambda why: any((one["kind"], one["step"]) == (kind, step) for one in why["steps"])


@pytest.mark.parametrize(("asked", "step", "routing"), [("plan", "plan", "deep"), ("draft", "s1", "wide")])
async def test_a_run_whose_model_hangs_names_the_step_the_class_the_model_and_since_when(
    house: Server, tenant: Tenant, provider: Provider, asked: str, step: str, routing: str
) -> None:
    provider.fault = lambda one: "hangs" if one.kind == asked else None
    why = await _why_once(house, await _order(house, tenant), _waits("model", step))
    (one,) = (told for told in why["steps"] if told["step"] == step)
    assert one["routing"] == routing
    assert one["model"].startswith("compatible:good")
    assert one["attempt"] == 1
    assert why["since"] == one["since"]
    assert why["waiting_for"] == f"a model of the class {routing}: {one['model']} (step {step}, attempt 1)"
    assert why["worker"]


@pytest.mark.parametrize(("asked", "step"), [("plan", "plan"), ("draft", "s1")])
async def test_a_run_that_tries_a_model_again_says_when(
    house: Server, tenant: Tenant, provider: Provider, asked: str, step: str
) -> None:
    provider.fault = lambda one: "dead" if one.kind == asked else None
    why = await _why_once(house, await _order(house, tenant), _waits("pause", step))
    (one,) = (told for told in why["steps"] if told["step"] == step)
    assert one["attempt"] == 2, "the one that comes"
    assert one["next_at"] >= one["since"]
    assert why["next_wake_at"] == one["next_at"]
    assert why["waiting_for"] == f"the time of its next attempt (step {step}, attempt 2)"


async def test_what_a_lost_worker_waited_for_is_not_told_of_the_one_that_took_over(
    house: Server, tenant: Tenant, provider: Provider
) -> None:
    provider.fault = lambda one: "hangs" if one.kind == "draft" else None
    run = await _order(house, tenant)
    await _why_once(house, run, _waits("model", "s1"))
    desk, worker_id = RunWork(house.desk.runs._house), house.worker.engine.worker_id
    await desk.give_back(run.id, worker_id)
    caller = principal(run.workspace_id)
    assert await house.desk.deliverables.doing(caller, await house.desk.runs.get(caller, run.id)) == []
    assert (await desk.claim(worker_id, 1)).runs
    doing = await house.desk.deliverables.doing(caller, await house.desk.runs.get(caller, run.id))
    assert "model" not in {one["kind"] for one in doing}
