"""Planning in attempts: what a provider fails at is tried again, and what a lost attempt said stands alone."""

from futurone_server.features.runs import Plan
from futurone_server.kit import limits
from futurone_server.pipelines.inhand import InHand
from futurone_server.pipelines.outcomes import StepFailedError, TransientError
from futurone_server.pipelines.pauses import pause
from futurone_server.pipelines.planning.context import PLANNER, PlanContext
from futurone_server.pipelines.planning.origin import Planner
from futurone_server.pipelines.scribe import has_improvised


async def plan_in_attempts(hand: InHand, make: Planner, first: int = 1) -> Plan:
    """The plan that ``make`` makes; ``first`` is a number no attempt of an earlier revision has had.

    Raises StepFailedError when no attempt went well, and whatever else ``make`` raises.
    """
    attempt, tried = first, 0
    while True:
        while has_improvised(hand.work.log, PLANNER, attempt):
            attempt += 1
        try:
            return await make(PlanContext(hand, attempt=attempt))
        except TransientError as error:
            tried += 1
            if tried >= limits.STEP_ATTEMPTS_MAX:
                raise StepFailedError(error.reason, error.message) from error
            await pause(hand, PLANNER, tried, error.after_s)
            attempt += 1
