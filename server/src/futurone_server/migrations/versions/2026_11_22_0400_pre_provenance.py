"""What an artifact was made by: models, step, version of the server."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_22_0400_pre"
down_revision = "2026_11_22_0300_pre"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    models: sa.Column[list[str]] = sa.Column(
        "models", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
    )
    op.add_column("run_artifacts", models)
    for name in ("step", "version"):
        op.add_column("run_artifacts", sa.Column(name, sa.Text(), nullable=True))
