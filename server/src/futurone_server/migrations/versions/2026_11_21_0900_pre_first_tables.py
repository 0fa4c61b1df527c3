"""First tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

from futurone_server.store.schema import secure

revision = "2026_11_21_0900_pre"
down_revision = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    op.create_table(
        "workers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("lock", sa.Integer(), nullable=False),
        sa.Column("started_at", postgresql.TIMESTAMP(timezone=True, precision=6), nullable=False),
        sa.Column("seen_at", postgresql.TIMESTAMP(timezone=True, precision=6), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workers")),
    )
    op.create_table(
        "workspaces",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "threshold",
            sa.Numeric(precision=4, scale=3, asdecimal=False),
            server_default=sa.text("0.85"),
            nullable=False,
        ),
        sa.Column("retention", sa.Text(), server_default=sa.text("'zero'"), nullable=False),
        sa.Column("window_s", sa.Integer(), server_default=sa.text("86400"), nullable=False),
        sa.Column("default_agent", sa.Text(), server_default=sa.text("'research'"), nullable=False),
        sa.Column("default_project_id", sa.Text(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True, precision=6), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspaces")),
        info={"self": True},
    )
    op.create_table(
        "api_keys",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("old_digest", sa.LargeBinary(), nullable=True),
        sa.Column("old_until", postgresql.TIMESTAMP(timezone=True, precision=6), nullable=True),
        sa.Column("capabilities", postgresql.ARRAY(Text()), nullable=False),
        sa.Column("projects", postgresql.ARRAY(Text()), nullable=True),
        sa.Column("agents", postgresql.ARRAY(Text()), nullable=True),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True, precision=6), nullable=True),
        sa.Column("revoked_at", postgresql.TIMESTAMP(timezone=True, precision=6), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True, precision=6), nullable=False),
        sa.Column("last_used_at", postgresql.TIMESTAMP(timezone=True, precision=6), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_api_keys_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        info={"tenant": True},
    )
    op.create_table(
        "blobs",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("is_settled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("touched_at", postgresql.TIMESTAMP(timezone=True, precision=6), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_blobs_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ref", name=op.f("pk_blobs")),
        info={"tenant": True},
    )
    op.create_index(
        "ix_blobs_leftovers", "blobs", ["touched_at"], unique=False, postgresql_where=sa.text("NOT is_settled")
    )
    op.create_table(
        "due",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True, precision=6), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_due_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("kind", "ref", name=op.f("pk_due")),
        info={"tenant": True},
    )
    op.create_index("ix_due_at", "due", ["at"], unique=False)
    op.create_table(
        "idempotency",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True, precision=6), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_idempotency_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_idempotency")),
        info={"tenant": True},
    )
    op.create_index(op.f("ix_idempotency_resource_id"), "idempotency", ["resource_id"], unique=False)
    op.create_table(
        "log_heads",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("epoch", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("closed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_log_heads_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_log_heads")),
        info={"tenant": True},
    )
    op.create_table(
        "projects",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True, precision=6), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_projects_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
        info={"tenant": True},
    )
    op.create_table(
        "runs",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("threshold", sa.Numeric(precision=4, scale=3, asdecimal=False), nullable=False),
        sa.Column("confidence", sa.Numeric(precision=4, scale=3, asdecimal=False), nullable=True),
        sa.Column("steps_total", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("budget", postgresql.JSONB(none_as_null=True, astext_type=Text()), nullable=False),
        sa.Column("retention", sa.Text(), nullable=False),
        sa.Column("window_s", sa.Integer(), nullable=False),
        sa.Column("rubric", sa.Text(), nullable=True),
        sa.Column("webhook_url", sa.Text(), nullable=True),
        sa.Column("metadata", postgresql.JSONB(none_as_null=True, astext_type=Text()), nullable=False),
        sa.Column("caller_workspace_id", sa.Text(), nullable=True),
        sa.Column("subject_id", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("parent_run_id", sa.Text(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("files", postgresql.ARRAY(Text()), nullable=False),
        sa.Column("tool_calls", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("error", postgresql.JSONB(none_as_null=True, astext_type=Text()), nullable=True),
        sa.Column("escalation", postgresql.JSONB(none_as_null=True, astext_type=Text()), nullable=True),
        sa.Column("score", postgresql.JSONB(none_as_null=True, astext_type=Text()), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("segment", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("worked_ms", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("recoveries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("ready_at", postgresql.TIMESTAMP(timezone=True, precision=6), nullable=True),
        sa.Column("worker_id", sa.Text(), nullable=True),
        sa.Column("input_id", sa.Text(), nullable=True),
        sa.Column("erased_at", postgresql.TIMESTAMP(timezone=True, precision=6), nullable=True),
        sa.Column("erases_at", postgresql.TIMESTAMP(timezone=True, precision=6), nullable=True),
        sa.Column("since", postgresql.TIMESTAMP(timezone=True, precision=6), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True, precision=6), nullable=False),
        sa.Column("started_at", postgresql.TIMESTAMP(timezone=True, precision=6), nullable=True),
        sa.Column("completed_at", postgresql.TIMESTAMP(timezone=True, precision=6), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_runs_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        info={"tenant": True},
    )
    op.create_index(
        "ix_runs_held",
        "runs",
        ["worker_id", "workspace_id"],
        unique=False,
        postgresql_where=sa.text("worker_id IS NOT NULL"),
    )
    op.create_index("ix_runs_listing", "runs", ["workspace_id", "created_at", "id"], unique=False)
    op.create_index(
        "ix_runs_metadata",
        "runs",
        ["metadata"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"metadata": "jsonb_path_ops"},
    )
    op.create_index(
        "ix_runs_ready",
        "runs",
        ["workspace_id", "priority", "ready_at"],
        unique=False,
        postgresql_where=sa.text("ready_at IS NOT NULL"),
    )
    op.create_table(
        "vault_files",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("folder_id", sa.Text(), nullable=True),
        sa.Column("index_state", sa.Text(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True, precision=6), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True, precision=6), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_vault_files_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vault_files")),
        info={"tenant": True},
    )
    op.create_index("ix_vault_files_listing", "vault_files", ["workspace_id", "created_at", "id"], unique=False)
    op.create_table(
        "blob_chunks",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["ref"], ["blobs.ref"], name=op.f("fk_blob_chunks_ref"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_blob_chunks_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ref", "n", name=op.f("pk_blob_chunks")),
        info={"tenant": True},
    )
    op.create_table(
        "events",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True, precision=6), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(none_as_null=True, astext_type=Text()), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("had_content", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["log_heads.run_id"], name=op.f("fk_events_run_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_events_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "seq", name=op.f("pk_events")),
        sa.UniqueConstraint("run_id", "name", name=op.f("uq_events_run_id_name")),
        info={"tenant": True},
    )
    op.create_table(
        "run_artifacts",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("citations", sa.Integer(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_artifacts_run_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_run_artifacts_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_artifacts")),
        info={"tenant": True},
    )
    op.create_index(op.f("ix_run_artifacts_run_id"), "run_artifacts", ["run_id"], unique=False)
    op.create_table(
        "run_contents",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["log_heads.run_id"], name=op.f("fk_run_contents_run_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_run_contents_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "name", name=op.f("pk_run_contents")),
        info={"tenant": True},
    )
    op.create_table(
        "run_inputs",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("step_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=True),
        sa.Column("answer_digest", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True, precision=6), nullable=False),
        sa.Column("answered_at", postgresql.TIMESTAMP(timezone=True, precision=6), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_inputs_run_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_run_inputs_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_inputs")),
        sa.UniqueConstraint("run_id", "step_id", name=op.f("uq_run_inputs_run_id_step_id")),
        info={"tenant": True},
    )
    op.create_table(
        "run_steps",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("step_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("depends_on", postgresql.ARRAY(Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("started_at", postgresql.TIMESTAMP(timezone=True, precision=6), nullable=True),
        sa.Column("took_ms", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_steps_run_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_run_steps_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "step_id", name=op.f("pk_run_steps")),
        info={"tenant": True},
    )
    op.create_table(
        "vault_terms",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Text(), nullable=False),
        sa.Column("lexeme", sa.LargeBinary(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["vault_files.id"], name=op.f("fk_vault_terms_file_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_vault_terms_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("file_id", "lexeme", name=op.f("pk_vault_terms")),
        info={"tenant": True},
    )
    op.create_index("ix_vault_terms_lexeme", "vault_terms", ["workspace_id", "lexeme"], unique=False)
    for table in [
        "api_keys",
        "blob_chunks",
        "blobs",
        "due",
        "events",
        "idempotency",
        "log_heads",
        "projects",
        "run_artifacts",
        "run_contents",
        "run_inputs",
        "run_steps",
        "runs",
        "vault_files",
        "vault_terms",
    ]:
        for statement in secure(table):
            op.execute(statement)
