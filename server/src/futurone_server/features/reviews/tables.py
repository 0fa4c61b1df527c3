"""The tables of reviews: the queue, its comments, dispositions, and what calibration learns from both."""

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, LargeBinary, Text

from futurone_server.store.schema import Json, Moment, tenant_table

reviews = tenant_table(
    "reviews",
    Column("id", Text, primary_key=True),
    Column("run_id", Text, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("project_id", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("assignee", Text),
    Column("due_at", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("decided_at", Moment),
    Column("decided_by", Text),
    Column("decision_digest", LargeBinary),
    Column("child_run_id", Text),
    Column("artifact_id", Text),
    Index("ix_reviews_listing", "workspace_id", "created_at", "id"),
)
"""One per escalated run. ``decision_digest`` is keyed; the note itself is content of the run."""

review_comments = tenant_table(
    "review_comments",
    Column("id", Text, primary_key=True),
    Column("review_id", Text, ForeignKey("reviews.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("author", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
)
"""Who said something, and when; what was said is the run's content ``review/comment/<id>``."""

run_dispositions = tenant_table(
    "run_dispositions",
    Column("run_id", Text, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("disposition", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", Moment, nullable=False),
)

calibration_labels = tenant_table(
    "calibration_labels",
    Column("run_id", Text, primary_key=True),
    Column("agent", Text, nullable=False),
    Column("rubric", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("raw", Float(53), nullable=False),
    Column("said", Float(53), nullable=False),
    Column("gates", Boolean, nullable=False),
    Column("checks", Json, nullable=False),
    Column("engine", Text),
    Column("source", Text, nullable=False),
    Column("right", Boolean, nullable=False),
    Column("made_at", Moment, nullable=False),
    Index("ix_calibration_labels_kind", "workspace_id", "agent", "rubric", "version", "made_at"),
)
"""What was measured of a deliverable and what a person said of it. Refers to no run: it outlives them, content-free."""

calibration_fits = tenant_table(
    "calibration_fits",
    Column("id", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("rubric", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("n", Integer, nullable=False),
    Column("labels", Integer, nullable=False),
    Column("points", Json, nullable=False),
    Column("made_at", Moment, nullable=False),
    Index("uq_calibration_fits", "workspace_id", "agent", "rubric", "version", "id", unique=True),
)
"""Every curve that was ever in force; the one that knew the most labels is, whatever the clocks say."""
