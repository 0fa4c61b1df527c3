"""The log's tables: one narrow head row per run, the events, and the run's sealed contents."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from futurone_server.store.schema import Json, Moment, catalogue, tenant_table


def _of_head() -> ForeignKey:
    return ForeignKey("log_heads.run_id", ondelete="CASCADE")


heads = tenant_table(
    "log_heads",
    Column("run_id", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False, server_default=text("0")),
    Column("epoch", Integer, nullable=False, server_default=text("0")),
    Column("closed", Boolean, nullable=False, server_default=text("false")),
    Column("sealed_key", LargeBinary),
    Column("key_epoch", Text),
    Column("sample", LargeBinary),
    Index("ix_log_heads_key_epoch", "key_epoch", postgresql_where=text("sealed_key IS NOT NULL")),
)
"""The last number, the fencing epoch, whether the run has ended, and the run's own key as it is wrapped.

``key_epoch`` says by what: the id of an hour's key, ``kept`` for the long-lived one, NULL for the root key (from before
there were hours). ``sample`` is nothing, sealed under the run's key: whoever holds the key can open it.

Locking this row first is what orders everything that happens to a run. It is narrow on purpose: it changes with every
event, and a narrow row without further indexes is updated in place.
"""

events = tenant_table(
    "events",
    Column("run_id", Text, _of_head(), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("type", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("facts", Json, nullable=False),
    Column("content", LargeBinary),
    Column("had_content", Boolean, nullable=False),
    UniqueConstraint("run_id", "name"),
)

contents = tenant_table(
    "run_contents",
    Column("run_id", Text, _of_head(), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("sealed", LargeBinary),
)
"""Sealed content of a run by name: brief, plan, step results, artifacts, verification. Nulled when it is erased."""

audit_heads = tenant_table(
    "audit_heads",
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("at", Moment, nullable=False),
    Column("anchored", BigInteger, nullable=False, server_default=text("0")),
    Column("anchored_at", Moment),
    PrimaryKeyConstraint("workspace_id"),
)
"""The head of each workspace's audit trail: its last number and hash, and how far it has been signed outside."""

audit_lines = tenant_table(
    "audit_lines",
    Column("seq", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    Column("action", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("resource", Text, nullable=False),
    Column("line", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    PrimaryKeyConstraint("workspace_id", "seq"),
    Index("ix_audit_lines_resource", "workspace_id", "resource"),
)
"""The audit trail. ``line`` is what counts; the columns beside it are there to look for lines by."""

key_epochs = Table(
    "key_epochs",
    catalogue,
    Column("id", Text, primary_key=True),
    Column("hour", BigInteger, nullable=False, unique=True),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("destroyed_at", Moment),
)
"""One row per hour in which runs were created; the key itself is a file. No run takes the key of a closed one."""
