"""Connections, and runs whose end is told to them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

from futurone_server.store.schema import secure

revision = "2026_11_22_0580_pre"
down_revision = "2026_11_22_0570_pre"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    moment = postgresql.TIMESTAMP(timezone=True, precision=6)
    op.create_table(
        "connections",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("failing_since", moment, nullable=True),
        sa.Column("last_success_at", moment, nullable=True),
        sa.Column("last_failure_at", moment, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_connections_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connections")),
        info={"tenant": True},
    )
    op.create_index("ix_connections_listing", "connections", ["workspace_id", "created_at", "id"])
    for statement in secure("connections"):
        op.execute(statement)
    ids = postgresql.ARRAY(Text())
    op.add_column("runs", sa.Column("deliver_to", ids, server_default=sa.text("'{}'"), nullable=False))
    note = sa.Column("note", postgresql.JSONB(none_as_null=True), server_default=sa.text("'{}'"), nullable=False)
    op.add_column("webhook_messages", note)
    op.add_column("webhook_deliveries", sa.Column("connection_id", sa.Text(), nullable=True))
