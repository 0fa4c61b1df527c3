"""The step of test mode: three events, as long as it is told to take, with the outcome it is told to have."""

import asyncio

from futurone_server.pipelines.outcomes import StepFailedError
from futurone_server.pipelines.steps.context import StepContext

_FLUSH_EVERY = 256


async def run(context: StepContext) -> object:
    """Narrate, pause, stream if asked to, produce the test report at the end."""
    args = context.step.args
    context.narrate(f"{context.step.label} is running.")
    pause_s = args.get("pause_s")
    if isinstance(pause_s, int | float) and pause_s > 0:
        await asyncio.sleep(pause_s)
    deltas = args.get("deltas")
    for number in range(deltas if isinstance(deltas, int) else 0):
        context.delta(f"{number} ")
        if number % _FLUSH_EVERY == 0:
            await context.work.log.settled()
    outcome = args.get("outcome")
    if outcome == "fail":
        raise StepFailedError("SCRIPTED_FAILURE", "The scripted plan was told to fail.")
    return {"outcome": outcome}
