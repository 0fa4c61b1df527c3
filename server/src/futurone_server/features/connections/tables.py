"""The table of connections."""

from sqlalchemy import Column, Index, Integer, LargeBinary, Text, text

from futurone_server.store.schema import Moment, tenant_table

connections = tenant_table(
    "connections",
    Column("id", Text, primary_key=True),
    Column("mode", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("hint", Text, nullable=False),
    Column("sealed_key", LargeBinary, nullable=False),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("failing_since", Moment),
    Column("last_success_at", Moment),
    Column("last_failure_at", Moment),
    Column("last_error", Text),
    Column("created_by", Text),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index("ix_connections_listing", "workspace_id", "created_at", "id"),
)
"""``sealed_secret`` is sealed under a key of the row's own, which dies with the row or with a new secret."""
