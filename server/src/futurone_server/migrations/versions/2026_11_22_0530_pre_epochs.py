"""Epoch keys: which hour's key wraps a run's key."""

from alembic import op

revision = "2026_11_22_0530_pre"
down_revision = "2026_11_22_0520_pre"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
