"""The schema's vocabulary: one catalogue of tables, and the column types all of them use."""

from sqlalchemy import Column, ForeignKey, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.schema import SchemaItem

catalogue = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

Moment = TIMESTAMP(timezone=True, precision=6)
"""An aware UTC time; the driver refuses to mix it with naive ones."""

Json = JSONB(none_as_null=True)

SCOPE_SETTING = "futurone.scope"
"""The transaction-local setting that row-level security compares ``workspace_id`` with."""


def tenant_table(name: str, *items: SchemaItem) -> Table:
    """A table whose rows belong to a workspace, and which row-level security therefore guards."""
    owner: Column[str] = Column("workspace_id", Text, ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False)
    return Table(name, catalogue, owner, *items, info={"tenant": True})


def tenant_tables() -> list[str]:
    """The names of all tables that row-level security must guard."""
    return sorted(table.name for table in catalogue.tables.values() if table.info.get("tenant"))


def secure(name: str) -> list[str]:
    """The statements that put one table under row-level security, for its owner too."""
    scope = f"current_setting('{SCOPE_SETTING}', true)"
    rule = f"(workspace_id = {scope} OR {scope} = 'system')"
    return [
        f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY tenant ON {name} USING {rule} WITH CHECK {rule}",
    ]
