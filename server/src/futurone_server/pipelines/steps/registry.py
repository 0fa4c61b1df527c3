"""Every kind of step by name."""

import asyncio
from collections.abc import Mapping
from types import ModuleType

from futurone_server.pipelines.steps import human, scripted
from futurone_server.pipelines.steps.context import Step, StepContext


def _load_research() -> ModuleType:
    from futurone_server.pipelines.steps import research  # noqa: PLC0415 - loaded with the first research run

    return research


def _of_research(name: str) -> Step:
    async def step(context: StepContext) -> object:
        run: Step = getattr(await asyncio.to_thread(_load_research), name)
        return await run(context)

    return step


STEPS: Mapping[str, Step] = {
    "scripted": scripted.run,
    "approval": human.approval,
    "form": human.form,
    **{name: _of_research(name) for name in ("gather", "question", "compose", "verify")},
}
