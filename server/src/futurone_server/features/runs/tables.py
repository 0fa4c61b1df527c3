"""The tables of runs: the run, its steps, its waits, its artifacts, and the workers that carry runs out."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from futurone_server.store.schema import Json, Moment, catalogue, tenant_table


def _of_run() -> ForeignKey:
    return ForeignKey("runs.id", ondelete="CASCADE")


runs = tenant_table(
    "runs",
    Column("id", Text, primary_key=True),
    Column("project_id", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("threshold", Numeric(4, 3, asdecimal=False), nullable=False),
    Column("confidence", Numeric(4, 3, asdecimal=False)),
    Column("steps_total", Integer, nullable=False, server_default=text("0")),
    Column("budget", Json, nullable=False),
    Column("retention", Text, nullable=False),
    Column("window_s", Integer, nullable=False),
    Column("rubric", Text),
    Column("webhook_url", Text),
    Column("metadata", Json, nullable=False),
    Column("caller_workspace_id", Text),
    Column("subject_id", Text),
    Column("origin", Text, nullable=False),
    Column("trigger_id", Text),
    Column("parent_run_id", Text),
    Column("attempt", Integer, nullable=False),
    Column("files", ARRAY(Text), nullable=False),
    Column("tool_calls", Integer, nullable=False, server_default=text("0")),
    Column("input_tokens", BigInteger, nullable=False, server_default=text("0")),
    Column("output_tokens", BigInteger, nullable=False, server_default=text("0")),
    Column("cost_usd", Numeric(16, 8), nullable=False, server_default=text("0")),
    Column("priced", Boolean, nullable=False, server_default=text("true")),
    Column("error", Json),
    Column("escalation", Json),
    Column("score", Json),
    Column("priority", Integer, nullable=False),
    Column("segment", Integer, nullable=False, server_default=text("1")),
    Column("worked_ms", Integer, nullable=False, server_default=text("0")),
    Column("recoveries", Integer, nullable=False, server_default=text("0")),
    Column("ready_at", Moment),
    Column("worker_id", Text),
    Column("input_id", Text),
    Column("erased_at", Moment),
    Column("erases_at", Moment),
    Column("since", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("started_at", Moment),
    Column("completed_at", Moment),
    Column("request_id", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("deliver_to", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Index("ix_runs_listing", "workspace_id", "created_at", "id"),
    Index("ix_runs_ready", "workspace_id", "priority", "ready_at", postgresql_where=text("ready_at IS NOT NULL")),
    Index("ix_runs_held", "worker_id", "workspace_id", postgresql_where=text("worker_id IS NOT NULL")),
    Index("ix_runs_erasing", "erases_at", postgresql_where=text("erases_at IS NOT NULL AND erased_at IS NULL")),
    Index("ix_runs_metadata", "metadata", postgresql_using="gin", postgresql_ops={"metadata": "jsonb_path_ops"}),
)
"""A run is its own place in the queue: ``ready_at`` is set while it wants a worker, ``worker_id`` while it has one."""

run_steps = tenant_table(
    "run_steps",
    Column("run_id", Text, _of_run(), primary_key=True),
    Column("step_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("depends_on", ARRAY(Text), nullable=False),
    Column("state", Text, nullable=False, server_default=text("'pending'")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("started_at", Moment),
    Column("took_ms", Integer),
    Column("models", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("substitutions", Json, nullable=False, server_default=text("'[]'")),
)
"""The journal of steps: ``state = 'done'`` is written in the commit of the step's last event, and never run again."""

run_inputs = tenant_table(
    "run_inputs",
    Column("id", Text, primary_key=True),
    Column("run_id", Text, _of_run(), nullable=False),
    Column("step_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("action", Text),
    Column("answer_digest", LargeBinary),
    Column("expires_at", Moment, nullable=False),
    Column("answered_at", Moment),
    Column("answered_by", Text),
    Column("digest", Text),
    UniqueConstraint("run_id", "step_id"),
)
"""``digest`` is of what an approval was shown with; it is salted, and says nothing once that is erased."""

run_artifacts = tenant_table(
    "run_artifacts",
    Column("id", Text, primary_key=True),
    Column("run_id", Text, _of_run(), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("citations", Integer, nullable=False),
    Column("engine", Text, nullable=False),
    Column("final", Boolean, nullable=False),
    Column("head", LargeBinary),
    Column("models", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("step", Text),
    Column("version", Text),
)
"""``head`` seals label, hash and sources; the text itself is the run's content ``artifact/<id>``."""

run_receipts = tenant_table(
    "run_receipts",
    Column("run_id", Text, _of_run(), primary_key=True),
    Column("id", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("erased_at", Moment, nullable=False),
    Column("key_epoch", Text),
    Column("sample", LargeBinary),
    Column("events", BigInteger, nullable=False),
    Column("contents", BigInteger, nullable=False),
    Column("artifacts", BigInteger, nullable=False),
)
"""What was destroyed of a run, written with the erasure. ``sample`` is nothing, sealed under the run's key."""

workers = Table(
    "workers",
    catalogue,
    Column("id", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("lock", Integer, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
)
"""One row per living worker process; its session lock frees itself when the process dies."""
