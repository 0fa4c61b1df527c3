"""Delivery: verified work is completed at or above the threshold, and held for a person below it."""

from collections.abc import Mapping
from typing import Any

from futurone_server.features.keys import Mode
from futurone_server.features.runs import Ending, Escalation, Plan, RunWork, Score, Status, Work, rules

_SCRIPTED_CONFIDENCE = {"complete": 0.97, "escalate": 0.42}

_NOT_CALIBRATED: Mapping[str, Any] = {"raw_confidence": None, "fit_id": None, "labels": 0}
"""What older workers left unsaid of runs that were verified by them and are delivered by this one."""


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
    told_by = verdict.get("calibration", _NOT_CALIBRATED)
    score = Score(
        rubric=verdict["rubric_id"],
        version=verdict["rubric_version"],
        passed=passed,
        total=len(checks),
        checks=checks,
        raw=told_by["raw_confidence"],
        fit=told_by["fit_id"],
        labels=told_by["labels"],
    )
    confidence = round(float(verdict["confidence"]), 3)
    told = f"{verdict['summary']} {passed} of {len(checks)} checks passed."
    if verdict["passed"]:
        return Ending(status=Status.COMPLETED, summary=told, confidence=confidence, score=score)
    escalation = Escalation(
        reason=verdict["reason"] or "VERIFICATION_BELOW_THRESHOLD",
        message=verdict["message"]
        or f"The confidence {confidence} is below the threshold {verdict['threshold']}, or a gate failed.",
        checks=tuple(check["name"] for check in checks if not check["passed"]),
        needs=tuple(verdict["needs"]),
    )
    return Ending(status=Status.ESCALATED, summary=told, confidence=confidence, score=score, escalation=escalation)


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
