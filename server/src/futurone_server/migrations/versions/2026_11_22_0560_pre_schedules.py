"""Schedules and the ledger of their fires."""

from alembic import op

revision = "2026_11_22_0560_pre"
down_revision = "2026_11_22_0550_pre"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
