"""The tables of budgets: the budgets, what each has spent and set aside in each period, and the calls it is for."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Numeric, Text, UniqueConstraint, text

from futurone_server.store.schema import Moment, tenant_table

budgets = tenant_table(
    "budgets",
    Column("id", Text, primary_key=True),
    Column("scope", Text, nullable=False),
    Column("scope_id", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("max_cost_usd", Numeric(16, 8)),
    Column("max_tokens", BigInteger),
    Column("policy", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("workspace_id", "scope", "scope_id", "period"),
)

budget_tallies = tenant_table(
    "budget_tallies",
    Column("budget_id", Text, ForeignKey("budgets.id", ondelete="CASCADE"), primary_key=True),
    Column("period_start", Moment, primary_key=True),
    Column("tokens", BigInteger, nullable=False, server_default=text("0")),
    Column("cost_usd", Numeric, nullable=False, server_default=text("0")),
    Column("reserved_tokens", BigInteger, nullable=False, server_default=text("0")),
    Column("reserved_usd", Numeric, nullable=False, server_default=text("0")),
    Column("told", Integer, nullable=False, server_default=text("0")),
    Column("full_at", Moment),
)
"""What was spent of a budget in one period, and what is set aside for calls under way.

``told`` is the last threshold that was announced, in per cent; ``full_at`` since when the next call does not fit.
"""

budget_reservations = tenant_table(
    "budget_reservations",
    Column("call_id", Text, primary_key=True),
    Column("run_id", Text, nullable=False, index=True),
    Column("project_id", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("tokens", BigInteger, nullable=False),
    Column("cost_usd", Numeric),
    Column("question", Text),
    Index("ix_budget_reservations_workspace_id", "workspace_id"),
)
"""What is set aside for one call; ``epoch`` says which hand of its run it is in. With a ``question`` nothing is set
aside: the run waits under it until that much has room.
"""
