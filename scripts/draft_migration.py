"""Draft the next step of the schema from what the tables say and a database does not have yet.

Usage: scripts/draft_migration.py SERIAL WHAT, with FUTURONE_DATABASE_URL naming a database at the newest version. Read
the draft before you commit it: a rename looks like a loss.
"""

import importlib
import pkgutil
import sys
from pathlib import Path

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.operations.ops import CreateTableOp
from sqlalchemy import create_engine

import futurone_server
from futurone_server import config
from futurone_server.store import schema

_VERSIONS = Path(futurone_server.__file__).parent / "migrations" / "versions"
_HEAD = '''"""{what}."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

from futurone_server.store.schema import secure

revision = "{serial}"
down_revision = {down!r}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    {body}
    for table in {tables!r}:
        for statement in secure(table):
            op.execute(statement)
'''


def load_tables() -> None:
    """Import every module that declares tables."""
    for module in pkgutil.walk_packages(futurone_server.__path__, "futurone_server."):
        if module.name.rpartition(".")[2] in ("tables", "idempotency", "due"):
            importlib.import_module(module.name)


def main(serial: str, what: str) -> None:
    """Write the draft."""
    load_tables()
    url = config.load({}).database_url
    assert url is not None, "FUTURONE_DATABASE_URL names no database"
    with create_engine(url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"target_metadata": schema.catalogue})
        down = context.get_current_revision()
        script = produce_migrations(context, schema.catalogue)
        assert script.upgrade_ops is not None
        new = {op.table_name for op in script.upgrade_ops.ops if isinstance(op, CreateTableOp)}
        lines = render_python_code(script.upgrade_ops).splitlines()
        body = "\n".join(line for line in lines if not line.strip().startswith("#"))
        guarded = [name for name in schema.tenant_tables() if name in new]
    text = _HEAD.format(what=what, serial=serial, down=down, body=body.strip(), tables=guarded)
    (_VERSIONS / f"{serial}_{what.replace(' ', '_').lower()}.py").write_text(text)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
