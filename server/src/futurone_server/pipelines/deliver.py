"""Delivery: verified work is completed at or above the threshold, and held for a person below it."""

from collections.abc import Mapping
from typing import Any

from futurone_server.features.keys import Mode
from futurone_server.features.runs import Ending, Escalation, Plan, RunWork, Score, Status, Work, rules

_SCRIPTED_CONFIDENCE = {"complete": 0.97, "escalate": 0.42}


async def deliver(work: Work, plan: Plan, desk: RunWork) -> Ending:
    """How a run whose steps are all done ends."""
    if work.run.mode is Mode.TEST:
        return _scripted(plan, work.run.threshold)
    verdict = rules.as_mapping(await desk.result(work.log, "step/verify"))
    return judge(verdict)


def judge(verdict: Mapping[str, Any]) -> Ending:
    """How a verified run ends: completed at or above the threshold with every gate passed, else held for a person.

    What goes into the run's row is content-free: names of checks, numbers of questions, scores.
    """
    checks = tuple({name: check[name] for name in ("name", "kind", "passed", "score")} for check in verdict["checks"])
    passed = sum(check["passed"] for check in checks)
    score = Score(
        rubric=verdict["rubric_id"],
        version=verdict["rubric_version"],
        passed=passed,
        total=len(checks),
        checks=checks,
    )
    confidence = round(float(verdict["confidence"]), 3)
    answered = verdict["questions"] - verdict["unanswered"]
    told = f"{answered} of {verdict['questions']} questions answered; {passed} of {len(checks)} checks passed."
    if verdict["passed"]:
        return Ending(status=Status.COMPLETED, summary=told, confidence=confidence, score=score)
    escalation = _no_evidence() if not answered else _below(verdict, confidence)
    return Ending(status=Status.ESCALATED, summary=told, confidence=confidence, score=score, escalation=escalation)


def _no_evidence() -> Escalation:
    return Escalation(
        reason="NO_EVIDENCE",
        message="The sources do not hold the answer to any of the questions.",
        needs=("Give documents that cover the questions, and run the task again.",),
    )


def _below(verdict: Mapping[str, Any], confidence: float) -> Escalation:
    failing = [check for check in verdict["checks"] if not check["passed"]]
    open_ones = [section for section in verdict["sections"] if not section["is_answered"]]
    needs = [_NEEDS.get(check["name"], f"Look at the check {check['name']} in the verification.") for check in failing]
    needs += [f"Question {one['number']}: give a document that covers it, or leave it out." for one in open_ones]
    weak = [one for one in verdict["sections"] if one["is_answered"] and one["confidence"] < verdict["threshold"]]
    needs += [f"Question {one['number']}: read the quotes; they may not answer it." for one in weak]
    return Escalation(
        reason="VERIFICATION_BELOW_THRESHOLD",
        message=f"The confidence {confidence} is below the threshold {verdict['threshold']}, or a gate failed.",
        checks=tuple(check["name"] for check in failing),
        needs=tuple(needs),
    )


_NEEDS = {
    "sources_unchanged": "Run the task again: a source changed while the run was working.",
    "quotes_verbatim": "Compare the quotes with their sources; one is not verbatim.",
    "claims_cited": "Remove or cite the claim without a citation.",
    "relevance": "Read the quotes: they may be about the subject without answering the question.",
    "completeness": "Give documents that cover the unanswered questions.",
}
"""What would resolve the doubt behind a failing check."""


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
