"""The audit trail: one chain of lines per workspace."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from futurone_server.store.schema import secure

revision = "2026_11_22_0500_pre"
down_revision = "2026_11_22_0400_pre"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    moment = postgresql.TIMESTAMP(timezone=True, precision=6)
    op.create_table(
        "audit_heads",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("anchored", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("anchored_at", moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_audit_heads_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_audit_heads")),
    )
    op.create_table(
        "audit_lines",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("line", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_audit_lines_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("workspace_id", "seq", name=op.f("pk_audit_lines")),
    )
    op.create_index("ix_audit_lines_resource", "audit_lines", ["workspace_id", "resource"])
    for table in ("audit_heads", "audit_lines"):
        for statement in secure(table):
            op.execute(statement)
