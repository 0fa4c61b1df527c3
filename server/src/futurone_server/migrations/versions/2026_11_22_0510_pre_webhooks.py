"""Webhooks: endpoints, messages and their deliveries."""

from alembic import op

revision = "2026_11_22_0510_pre"
down_revision = "2026_11_22_0500_pre"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
