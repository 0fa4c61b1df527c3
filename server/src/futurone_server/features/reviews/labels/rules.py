"""The law of labels: what is kept of a run, and what a threshold would have done with what people judged."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from futurone_server.features.keys import Mode
from futurone_server.features.reviews.labels.types import AtThreshold, InForce, JudgedWork, Kind, Report, Source
from futurone_server.features.runs import Run
from futurone_server.kit.calibration import brier, ece, reliability

LABELS_MAX = 5_000
"""A curve is made from the newest labels; older ones say little of how a verifier does now."""

THRESHOLDS = tuple(at / 100 for at in range(50, 100, 5))


def judged(run: Run, *, right: bool, engine: str | None, source: Source, at: datetime) -> JudgedWork | None:
    """What is kept of a run that a person has judged; None for test runs and where no verifier gave a confidence."""
    score = run.score or {}
    if run.mode is Mode.TEST or run.confidence is None or score.get("rubric") is None:
        return None
    found = score.get("checks")
    checks: Sequence[Mapping[str, object]] = found if isinstance(found, list) else []
    raw = score.get("raw")
    return JudgedWork(
        run_id=run.id,
        kind=Kind(agent=run.agent, rubric=str(score["rubric"]), version=int(str(score["version"]))),
        raw=float(str(raw)) if raw is not None else run.confidence,
        said=run.confidence,
        gates=all(check["passed"] for check in checks if check.get("kind") == "gate"),
        checks={str(check["name"]): float(str(check["score"])) for check in checks if check.get("score") is not None},
        engine=engine,
        source=source,
        right=right,
        made_at=at,
    )


def report(kind: Kind, works: Sequence[JudgedWork], in_force: InForce) -> Report:
    """How well the confidence of one kind of work has held, over what people judged of it."""
    said = [(one.said, one.right) for one in works]
    raw = [(one.raw, one.right) for one in works]
    return Report(
        kind=kind,
        n=len(works),
        right=sum(one.right for one in works),
        in_force=in_force,
        brier=brier(said),
        ece=ece(said),
        raw_brier=brier(raw),
        raw_ece=ece(raw),
        bins=reliability(said),
        thresholds=tuple(_at(threshold, works, in_force) for threshold in THRESHOLDS),
    )


def _at(threshold: float, works: Sequence[JudgedWork], in_force: InForce) -> AtThreshold:
    passed = [one for one in works if _today(one, in_force) >= threshold]
    wrong = sum(not one.right for one in passed)
    held = len(works) - len(passed)
    return AtThreshold(threshold=threshold, escalated=held, let_through=len(passed), wrong_let_through=wrong)


def _today(one: JudgedWork, in_force: InForce) -> float:
    """The confidence that would be told of it now; work with a failed gate keeps its own, and does not pass."""
    if not one.gates:
        return -1.0
    return one.raw if in_force.curve is None else in_force.curve.apply(one.raw)
