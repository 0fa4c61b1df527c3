"""What runs use of models: tokens, money, which model did which step."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_22_0300_pre"
down_revision = "2026_11_21_0900_pre"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    for name in ("input_tokens", "output_tokens"):
        op.add_column("runs", sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    cost = sa.Column("cost_usd", sa.Numeric(precision=16, scale=8), server_default=sa.text("0"), nullable=False)
    op.add_column("runs", cost)
    op.add_column("runs", sa.Column("priced", sa.Boolean(), server_default=sa.text("true"), nullable=False))
    models: sa.Column[list[str]] = sa.Column(
        "models", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
    )
    op.add_column("run_steps", models)
    substitutions = sa.Column("substitutions", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False)
    op.add_column("run_steps", substitutions)
