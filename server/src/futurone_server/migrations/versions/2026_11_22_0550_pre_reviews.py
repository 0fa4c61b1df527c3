"""Reviews, dispositions, and what calibration learns from them."""

from alembic import op

revision = "2026_11_22_0550_pre"
down_revision = "2026_11_22_0540_pre"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
