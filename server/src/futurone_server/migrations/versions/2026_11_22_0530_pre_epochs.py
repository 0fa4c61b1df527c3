"""Epoch keys: which hour's key wraps a run's key; the receipts of what was destroyed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from futurone_server.store.schema import secure

revision = "2026_11_22_0530_pre"
down_revision = "2026_11_22_0520_pre"

_MOMENT = postgresql.TIMESTAMP(timezone=True, precision=6)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    op.create_table(
        "key_epochs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.Column("destroyed_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_epochs")),
        sa.UniqueConstraint("hour", name=op.f("uq_key_epochs_hour")),
    )
    op.add_column("log_heads", sa.Column("key_epoch", sa.Text(), nullable=True))
    op.add_column("log_heads", sa.Column("sample", sa.LargeBinary(), nullable=True))
    op.execute("SET LOCAL futurone.scope = 'system'")
    # What runs keep for good stays under the root key; of everything else the background work moves the keys.
    op.execute(
        "UPDATE log_heads h SET key_epoch = 'kept' FROM runs r"
        " WHERE r.id = h.run_id AND r.retention = 'keep' AND h.sealed_key IS NOT NULL"
    )
    op.create_index(
        "ix_log_heads_key_epoch",
        "log_heads",
        ["key_epoch"],
        unique=False,
        postgresql_where=sa.text("sealed_key IS NOT NULL"),
    )
    op.create_index(
        "ix_runs_erasing",
        "runs",
        ["erases_at"],
        unique=False,
        postgresql_where=sa.text("erases_at IS NOT NULL AND erased_at IS NULL"),
    )
    _make_receipts()


def _make_receipts() -> None:
    op.create_table(
        "run_receipts",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("erased_at", _MOMENT, nullable=False),
        sa.Column("key_epoch", sa.Text(), nullable=True),
        sa.Column("sample", sa.LargeBinary(), nullable=True),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("contents", sa.BigInteger(), nullable=False),
        sa.Column("artifacts", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_receipts_run_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_run_receipts_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run_receipts")),
        info={"tenant": True},
    )
    for statement in secure("run_receipts"):
        op.execute(statement)
