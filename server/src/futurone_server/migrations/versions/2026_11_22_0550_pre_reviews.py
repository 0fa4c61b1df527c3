"""Reviews, dispositions, and what calibration learns from them; and what an approval is bound to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from futurone_server.store.schema import secure

revision = "2026_11_22_0550_pre"
down_revision = "2026_11_22_0540_pre"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    op.add_column("run_inputs", sa.Column("digest", sa.Text(), nullable=True))
    _create_reviews()
    _create_calibration()
    tables = ("calibration_fits", "calibration_labels", "review_comments", "reviews", "run_dispositions")
    for table in tables:
        for statement in secure(table):
            op.execute(statement)


def _create_reviews() -> None:
    moment = postgresql.TIMESTAMP(timezone=True, precision=6)
    op.create_table(
        "reviews",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("assignee", sa.Text(), nullable=True),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("decided_at", moment, nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decision_digest", sa.LargeBinary(), nullable=True),
        sa.Column("child_run_id", sa.Text(), nullable=True),
        sa.Column("artifact_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_reviews_run_id"), ondelete="CASCADE"),
        _of_workspace("reviews"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("run_id", name=op.f("uq_reviews_run_id")),
        info={"tenant": True},
    )
    op.create_index("ix_reviews_listing", "reviews", ["workspace_id", "created_at", "id"])
    op.create_table(
        "review_comments",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("review_id", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_review_comments_review_id"), ondelete="CASCADE"
        ),
        _of_workspace("review_comments"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_comments")),
        info={"tenant": True},
    )
    op.create_index(op.f("ix_review_comments_review_id"), "review_comments", ["review_id"])
    op.create_table(
        "run_dispositions",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_dispositions_run_id"), ondelete="CASCADE"),
        _of_workspace("run_dispositions"),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run_dispositions")),
        info={"tenant": True},
    )


def _create_calibration() -> None:
    moment = postgresql.TIMESTAMP(timezone=True, precision=6)
    json = postgresql.JSONB(none_as_null=True)
    op.create_table(
        "calibration_labels",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("rubric", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("raw", sa.Float(53), nullable=False),
        sa.Column("said", sa.Float(53), nullable=False),
        sa.Column("gates", sa.Boolean(), nullable=False),
        sa.Column("checks", json, nullable=False),
        sa.Column("engine", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("right", sa.Boolean(), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        _of_workspace("calibration_labels"),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_calibration_labels")),
        info={"tenant": True},
    )
    kind = ["workspace_id", "agent", "rubric", "version"]
    op.create_index("ix_calibration_labels_kind", "calibration_labels", [*kind, "made_at"])
    op.create_table(
        "calibration_fits",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("rubric", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("labels", sa.Integer(), nullable=False),
        sa.Column("points", json, nullable=False),
        sa.Column("made_at", moment, nullable=False),
        _of_workspace("calibration_fits"),
        info={"tenant": True},
    )
    op.create_index("uq_calibration_fits", "calibration_fits", [*kind, "id"], unique=True)


def _of_workspace(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["workspace_id"], ["workspaces.id"], name=op.f(f"fk_{table}_workspace_id"), ondelete="CASCADE"
    )
