"""Rate limits, one row per key and class; what keys were used for, and which never got a scope."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from futurone_server.store.schema import secure

revision = "2026_11_22_0520_pre"
down_revision = "2026_11_22_0510_pre"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    op.create_table(
        "rate_limits",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("tat", sa.BigInteger(), nullable=False),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_rate_limits_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("subject", "kind", name=op.f("pk_rate_limits")),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "key_uses",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("capability", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_key_uses_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key_id", "capability", "day", name=op.f("pk_key_uses")),
    )
    for table in ("rate_limits", "key_uses"):
        for statement in secure(table):
            op.execute(statement)
    op.add_column("api_keys", sa.Column("rate_standard", sa.Integer(), nullable=True))
    op.add_column("api_keys", sa.Column("rate_execution", sa.Integer(), nullable=True))
    moment = postgresql.TIMESTAMP(timezone=True, precision=6)
    op.add_column("api_keys", sa.Column("rotated_at", moment, nullable=True))
    op.add_column("api_keys", sa.Column("is_legacy", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.execute("SET LOCAL futurone.scope = 'system'")
    # There were 19 capabilities before this step: keys with all of them were made without naming any.
    op.execute(
        "UPDATE api_keys SET is_legacy = created_by IS NOT NULL AND cardinality(capabilities) = 19,"
        " rate_standard = CASE WHEN created_by IS NULL THEN 6000 END,"
        " rate_execution = CASE WHEN created_by IS NULL THEN 1200 END"
    )
