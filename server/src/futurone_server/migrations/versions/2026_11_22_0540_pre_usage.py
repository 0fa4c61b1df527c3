"""Usage and budgets: what was spent, reserved and allowed."""

from alembic import op

revision = "2026_11_22_0540_pre"
down_revision = "2026_11_22_0530_pre"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
