"""Which planner a run's plan comes from: the test directive, or the brief of a domain agent."""

import asyncio
from collections.abc import Awaitable, Callable
from importlib import import_module

from futurone_server.features.keys import Mode
from futurone_server.features.runs import Domain, Escalation, Plan
from futurone_server.pipelines.outcomes import EscalatedError
from futurone_server.pipelines.planning import scripted
from futurone_server.pipelines.planning.context import PlanContext

Planner = Callable[[PlanContext], Awaitable[Plan]]

_PLANNERS = {
    Domain.RESEARCH: "research",
    Domain.CONTENT: "content",
    Domain.STRATEGY: "strategy",
    Domain.CODING: "coding",
}
"""The module of each domain's planner; it is loaded with the first run of its domain."""


def _load(name: str) -> Planner:
    planner: Planner = import_module(f"{__package__}.{name}").plan
    return planner


async def make_plan(context: PlanContext) -> Plan:
    """The plan of a run. Raises EscalatedError where a person or a model is needed to go on."""
    if context.run.mode is Mode.TEST:
        return scripted.plan(context.task)
    module = _PLANNERS.get(Domain(context.run.agent))
    if module is None:
        raise model_required(f"The agent {context.run.agent}")
    planner = await asyncio.to_thread(_load, module)
    return await planner(context)


def model_required(what: str) -> EscalatedError:
    """What cannot be done without a model is held for a person, who can configure one."""
    return EscalatedError(
        Escalation(
            reason="MODEL_REQUIRED",
            message=f"{what} needs a language model, and none is configured.",
            needs=("Configure a model on the server (FUTURONE_MODELS), then run the task again.",),
        )
    )
