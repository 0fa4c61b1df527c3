"""Which planner a run's plan comes from: the test directive, or the brief of a domain agent."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from futurone_server.features.keys import Mode
from futurone_server.features.runs import Domain, Escalation, Plan, Run
from futurone_server.pipelines.outcomes import EscalatedError
from futurone_server.pipelines.planning import scripted
from futurone_server.pipelines.sources import Sources


def task_of(brief: Mapping[str, object]) -> str:
    """The task in a brief, whichever form the order had."""
    task = brief.get("task")
    if isinstance(task, str):
        return task
    given = brief.get("input")
    query = given.get("user_query") if isinstance(given, dict) else None
    return query if isinstance(query, str) else ""


Planner = Callable[..., Awaitable[Plan]]


def _research() -> Planner:
    from futurone_server.pipelines.planning import research  # noqa: PLC0415 - loaded with the first research run

    return research.plan


async def make_plan(run: Run, brief: Mapping[str, object], sources: Sources) -> Plan:
    """The plan of a run. Raises EscalatedError where a person or a model is needed to go on."""
    task = task_of(brief)
    if run.mode is Mode.TEST:
        return scripted.plan(task)
    if run.agent == Domain.RESEARCH:
        plan: Planner = await asyncio.to_thread(_research)
        return await plan(task, sources, may_search=brief.get("may_search_vault") is True)
    raise EscalatedError(
        Escalation(
            reason="MODEL_REQUIRED",
            message=f"The agent {run.agent} needs a language model, and none is configured.",
            needs=("Configure a model on the server, then run the task again.",),
        )
    )
