"""The tables of workspaces and their projects."""

from sqlalchemy import ARRAY, Column, Integer, Numeric, Table, Text, text

from futurone_server.store.schema import Moment, catalogue, tenant_table

workspaces = Table(
    "workspaces",
    catalogue,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("threshold", Numeric(4, 3, asdecimal=False), nullable=False, server_default=text("0.85")),
    Column("retention", Text, nullable=False, server_default=text("'zero'")),
    Column("window_s", Integer, nullable=False, server_default=text("86400")),
    Column("default_agent", Text, nullable=False, server_default=text("'research'")),
    Column("default_project_id", Text, nullable=False),
    Column("runs_at_once", Integer, nullable=False, server_default=text("200")),
    Column("queued_runs", Integer, nullable=False, server_default=text("10000")),
    Column("models", ARRAY(Text), nullable=True),
    Column("created_at", Moment, nullable=False),
    info={"self": True},
)

projects = tenant_table(
    "projects",
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
)
