"""Delivery: verified work is completed at or above the threshold, and held for a person below it."""

from futurone_server.features.keys import Mode
from futurone_server.features.runs import Ending, Escalation, Plan, RunWork, Score, Status, Work
from futurone_server.pipelines.sources import Sources

_SCRIPTED_CONFIDENCE = {"complete": 0.97, "escalate": 0.42}


async def deliver(work: Work, plan: Plan, desk: RunWork, sources: Sources) -> Ending:
    """How a run whose steps are all done ends."""
    assert work.run.mode is Mode.TEST
    return _scripted(plan, work.run.threshold)


def _scripted(plan: Plan, threshold: float) -> Ending:
    outcome = str(plan.steps[-1].args.get("outcome", "complete"))
    confidence = _SCRIPTED_CONFIDENCE[outcome]
    passed = confidence >= threshold
    check = {"name": "script", "passed": passed, "score": confidence}
    score = Score(rubric="scripted", version=1, passed=int(passed), total=1, checks=(check,))
    if passed:
        return Ending(status=Status.COMPLETED, summary="The script ended.", confidence=confidence, score=score)
    escalation = Escalation(
        reason="VERIFICATION_BELOW_THRESHOLD",
        message=f"The confidence {confidence} is below the threshold {threshold}.",
        checks=("script",),
        needs=("Review the deliverable, or lower the run's threshold.",),
    )
    return Ending(
        status=Status.ESCALATED,
        summary="The script ended below the threshold.",
        confidence=confidence,
        score=score,
        escalation=escalation,
    )
