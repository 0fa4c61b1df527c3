"""The steps that wait for a person: approval and form."""

from collections.abc import Mapping

from futurone_server.features.runs import InputKind, Question
from futurone_server.kit import limits
from futurone_server.pipelines.outcomes import AskedError
from futurone_server.pipelines.steps.context import StepContext


async def _ask(context: StepContext, kind: InputKind, fields: object) -> object:
    answer = await context.answer()
    if answer is not None:
        return answer
    args: Mapping[str, object] = context.step.args
    shown = {
        "prompt": str(args.get("prompt", context.step.label)),
        "fields": fields,
        "on_timeout": str(args.get("on_timeout", "fail")),
    }
    wait_s = args.get("timeout_s")
    seconds = float(wait_s) if isinstance(wait_s, int | float) else float(limits.INPUT_WAIT_S)
    raise AskedError(Question(step_id=context.step.id, kind=kind, shown=shown, wait_s=seconds))


async def approval(context: StepContext) -> object:
    """Wait until a person approves; a rejection ends the run."""
    return await _ask(context, InputKind.APPROVAL, [])


async def form(context: StepContext) -> object:
    """Wait until a person fills in the fields."""
    return await _ask(context, InputKind.FORM, context.step.args.get("fields", []))
