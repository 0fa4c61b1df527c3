"""Which planner a run's plan comes from: the test directive, or the brief of a domain agent."""

import asyncio
from collections.abc import Awaitable, Callable
from importlib import import_module
from types import ModuleType

from futurone_server.features.keys import Mode
from futurone_server.features.runs import Domain, Plan
from futurone_server.pipelines.outcomes import StepFailedError
from futurone_server.pipelines.planning import scripted
from futurone_server.pipelines.planning.context import PlanContext, Trouble
from futurone_server.pipelines.planning.needs import model_required

Planner = Callable[[PlanContext], Awaitable[Plan]]
Replanner = Callable[[PlanContext, Plan, Trouble], Awaitable[Plan]]

_PLANNERS = {
    Domain.RESEARCH: "research",
    Domain.CONTENT: "content",
    Domain.STRATEGY: "strategy",
    Domain.CODING: "coding",
}
"""The module of each domain's planner; it is loaded with the first run of its domain."""


def _module(name: str) -> ModuleType:
    return import_module(f"{__package__}.{name}")


async def make_plan(context: PlanContext) -> Plan:
    """The plan of a run. Raises EscalatedError where a person or a model is needed to go on."""
    if context.run.mode is Mode.TEST:
        return scripted.plan(context.task)
    module = _PLANNERS.get(Domain(context.run.agent))
    if module is None:
        raise model_required(f"The agent {context.run.agent}")
    planner: Planner = (await asyncio.to_thread(_module, module)).plan
    return await planner(context)


async def make_another(context: PlanContext, plan: Plan, trouble: Trouble) -> Plan:
    """A plan that keeps what is done and goes another way from there. Raises StepFailedError where there is none."""
    module = await asyncio.to_thread(_module, _PLANNERS[Domain(context.run.agent)])
    another: Replanner | None = getattr(module, "replan", None)
    if another is None:
        raise StepFailedError(trouble.cause.reason, trouble.cause.message)
    return await another(context, plan, trouble)
