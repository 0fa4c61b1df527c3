"""The table of holds."""

from sqlalchemy import Column, Index, Text

from futurone_server.store.schema import Moment, tenant_table

run_holds = tenant_table(
    "run_holds",
    Column("id", Text, primary_key=True),
    Column("scope", Text, nullable=False),
    Column("scope_id", Text, nullable=False),
    Column("until", Moment),
    Index("ix_run_holds_workspace_id", "workspace_id"),
)
"""``id`` is that of what holds; ``until`` is NULL where no time ends it. Runs that have started are not held."""
