"""Reviews and calibration, typed: what is held, what was decided, and how well confidences hold."""

from typing import Any

from pydantic import Field

from futurone._models import Model, Moment
from futurone._run_models import Artifact


class ReviewComment(Model):
    """What somebody said of a review; ``text`` is None once the content is erased."""

    id: str
    author: str | None = None
    text: str | None = Field(default=None, repr=False)
    created_at: Moment | None = None


class ReviewedArtifact(Artifact):
    """A deliverable with its text, which is None where it is too long: read it with ``runs.artifact``."""

    content: str | None = Field(default=None, repr=False)
    url: str | None = None


class Review(Model):
    """A run that is held for a person. What comes after ``artifact_id`` is there when one review is looked at.

    A decision is about ``content_hash``. ``flagged`` are the sections that are unanswered or below the threshold,
    ``needs`` says what would resolve each doubt.
    """

    id: str
    status: str
    run_id: str
    agent: str | None = None
    mode: str | None = None
    project_id: str | None = None
    reason_code: str | None = None
    message: str | None = None
    checks: list[str] = Field(default_factory=list)
    needs: list[str] = Field(default_factory=list)
    confidence: float | None = None
    threshold: float | None = None
    assignee: str | None = None
    due_at: Moment | None = None
    comments: int = 0
    created_at: Moment | None = None
    decided_at: Moment | None = None
    decided_by: str | None = None
    child_run_id: str | None = None
    artifact_id: str | None = None
    deliverable: list[ReviewedArtifact] | None = None
    verification: list[dict[str, Any]] | None = Field(default=None, repr=False)
    flagged: list[dict[str, Any]] | None = Field(default=None, repr=False)
    discussion: list[ReviewComment] = Field(default_factory=list)
    note: str | None = Field(default=None, repr=False)
    content_hash: str | None = None


class Disposition(Model):
    """What was said of a completed run's deliverable: ``accepted`` or ``rejected``."""

    run_id: str
    disposition: str
    decided_by: str | None = None
    decided_at: Moment | None = None


class CalibrationReport(Model):
    """How well the confidence of one version of a rubric has held; ``fit_id`` is the curve that new runs get.

    ``told`` and ``raw`` hold ``brier`` and ``ece``: of the confidence as it was told, and before calibration.
    """

    agent: str
    rubric: str
    version: int
    n: int
    right: int
    calibrated: bool
    labels_wanted: int | None = None
    fit_id: str | None = None
    fitted_on: int | None = None
    told: dict[str, float] = Field(default_factory=dict)
    raw: dict[str, float] = Field(default_factory=dict)
    curve: list[dict[str, Any]] = Field(default_factory=list)
    thresholds: list[dict[str, Any]] = Field(default_factory=list)
