"""Usage and budgets: what was spent, reserved and allowed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from futurone_server.store.schema import secure

revision = "2026_11_22_0540_pre"
down_revision = "2026_11_22_0530_pre"

_MOMENT = postgresql.TIMESTAMP(timezone=True, precision=6)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    _make_meter()
    _make_budgets()
    op.execute("SET LOCAL futurone.scope = 'system'")
    op.execute(
        "INSERT INTO usage_runs (run_id, workspace_id, project_id, key_id, agent, mode, subject_id,"
        " caller_workspace_id, status, steps, ended_at)"
        " SELECT r.id, r.workspace_id, r.project_id, r.created_by, r.agent, r.mode, r.subject_id,"
        " r.caller_workspace_id, CASE WHEN r.completed_at IS NOT NULL THEN r.status END,"
        " (SELECT count(*) FROM run_steps s WHERE s.run_id = r.id AND s.state = 'done'), r.completed_at FROM runs r"
    )
    op.execute(
        "INSERT INTO usage_calls (id, workspace_id, run_id, at, model, input_tokens, output_tokens, cost_usd, is_open)"
        " SELECT e.run_id || '.' || e.seq, e.workspace_id, e.run_id, e.at, e.facts->>'model',"
        " (e.facts->>'input_tokens')::bigint, (e.facts->>'output_tokens')::bigint, (e.facts->>'cost_usd')::numeric,"
        " false"
        " FROM events e WHERE e.type = 'model_call'"
    )


def _make_meter() -> None:
    op.create_table(
        "run_holds",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("scope_id", sa.Text(), nullable=False),
        sa.Column("until", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_run_holds_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_holds")),
        info={"tenant": True},
    )
    op.create_index("ix_run_holds_workspace_id", "run_holds", ["workspace_id"], unique=False)
    op.create_table(
        "usage_runs",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=True),
        sa.Column("caller_workspace_id", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("steps", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_usage_runs_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_usage_runs")),
        info={"tenant": True},
    )
    op.create_index("ix_usage_runs_ended", "usage_runs", ["workspace_id", "ended_at"], unique=False)
    op.create_table(
        "usage_calls",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cost_usd", sa.Numeric(), nullable=True),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["usage_runs.run_id"], name=op.f("fk_usage_calls_run_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_usage_calls_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_calls")),
        info={"tenant": True},
    )
    op.create_index("ix_usage_calls_at", "usage_calls", ["workspace_id", "at"], unique=False)
    op.create_index("ix_usage_calls_open", "usage_calls", ["run_id"], unique=False, postgresql_where=sa.text("is_open"))
    op.create_index(op.f("ix_usage_calls_run_id"), "usage_calls", ["run_id"], unique=False)
    for table in ("run_holds", "usage_runs", "usage_calls"):
        for statement in secure(table):
            op.execute(statement)


def _make_budgets() -> None:
    op.create_table(
        "budgets",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("scope_id", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("max_cost_usd", sa.Numeric(precision=16, scale=8), nullable=True),
        sa.Column("max_tokens", sa.BigInteger(), nullable=True),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_budgets_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budgets")),
        sa.UniqueConstraint(
            "workspace_id", "scope", "scope_id", "period", name=op.f("uq_budgets_workspace_id_scope_scope_id_period")
        ),
        info={"tenant": True},
    )
    op.create_table(
        "budget_tallies",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("budget_id", sa.Text(), nullable=False),
        sa.Column("period_start", _MOMENT, nullable=False),
        sa.Column("tokens", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("cost_usd", sa.Numeric(), server_default=sa.text("0"), nullable=False),
        sa.Column("reserved_tokens", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("reserved_usd", sa.Numeric(), server_default=sa.text("0"), nullable=False),
        sa.Column("told", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("full_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["budget_id"], ["budgets.id"], name=op.f("fk_budget_tallies_budget_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_budget_tallies_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("budget_id", "period_start", name=op.f("pk_budget_tallies")),
        info={"tenant": True},
    )
    op.create_table(
        "budget_reservations",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.Column("cost_usd", sa.Numeric(), nullable=True),
        sa.Column("question", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_budget_reservations_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_budget_reservations")),
        info={"tenant": True},
    )
    op.create_index(op.f("ix_budget_reservations_run_id"), "budget_reservations", ["run_id"], unique=False)
    op.create_index("ix_budget_reservations_workspace_id", "budget_reservations", ["workspace_id"], unique=False)
    for table in ("budgets", "budget_tallies", "budget_reservations"):
        for statement in secure(table):
            op.execute(statement)
