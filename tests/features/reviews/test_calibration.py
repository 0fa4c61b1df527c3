"""What people decide corrects what a verifier says next: by domain and version, once there is enough of it."""

import asyncio
import random

import pytest

from features.reviews.conftest import Desk
from futurone_server.features.reviews import InForce, Judgement, Kind
from futurone_server.features.runs import Status
from futurone_server.kit.calibration import LABELS_WANTED, Curve, fit
from futurone_server.kit.errors import Conflict, Gone
from futurone_server.pipelines.deliver import judge
from futurone_server.pipelines.steps.calibrating import calibrated
from futurone_server.store.database import SYSTEM
from house import add_tenant

pytestmark = pytest.mark.anyio
KIND = Kind(agent="research", rubric="research", version=1)


async def judge_many(desk: Desk, count: int, *, raw: float, right: float) -> None:
    """So many deliverables of one confidence, of which people find a share right."""
    for number in range(count):
        run = await desk.ended(Status.COMPLETED, raw=raw)
        judgement = Judgement.ACCEPTED if number < round(count * right) else Judgement.REJECTED
        await desk.server.desk.decisions.dispose(desk.owner, run.id, judgement, None)


async def in_force(desk: Desk, kind: Kind = KIND) -> InForce:
    return await desk.server.desk.calibration.in_force(desk.tenant.workspace_id, kind)


def account(confidence: float = 0.9, *, gates: bool = True, reason: str | None = None) -> dict[str, object]:
    """What a verifying step gives."""
    return {
        "rubric_id": "research",
        "rubric_version": 1,
        "checks": [{"name": "quotes", "kind": "gate", "passed": gates, "score": float(gates), "reason": "…"}],
        "sections": [],
        "confidence": confidence,
        "threshold": 0.85,
        "passed": gates and confidence >= 0.85 and reason is None,
        "calibrated": False,
        "summary": "Two questions;",
        "needs": [],
        "reason": reason,
        "message": "",
    }


async def test_a_confidence_is_calibrated_once_there_are_enough_labels_of_both_kinds(desk: Desk) -> None:
    await judge_many(desk, LABELS_WANTED - 1, raw=0.9, right=0.5)
    before = await in_force(desk)
    assert (before.curve, before.labels) == (None, LABELS_WANTED - 1)
    await judge_many(desk, 1, raw=0.9, right=1)
    after = await in_force(desk)
    assert after.curve is not None
    assert after.curve.apply(0.9) == pytest.approx(0.5, abs=0.02)
    assert after.labels == after.curve.n == LABELS_WANTED
    told = calibrated(account(0.9), after)
    assert (told["passed"], told["calibrated"]) == (False, True)
    assert told["calibration"] == {"labels": LABELS_WANTED, "fit_id": after.curve.id, "raw_confidence": 0.9}
    ending = judge(told)
    assert ending.status is Status.ESCALATED
    assert ending.escalation is not None
    assert ending.escalation.needs
    assert ending.score is not None
    assert (ending.score.raw, ending.score.fit, ending.score.labels) == (0.9, after.curve.id, LABELS_WANTED)


async def test_it_is_learnt_by_workspace_agent_rubric_and_version(desk: Desk) -> None:
    await judge_many(desk, LABELS_WANTED, raw=0.9, right=0.5)
    for other in (
        Kind(agent="content", rubric="research", version=1),
        Kind(agent="research", rubric="inquiry", version=1),
        Kind(agent="research", rubric="research", version=2),
    ):
        assert await in_force(desk, other) == InForce(curve=None, labels=0)
    stranger = await add_tenant(desk.server, "Other")
    theirs = await desk.server.desk.calibration.in_force(stranger.workspace_id, KIND)
    assert theirs == InForce(curve=None, labels=0)
    assert await desk.server.desk.calibration.reports(stranger.owner, None) == []


async def test_decisions_at_once_are_all_in_the_curve(desk: Desk) -> None:
    runs = [await desk.ended(Status.COMPLETED, raw=0.8) for _ in range(LABELS_WANTED + 10)]
    judgements = [Judgement.ACCEPTED if number % 2 else Judgement.REJECTED for number in range(len(runs))]
    dispose = desk.server.desk.decisions.dispose
    await asyncio.gather(*(dispose(desk.owner, run.id, one, None) for run, one in zip(runs, judgements, strict=True)))
    found = (await in_force(desk)).curve
    assert found is not None
    assert found.n == len(runs)


async def test_a_review_teaches_whether_the_work_was_right_as_it_was(desk: Desk) -> None:
    made = (("accept", None, True), ("accept", "Edited.", False), ("revise", None, False), ("reject", None, False))
    for decision, edited, _ in made:
        run = await desk.ended(Status.ESCALATED, raw=0.6)
        shown = await desk.review_of(run)
        if decision == "accept" and edited is None:
            async with desk.server.desk.db.transaction(SYSTEM) as tx:
                await desk.server.desk.deliverables.release(tx, run, "A text that stands for what the run has made.")
            shown = await desk.review_of(run)
        await desk.decide(shown, decision, note="Because.", edited=edited)
    async with desk.server.desk.db.transaction(SYSTEM) as tx:
        query = 'SELECT "right", raw, said, gates, checks, source FROM calibration_labels ORDER BY made_at, run_id'
        rows = [dict(row._mapping) for row in await tx.exec_driver_sql(query)]
    assert sorted(row["right"] for row in rows) == sorted(right for *_, right in made)
    assert {(row["raw"], row["source"], row["gates"]) for row in rows} == {(0.6, "review", True)}
    assert all(row["checks"] == {"quotes_verbatim": 1.0} for row in rows)


async def test_test_runs_and_failed_gates_teach_nothing(desk: Desk) -> None:
    run = await desk.scripted()
    await desk.decide(await desk.review_of(run), "accept")
    for number in range(LABELS_WANTED):
        held = await desk.ended(Status.ESCALATED, raw=0.0, gates=False)
        await desk.decide(await desk.review_of(held), "reject", note=f"No. {number}")
    found = await in_force(desk)
    assert (found.curve, found.labels) == (None, LABELS_WANTED)


def test_a_failed_gate_and_a_reason_of_its_own_are_not_calibrated_away() -> None:
    sure = InForce(curve=Curve(points=((0.0, 0.97),), n=60), labels=60)
    for held in (account(0.0, gates=False), account(0.2, reason="NO_EVIDENCE")):
        told = calibrated(held, sure)
        assert (told["confidence"], told["passed"], told["calibrated"]) == (held["confidence"], False, False)
    assert calibrated(account(0.2), sure)["passed"] is True


def test_without_a_curve_the_confidence_is_as_the_verifier_said_and_called_uncalibrated() -> None:
    told = calibrated(account(0.9), InForce(curve=None, labels=12))
    assert (told["confidence"], told["passed"], told["calibrated"]) == (0.9, True, False)
    assert told["calibration"] == {"labels": 12, "fit_id": None, "raw_confidence": 0.9}


def test_what_is_told_keeps_the_order_of_what_was_meant_and_is_never_certain() -> None:
    chance = random.Random(3)
    curve = fit([(raw, chance.random() < raw**2) for raw in (chance.random() for _ in range(4_000))])
    grid = [at / 100 for at in range(101)]
    told = [calibrated(account(raw), InForce(curve=curve, labels=4_000))["confidence"] for raw in grid]
    assert told == sorted(told)
    assert all(0 < one < 1 for one in told)


async def test_the_report_says_what_held_and_what_a_threshold_would_have_done(desk: Desk) -> None:
    await judge_many(desk, 30, raw=0.9, right=0.9)
    await judge_many(desk, 20, raw=0.6, right=0.2)
    (report,) = await desk.server.desk.calibration.reports(desk.owner, "research")
    assert (report.kind, report.n, report.right) == (KIND, 50, 31)
    assert [(one.low, one.n, one.share_right) for one in report.bins] == [(0.6, 20, 0.2), (0.9, 30, 0.9)]
    assert report.raw_ece == pytest.approx(0.4 * 0.4)
    assert report.in_force.curve is not None
    at = {one.threshold: (one.escalated, one.let_through, one.wrong_let_through) for one in report.thresholds}
    assert list(at) == [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95]
    assert at[0.5] == (20, 30, 3)
    assert at[0.95] == (50, 0, 0)
    assert await desk.server.desk.calibration.reports(desk.owner, "content") == []


async def test_a_disposition_is_said_once_of_what_completed(desk: Desk) -> None:
    dispose = desk.server.desk.decisions.dispose
    run = await desk.ended(Status.COMPLETED, raw=0.9)
    first = await dispose(desk.owner, run.id, Judgement.ACCEPTED, "It was right.")
    assert await dispose(desk.owner, run.id, Judgement.ACCEPTED, "It was right.") == first
    with pytest.raises(Conflict) as other:
        await dispose(desk.owner, run.id, Judgement.REJECTED, None)
    assert other.value.reason == "REVIEW_DECIDED"
    held = await desk.ended(Status.ESCALATED)
    with pytest.raises(Conflict) as early:
        await dispose(desk.owner, held.id, Judgement.ACCEPTED, None)
    assert early.value.reason == "RUN_NOT_COMPLETED"
    assert (await desk.lines()).count("run.disposed") == 1


async def test_what_was_erased_can_still_be_judged_but_a_note_has_nowhere_to_go(desk: Desk) -> None:
    run = await desk.ended(Status.COMPLETED, raw=0.9)
    await desk.server.desk.erasure.acknowledge(desk.owner, run.id)
    with pytest.raises(Gone):
        await desk.server.desk.decisions.dispose(desk.owner, run.id, Judgement.REJECTED, "Why not.")
    said = await desk.server.desk.decisions.dispose(desk.owner, run.id, Judgement.REJECTED, None)
    assert said.judgement is Judgement.REJECTED
    assert (await in_force(desk)).labels == 1


async def test_a_label_outlives_its_run_and_holds_no_content(desk: Desk) -> None:
    run = await desk.ended(Status.COMPLETED, raw=0.9)
    await desk.server.desk.decisions.dispose(desk.owner, run.id, Judgement.REJECTED, "A remark nobody else may read.")
    await desk.server.desk.erasure.delete(desk.owner, run.id)
    assert (await in_force(desk)).labels == 1
    async with desk.server.desk.db.transaction(SYSTEM) as tx:
        for table in ("calibration_labels", "run_dispositions", "audit_lines", "run_contents"):
            rows = (await tx.exec_driver_sql(f"SELECT t::text FROM {table} t")).scalars()
            assert not any("remark" in row for row in rows)
