"""Reviews, dispositions and calibration as they go over the wire."""

from collections.abc import Mapping
from datetime import datetime

from futurone_server.api.runs.views import present_artifact, present_content
from futurone_server.features.reviews import AtThreshold, Comment, Deliverable, Disposition, Report, Review, Shown
from futurone_server.kit.calibration import LABELS_WANTED, Bin
from futurone_server.kit.clock import to_second
from futurone_server.kit.json import JsonObject

_PLACES = 4


def present_review(review: Review) -> JsonObject:
    """A review without any content."""
    run = review.run
    told = run.escalation or {}
    return {
        "id": review.id,
        "status": review.status.value,
        "run_id": run.id,
        "agent": run.agent,
        "mode": run.mode.value,
        "project_id": run.project_id,
        "reason_code": told.get("reason_code"),
        "message": told.get("message"),
        "checks": told.get("checks", []),
        "needs": told.get("needs", []),
        "confidence": run.confidence,
        "threshold": run.threshold,
        "assignee": review.assignee,
        "due_at": to_second(review.due_at),
        "comments": review.comments,
        "content": present_content(run),
        "created_at": to_second(review.created_at),
        "decided_at": _moment(review.decided_at),
        "decided_by": review.decided_by,
        "child_run_id": review.child_run_id,
        "artifact_id": review.artifact_id,
    }


def present_shown(shown: Shown) -> JsonObject:
    """A review with all that a decision is made from."""
    run, made = shown.review.run, shown.deliverables
    account = shown.account or {}
    return {
        **present_review(shown.review),
        "deliverable": None if made is None else [_present_deliverable(run.id, one) for one in made],
        "verification": None if made is None else account.get("checks", []),
        "flagged": None if made is None else _flagged(account, run.threshold),
        "discussion": [present_comment(one) for one in shown.comments],
        "note": shown.note,
        "content_hash": shown.content_hash,
    }


def _present_deliverable(run_id: str, one: Deliverable) -> JsonObject:
    url = f"/v1/runs/{run_id}/artifacts/{one.artifact.id}"
    return {**present_artifact(one.artifact), "content": one.text, "url": url}


def _flagged(account: Mapping[str, object], threshold: float) -> list[object]:
    sections = account.get("sections")
    found = sections if isinstance(sections, list) else []
    return [one for one in found if not one["is_answered"] or one["confidence"] < threshold]


def present_comment(comment: Comment) -> JsonObject:
    """What somebody said."""
    at = to_second(comment.created_at)
    return {"id": comment.id, "author": comment.author, "text": comment.text, "created_at": at}


def present_disposition(said: Disposition) -> JsonObject:
    """What was said of a completed run's deliverable."""
    return {
        "run_id": said.run_id,
        "disposition": said.judgement.value,
        "decided_by": said.decided_by,
        "decided_at": to_second(said.decided_at),
    }


def present_report(report: Report) -> JsonObject:
    """How well a confidence has held."""
    curve = report.in_force.curve
    return {
        **vars(report.kind),
        "n": report.n,
        "right": report.right,
        "calibrated": curve is not None,
        "labels_wanted": LABELS_WANTED,
        "fit_id": None if curve is None else curve.id,
        "fitted_on": None if curve is None else curve.n,
        "told": {"brier": round(report.brier, _PLACES), "ece": round(report.ece, _PLACES)},
        "raw": {"brier": round(report.raw_brier, _PLACES), "ece": round(report.raw_ece, _PLACES)},
        "curve": [_present_bin(one) for one in report.bins],
        "thresholds": [_present_threshold(one, report.n) for one in report.thresholds],
    }


def _present_bin(one: Bin) -> JsonObject:
    return {
        "low": one.low,
        "high": one.high,
        "n": one.n,
        "mean_predicted": round(one.mean_confidence, _PLACES),
        "observed": round(one.share_right, _PLACES),
    }


def _present_threshold(one: AtThreshold, n: int) -> JsonObject:
    return {
        "threshold": one.threshold,
        "escalated": one.escalated,
        "escalated_share": round(one.escalated / n, _PLACES) if n else 0.0,
        "let_through": one.let_through,
        "errors_let_through": one.wrong_let_through,
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else to_second(moment)
