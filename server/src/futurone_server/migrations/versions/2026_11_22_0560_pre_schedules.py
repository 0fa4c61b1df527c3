"""Schedules and the ledger of their fires."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from futurone_server.store.schema import secure

revision = "2026_11_22_0560_pre"
down_revision = "2026_11_22_0550_pre"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    moment = postgresql.TIMESTAMP(timezone=True, precision=6)
    op.add_column("runs", sa.Column("trigger_id", sa.Text(), nullable=True))
    op.create_table(
        "schedules",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("cron", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("missed", sa.Text(), nullable=False),
        sa.Column("daily_cap", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_run", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("paused_reason", sa.Text(), nullable=True),
        sa.Column("held_until", moment, nullable=True),
        sa.Column("counted_from", moment, nullable=False),
        sa.Column("next_at", moment, nullable=False),
        sa.Column("last_fire", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_schedules_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedules")),
        info={"tenant": True},
    )
    op.create_index("ix_schedules_listing", "schedules", ["workspace_id", "created_at", "id"])
    op.create_table(
        "schedule_fires",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("schedule_id", sa.Text(), nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("manual", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("run_status", sa.Text(), nullable=True),
        sa.Column("run_ended_at", moment, nullable=True),
        sa.Column("decided_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedules.id"], name=op.f("fk_schedule_fires_schedule_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_schedule_fires_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("schedule_id", "due_at", name=op.f("pk_schedule_fires")),
        info={"tenant": True},
    )
    op.create_index(
        "ix_schedule_fires_run_id", "schedule_fires", ["run_id"], postgresql_where=sa.text("run_id IS NOT NULL")
    )
    op.create_index(
        "ix_schedule_fires_ended",
        "schedule_fires",
        ["schedule_id", "run_ended_at"],
        postgresql_where=sa.text("run_ended_at IS NOT NULL"),
    )
    op.create_index("ix_schedule_fires_due_at", "schedule_fires", ["due_at"])
    for table in ("schedule_fires", "schedules"):
        for statement in secure(table):
            op.execute(statement)
