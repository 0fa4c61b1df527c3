"""A run is one span a segment with its steps below it, however it goes, and nothing of what it is about is in them."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from opentelemetry.trace import StatusCode

from futurone_server.features.runs import Budget, Run, Status
from futurone_server.main import Server
from futurone_server.models.port import ModelError, Models
from futurone_server.models.scripted import ScriptedModels
from futurone_server.pipelines import pauses
from futurone_server.pipelines.outcomes import StepFailedError, TransientError
from futurone_server.pipelines.steps.context import StepContext
from futurone_server.pipelines.steps.registry import STEPS
from house import Tenant, add_tenant, open_server
from models.conftest import Make
from models.standin import Standin
from pipelines.inquiry.conftest import HARBOUR, LIGHTHOUSE, research, upload
from pipelines.inquiry.standin import Researcher
from pipelines.stage import carry_out, order_run
from telemetry.collected import Collected
from telemetry.logged import heard

pytestmark = pytest.mark.anyio
FAILURE = "mk-failure-3c1e"
MARKS = ("lighthouse", "Lighthouse", "Harrow", "Ada Wells", "metres", "Tenant", FAILURE)
"""Words of the task, the documents, their names, the questions, the answers; and what goes wrong."""


@asynccontextmanager
async def traced_house(databases: Any, url: str, collected: Collected, models: Models) -> AsyncIterator[Server]:
    async with open_server(url, databases.role, models=models) as house:
        conductor = house.worker.conductor
        conductor._equipment = replace(conductor._equipment, tracing=collected.tracing)
        yield house


async def inquire(house: Server, **wishes: Any) -> Run:
    """A research run over two documents."""
    tenant = await add_tenant(house)
    files = [await upload(house, tenant, "lighthouse.md", LIGHTHOUSE), await upload(house, tenant, "h.md", HARBOUR)]
    return await research(house, tenant, *files, **wishes)


def _raise(error: Exception) -> Callable[[object], Any]:
    def script(asked: object) -> Any:
        raise error

    return script


def _misled(mind: Researcher) -> Callable[[str], str]:
    return lambda prompt: mind.quote(prompt).replace("42", "57")


WAYS: Mapping[str, tuple[Callable[[Researcher], Mapping[str, Any]], Status, str | None]] = {
    "sound": (lambda mind: {}, Status.COMPLETED, None),
    "misled": (lambda mind: {"write": _misled(mind)}, Status.ESCALATED, None),
    "defect": (lambda mind: {"write": _raise(RuntimeError(FAILURE))}, Status.FAILED, "INTERNAL"),
    "judge": (lambda mind: {"judge": _raise(KeyError(FAILURE))}, Status.FAILED, "INTERNAL"),
    "unplanned": (lambda mind: {"plan": _raise(ValueError(FAILURE))}, Status.FAILED, "INTERNAL"),
    "away": (lambda mind: {"plan": _raise(ModelError("MODEL_GONE", FAILURE))}, Status.FAILED, "MODEL_GONE"),
}
"""How a model behaves, how the run then ends, and the reason that is told."""


@pytest.mark.parametrize("way", WAYS)
async def test_a_run_holds_no_content_in_its_spans_nor_in_the_log(
    way: str, databases: Any, database: str, collected: Collected
) -> None:
    mind = Researcher("How high is the lighthouse tower?", "When was the lighthouse built?")
    change, status, reason = WAYS[way]
    vars(mind).update(change(mind))
    async with traced_house(databases, database, collected, ScriptedModels(mind)) as house:
        with heard() as said:
            run = await inquire(house)
    assert run.status is status
    (span,) = collected.named("run")
    told = dict(span.attributes or {})
    assert (told["futurone.run.id"], told["futurone.workspace.id"]) == (run.id, run.workspace_id)
    assert (told["futurone.agent"], told["futurone.segment"]) == ("research", 1)
    assert told["futurone.outcome"] == status.value
    assert reason is None or told["futurone.reason"] == reason
    assert (span.status.status_code is StatusCode.ERROR) == (status is Status.FAILED)
    assert set(collected.paths) <= {"run", "run > step"}
    assert collected.found(MARKS) == []
    assert [mark for mark in MARKS if mark in said.getvalue()] == []


async def test_a_run_that_asks_real_models_has_their_spans_below_its_own(
    databases: Any, database: str, collected: Collected, make: Make, standin: Standin
) -> None:
    standin.answer = dict(Researcher("How high is the lighthouse tower?").outline(""))
    async with traced_house(databases, database, collected, make("openai", "dead", "good")) as house:
        with heard() as said:
            await inquire(house, budget=Budget(max_tokens=1_000_000))
    paths = collected.paths
    assert paths[:4] == [
        "run", "run > invoke_agent ask", "run > invoke_agent ask > chat dead", "run > invoke_agent ask > chat good",
    ]  # fmt: skip
    assert "run > step > invoke_agent ask > chat good" in paths
    assert len({span.context.trace_id for span in collected.spans if span.context}) == 1
    marks = (*MARKS, "forty-two", "secret words")
    assert collected.found(marks) == []
    assert [mark for mark in marks if mark in said.getvalue()] == []


async def test_every_attempt_at_a_step_is_a_span_of_its_own(
    databases: Any, database: str, collected: Collected, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def flaky(context: StepContext) -> object:
        if context.attempt < 3:
            raise TransientError("PROVIDER_DOWN", FAILURE)
        raise StepFailedError("TOO_HARD", FAILURE) from LookupError(FAILURE)

    monkeypatch.setattr(pauses, "_BACKOFF_S", (0.0, 0.0, 0.0))
    monkeypatch.setitem(STEPS, "scripted", flaky)
    async with traced_house(databases, database, collected, ScriptedModels(_raise(LookupError()))) as house:
        run = await order_run(house, await add_tenant(house), "[test:steps 1]")
        assert (await carry_out(house, run)).status is Status.FAILED
    told = [dict(span.attributes or {}) for span in collected.named("step")]
    assert [(one["futurone.step.id"], one["futurone.step.attempt"], one["futurone.reason"]) for one in told] == [
        ("s1", 1, "PROVIDER_DOWN"), ("s1", 2, "PROVIDER_DOWN"), ("s1", 3, "TOO_HARD"),
    ]  # fmt: skip
    assert {one["futurone.outcome"] for one in told} == {"failed"}
    assert collected.found(MARKS) == []


async def test_a_wait_for_a_person_is_no_failure(databases: Any, database: str, collected: Collected) -> None:
    async with traced_house(databases, database, collected, ScriptedModels(_raise(LookupError()))) as house:
        tenant: Tenant = await add_tenant(house)
        await carry_out(house, await order_run(house, tenant, "[test:input]"))
    (segment,) = collected.named("run")
    assert dict(segment.attributes or {})["futurone.outcome"] == "awaiting_input"
    assert all(span.status.status_code is StatusCode.UNSET for span in collected.spans)


@pytest.mark.usefixtures("list_off", "content_on")
async def test_without_either_wall_a_run_would_be_found_out(
    databases: Any, database: str, collected: Collected, make: Make, standin: Standin
) -> None:
    standin.answer = dict(Researcher("How high is the lighthouse tower?").outline(""))
    async with traced_house(databases, database, collected, make("openai", "dead", "good")) as house:
        await inquire(house)
    assert {"lighthouse", "metres", "forty-two", "secret words"} <= set(
        collected.found((*MARKS, "forty-two", "secret words"))
    )
