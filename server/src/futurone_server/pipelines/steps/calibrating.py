"""Calibrating: what people decided over such work so far corrects what a verifier says of the next."""

from collections.abc import Mapping
from typing import Any

from futurone_server.features.reviews import InForce, Kind
from futurone_server.pipelines.steps.context import Step, StepContext

_LEAST, _MOST = 0.001, 0.999
_PLACES = 4
_LOOK = "Look the deliverable over: people found less of such work right than its checks had promised."


def calibrating(verify: Step) -> Step:
    """A verifying step whose confidence is calibrated as people's decisions have taught by then.

    The curve is taken when the step is done, and named in its account: a step that is done is never done again.
    """

    async def step(context: StepContext) -> object:
        account = await verify(context)
        assert isinstance(account, dict)
        kind = Kind(agent=context.run.agent, rubric=account["rubric_id"], version=account["rubric_version"])
        return calibrated(account, await context.hand.equipment.calibration.in_force(context.run.workspace_id, kind))

    return step


def calibrated(account: Mapping[str, Any], in_force: InForce) -> dict[str, Any]:
    """The account of a verification with the confidence that is to be told, and what it was made of.

    Nothing is changed where a gate failed, or where the work is held for a reason of its own: no label helps there.
    """
    curve, raw = in_force.curve, float(account["confidence"])
    told = {"labels": in_force.labels, "fit_id": None, "raw_confidence": raw}
    has_gates = all(check["passed"] for check in account["checks"] if check["kind"] == "gate")
    if curve is None or not has_gates or account["reason"]:
        return {**account, "calibration": told}
    confidence = round(min(_MOST, max(_LEAST, curve.apply(raw))), _PLACES)
    passed = confidence >= account["threshold"]
    needs = account["needs"] if passed or account["needs"] else [_LOOK]
    changed = {"confidence": confidence, "passed": passed, "needs": needs, "calibrated": True}
    return {**account, **changed, "calibration": {**told, "fit_id": curve.id}}
