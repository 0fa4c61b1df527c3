"""Rate limits: one row per key and class, exact across processes."""

from alembic import op

revision = "2026_11_22_0520_pre"
down_revision = "2026_11_22_0510_pre"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
