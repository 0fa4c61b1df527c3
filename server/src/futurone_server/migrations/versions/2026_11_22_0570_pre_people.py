"""People: users, members, invitations, sessions."""

from alembic import op

revision = "2026_11_22_0570_pre"
down_revision = "2026_11_22_0560_pre"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
