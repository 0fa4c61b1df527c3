"""The audit trail: one chain of lines per workspace."""

from alembic import op

revision = "2026_11_22_0500_pre"
down_revision = "2026_11_22_0400_pre"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
