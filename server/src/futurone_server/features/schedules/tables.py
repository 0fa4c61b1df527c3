"""The tables of schedules, and of the ledger in which each of their due times stands once."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Text, text

from futurone_server.store.schema import Json, Moment, tenant_table

schedules = tenant_table(
    "schedules",
    Column("id", Text, primary_key=True),
    Column("project_id", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("cron", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("missed", Text, nullable=False),
    Column("daily_cap", Integer, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("sealed_key", LargeBinary, nullable=False),
    Column("sealed_run", LargeBinary, nullable=False),
    Column("status", Text, nullable=False),
    Column("paused_reason", Text),
    Column("held_until", Moment),
    Column("counted_from", Moment, nullable=False),
    Column("next_at", Moment, nullable=False),
    Column("last_fire", Json),
    Column("revision", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index("ix_schedules_listing", "workspace_id", "created_at", "id"),
)
"""``next_at`` is the due time that is decided next, also while the schedule is paused: then it is noted as skipped.

``key_id`` is in whose name it fires. ``held_until``: the daily cap is reached until then. Failed runs are counted from
``counted_from`` on. ``revision`` grows with each change, and is what changes are compared with; firing moves
``next_at``, and is compared with both.
"""

schedule_fires = tenant_table(
    "schedule_fires",
    Column("schedule_id", Text, ForeignKey("schedules.id", ondelete="CASCADE"), primary_key=True),
    Column("due_at", Moment, primary_key=True),
    Column("manual", Boolean, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reason", Text),
    Column("run_id", Text),
    Column("run_status", Text),
    Column("run_ended_at", Moment),
    Column("decided_at", Moment, nullable=False),
    Index("ix_schedule_fires_run_id", "run_id", postgresql_where=text("run_id IS NOT NULL")),
    Index(
        "ix_schedule_fires_ended",
        "schedule_id",
        "run_ended_at",
        postgresql_where=text("run_ended_at IS NOT NULL"),
    ),
    Index("ix_schedule_fires_due_at", "due_at"),
)
"""The primary key is the promise: a due time is decided once, whoever decides it."""
