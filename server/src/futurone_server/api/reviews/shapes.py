"""Reviews, dispositions and calibration, as the reference shows them."""

from typing import Annotated

from pydantic import Field

from futurone_server.api.runs.shapes import Artifact, Check, ContentState, SectionConfidence
from futurone_server.api.shapes import Moment, Shape, an_id
from futurone_server.features.keys import Mode
from futurone_server.features.reviews import Judgement, ReviewStatus

ReviewId = Annotated[str, Field(json_schema_extra=an_id("rev_"))]
RunId = Annotated[str, Field(json_schema_extra=an_id("fo_run_"))]
ArtifactId = Annotated[str, Field(json_schema_extra=an_id("art_"))]
Actor = Annotated[str, Field(description="The id of a key or a person.")]


class Review(Shape):
    """A run that is held for a person."""

    id: ReviewId
    status: ReviewStatus
    run_id: RunId
    agent: str
    mode: Mode
    project_id: Annotated[str, Field(json_schema_extra=an_id("prj_"))]
    reason_code: Annotated[str, Field(description="Why the run was escalated.")]
    message: str
    checks: Annotated[list[str], Field(description="The checks that did not pass.")]
    needs: Annotated[list[str], Field(description="What would resolve each doubt.")]
    confidence: float | None
    threshold: float
    assignee: Actor | None
    due_at: Moment
    comments: Annotated[int, Field(description="How many there are.")]
    content: ContentState
    created_at: Moment
    decided_at: Moment | None
    decided_by: Actor | None
    child_run_id: Annotated[RunId | None, Field(description="The run that a revision has started.")]
    artifact_id: Annotated[ArtifactId | None, Field(description="What the reviewer has written instead.")]


class ReviewComment(Shape):
    """What somebody said. Its words go when the content goes."""

    id: Annotated[str, Field(json_schema_extra=an_id("cmt_"))]
    author: Actor
    text: str | None
    created_at: Moment


class ReviewedArtifact(Artifact):
    """An artifact with its text, and where it can be read in other forms."""

    content: Annotated[str | None, Field(description="Null where it is longer than 256 KiB: read it at its url.")]
    url: str


class OpenReview(Review):
    """A review with all that a decision is made from. What is content is null once it is erased."""

    deliverable: list[ReviewedArtifact] | None
    verification: Annotated[list[Check] | None, Field(description="The verifier's checks with their reasons.")]
    flagged: Annotated[
        list[SectionConfidence] | None, Field(description="The sections that are unanswered or below the threshold.")
    ]
    discussion: list[ReviewComment]
    note: Annotated[str | None, Field(description="What the reviewer gave as a reason.")]
    content_hash: Annotated[str | None, Field(description="Send it with the decision.")]


class Disposition(Shape):
    """What was said of a completed run's deliverable."""

    run_id: RunId
    disposition: Judgement
    decided_by: Actor
    decided_at: Moment


class CalibrationBin(Shape):
    """The judged work whose confidence was from `low` to `high`."""

    low: float
    high: float
    n: int
    mean_predicted: Annotated[float, Field(description="The confidence that was told, on average.")]
    observed: Annotated[float, Field(description="The share that people found right.")]


class CalibrationMeasures(Shape):
    """How far a confidence was from what people found."""

    brier: Annotated[float, Field(description="Mean squared distance; 0 is perfect.")]
    ece: Annotated[float, Field(description="Expected calibration error over ten bins; 0 is perfect.")]


class CalibrationThreshold(Shape):
    """What a threshold would have done with the judged work, by the confidence it would get today."""

    threshold: float
    escalated: int
    escalated_share: float
    let_through: int
    errors_let_through: Annotated[int, Field(description="Of what was let through, what people found wrong.")]


class CalibrationReport(Shape):
    """How well the confidence of one version of one rubric has held for one agent."""

    agent: str
    rubric: str
    version: int
    n: Annotated[int, Field(description="Judged deliverables.")]
    right: Annotated[int, Field(description="Of these, accepted as they were.")]
    calibrated: Annotated[bool, Field(description="Whether new runs get a calibrated confidence.")]
    labels_wanted: Annotated[int, Field(description="So many, of both kinds, are needed for that.")]
    fit_id: Annotated[str | None, Field(description="The curve in force; runs name the one they got.")]
    fitted_on: Annotated[int | None, Field(description="Of how many judged deliverables the curve was made.")]
    told: Annotated[CalibrationMeasures, Field(description="Of the confidence as it was told at its time.")]
    raw: Annotated[CalibrationMeasures, Field(description="Of the confidence before calibration.")]
    curve: Annotated[
        list[CalibrationBin], Field(description="Of the confidence as it was told; bins without n left out.")
    ]
    thresholds: list[CalibrationThreshold]
