"""The step of test mode: takes as long as it is told to, ends as it is told to, and may leave a report."""

import asyncio

from futurone_server.pipelines.outcomes import StepFailedError
from futurone_server.pipelines.steps.context import StepContext

_FLUSH_EVERY = 256
_REPORT = "# Test report\n\nMade by a script in test mode; nothing was looked up and nothing is meant.\n"


async def run(context: StepContext) -> object:
    """Narrate, pause, stream if asked to, produce a report if asked to."""
    args = context.step.args
    context.narrate(f"{context.step.label} is running.")
    pause_s = args.get("pause_s")
    if isinstance(pause_s, int | float) and pause_s > 0:
        await asyncio.sleep(pause_s)
    deltas = args.get("deltas")
    for number in range(deltas if isinstance(deltas, int) else 0):
        context.delta(f"{number} ")
        if number % _FLUSH_EVERY == 0:
            await context.hand.work.log.settled()
    outcome = args.get("outcome")
    if outcome == "fail":
        raise StepFailedError("SCRIPTED_FAILURE", "The scripted plan was told to fail.")
    if args.get("report"):
        await context.artifact("report", "Test report", _REPORT, engine="scripted")
    return {"outcome": outcome}
