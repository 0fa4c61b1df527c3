"""Workspaces with limits and models of their own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_22_0590_pre"
down_revision = "2026_11_22_0580_pre"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    for name, most in (("runs_at_once", "200"), ("queued_runs", "10000")):
        op.add_column("workspaces", sa.Column(name, sa.Integer(), server_default=sa.text(most), nullable=False))
    op.add_column("workspaces", sa.Column("models", postgresql.ARRAY(sa.Text()), nullable=True))
