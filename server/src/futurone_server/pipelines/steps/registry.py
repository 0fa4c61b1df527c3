"""Every kind of step by name."""

import asyncio
from collections.abc import Mapping
from importlib import import_module

from futurone_server.pipelines.steps import human, scripted
from futurone_server.pipelines.steps.calibrating import calibrating
from futurone_server.pipelines.steps.context import Step, StepContext


def _lazy(module: str, name: str) -> Step:
    """The step ``name`` of a module that is loaded with the first run which needs it."""

    async def step(context: StepContext) -> object:
        run: Step = getattr(await asyncio.to_thread(import_module, f"{__package__}.{module}"), name)
        return await run(context)

    return step


_OF_DOMAINS: Mapping[str, tuple[str, ...]] = {
    "coding": ("intake", "analyse", "read_change", "merge_findings", "compose_review"),
    "research": ("gather", "question", "compose"),
    "inquiry": ("investigate", "check_claims", "compose_written"),
    "content": (
        "lint_draft",
        "lint_report",
        "quote_bank",
        "source_brief",
        "write_section",
        "assemble_text",
    ),
    "strategy": ("gather_numbers", "tell_strategy", "report_strategy"),
}
"""The kinds of step of each domain: each a function of that name in the module of that name."""

_VERIFYING: Mapping[str, str] = {
    "coding": "verify_review",
    "research": "verify",
    "inquiry": "verify_written",
    "content": "verify_content",
    "strategy": "verify_strategy",
}
"""The kinds of step that give a confidence, by the module that they stand in."""

STEPS: Mapping[str, Step] = {
    "scripted": scripted.run,
    "approval": human.approval,
    "form": human.form,
    "choice": human.choice,
    **{kind: _lazy(module, kind) for module, kinds in _OF_DOMAINS.items() for kind in kinds},
    **{kind: calibrating(_lazy(module, kind)) for module, kind in _VERIFYING.items()},
}
