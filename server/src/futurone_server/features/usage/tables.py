"""The tables of usage: what calls of models used, and of which run; they outlive the runs, and hold no content."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Numeric, Text, text

from futurone_server.store.schema import Moment, tenant_table

usage_runs = tenant_table(
    "usage_runs",
    Column("run_id", Text, primary_key=True),
    Column("project_id", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("subject_id", Text),
    Column("caller_workspace_id", Text),
    Column("status", Text),
    Column("steps", Integer, nullable=False, server_default=text("0")),
    Column("ended_at", Moment),
    Index("ix_usage_runs_ended", "workspace_id", "ended_at"),
)
"""A run as the meter knows it; ``status`` is how it ended, NULL until then."""

usage_calls = tenant_table(
    "usage_calls",
    Column("id", Text, primary_key=True),
    Column("run_id", Text, ForeignKey("usage_runs.run_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("model", Text, nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("cost_usd", Numeric),
    Column("is_open", Boolean, nullable=False),
    Index("ix_usage_calls_at", "workspace_id", "at"),
    Index("ix_usage_calls_open", "run_id", postgresql_where=text("is_open")),
)
"""A call of a model, from the moment before it is made: while it is open, it has used what was sent with it.

``at`` is when it began. ``cost_usd`` is NULL where nobody knows the price.
"""
