"""The steps that wait for a person: approval, form and choice."""

from collections.abc import Mapping

from futurone_server.features.runs import InputKind, Question
from futurone_server.kit import limits
from futurone_server.pipelines.outcomes import AskedError
from futurone_server.pipelines.planning.waits import fields_of
from futurone_server.pipelines.steps.context import StepContext


async def _ask(context: StepContext, kind: InputKind) -> object:
    answer = await context.answer()
    if answer is not None:
        return answer
    args: Mapping[str, object] = context.step.args
    shown: dict[str, object] = {
        "prompt": str(args.get("prompt", context.step.label)),
        "fields": fields_of(context.step),
        "on_timeout": str(args.get("on_timeout", "fail")),
    }
    if "default" in args:
        shown["default"] = args["default"]
    wait_s = args.get("timeout_s")
    seconds = float(wait_s) if isinstance(wait_s, int | float) else float(limits.INPUT_WAIT_S)
    raise AskedError(Question(step_id=context.step.id, kind=kind, shown=shown, wait_s=seconds))


async def approval(context: StepContext) -> object:
    """Wait until a person approves; a rejection ends the run."""
    return await _ask(context, InputKind.APPROVAL)


async def form(context: StepContext) -> object:
    """Wait until a person fills in the fields."""
    return await _ask(context, InputKind.FORM)


async def choice(context: StepContext) -> object:
    """Wait until a person chooses one of the options: ``{"choice": …}``."""
    return await _ask(context, InputKind.CHOICE)
