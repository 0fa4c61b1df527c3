"""The tables of webhooks: endpoints, signing secrets, what happened, and whom it is to be told."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY

from futurone_server.store.schema import Json, Moment, tenant_table

endpoints = tenant_table(
    "webhook_endpoints",
    Column("id", Text, primary_key=True),
    Column("mode", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("events", ARRAY(Text), nullable=False),
    Column("status", Text, nullable=False),
    Column("disabled_because", Text),
    Column("description", Text),
    Column("secret", LargeBinary, nullable=False),
    Column("old_secret", LargeBinary),
    Column("old_until", Moment),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("failing_since", Moment),
    Column("last_success_at", Moment),
    Column("last_failure_at", Moment),
    Column("last_error", Text),
    Column("created_by", Text),
    Column("created_at", Moment, nullable=False),
    Index("ix_webhook_endpoints_listing", "workspace_id", "created_at", "id"),
)
"""``secret`` and ``old_secret`` are sealed; the old one signs beside the new one until ``old_until``."""

signing_secrets = tenant_table(
    "webhook_secrets",
    Column("id", Text, primary_key=True),
    Column("secret", LargeBinary, nullable=False),
    Column("old_secret", LargeBinary),
    Column("old_until", Moment),
    Column("shown_at", Moment),
    Column("created_at", Moment, nullable=False),
)
"""What signs for addresses that runs name themselves. Its id is ``<workspace>.<mode>``: there is one of each."""

messages = tenant_table(
    "webhook_messages",
    Column("id", Text, primary_key=True),
    Column("type", Text, nullable=False),
    Column("run_id", Text, ForeignKey("runs.id", ondelete="CASCADE"), index=True),
    Column("data", Json, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("note", Json, nullable=False, server_default=text("'{}'")),
)
"""What happened, content-free: ``data`` is what stands in the body, ``note`` what people are told beside it.

A deleted run takes its messages along.
"""

deliveries = tenant_table(
    "webhook_deliveries",
    Column("id", Text, primary_key=True),
    Column("message_id", Text, ForeignKey("webhook_messages.id", ondelete="CASCADE"), nullable=False),
    Column("mode", Text, nullable=False),
    Column("endpoint_id", Text),
    Column("url", Text),
    Column("target", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("next_at", Moment, nullable=False),
    Column("claims", Integer, nullable=False, server_default=text("0")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("last_at", Moment),
    Column("last_status", Integer),
    Column("last_error", Text),
    Column("last_took_ms", Integer),
    Column("reason", Text),
    Column("history", Json, nullable=False, server_default=text("'[]'")),
    Column("created_at", Moment, nullable=False),
    Column("settled_at", Moment),
    Column("connection_id", Text),
    UniqueConstraint("message_id", "target"),
    Index("ix_webhook_deliveries_due", "state", "next_at"),
    Index("ix_webhook_deliveries_listing", "workspace_id", "created_at", "id"),
    Index("ix_webhook_deliveries_target", "workspace_id", "target", "last_at"),
)
"""One message to one receiver: the endpoint ``endpoint_id``, the address ``url`` that a run named, or the people behind
the connection ``connection_id``.

``target`` is whose patience it strains: the endpoint, the host behind the address, or the connection. ``next_at`` is
when something is to be done: the next attempt of what is pending, the end of the lease of what is being sent
(``claims`` fences it), and for what is settled the moment at which the row is removed.
"""
