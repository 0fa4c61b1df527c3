"""Bring a database to this version's schema, once, under a lock."""

from collections.abc import Sequence
from pathlib import Path

import psycopg
import structlog
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError

from futurone_server.store.database import APP_ROLE, plain_url

_LOCK = 0x46555455  # every server of one database takes turns at this number
_log = structlog.get_logger("futurone.migrations")


class CannotUpgradeError(Exception):
    """The database cannot be reached or upgraded; carries what the driver says of the way there, else a class."""


def _scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return ScriptDirectory.from_config(config)


def make_role(url: str) -> str | None:
    """Make the role that statements run under where it is missing; None if this user may not.

    Blocking. Raises CannotUpgradeError.
    """
    check(url)
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            return _role(connection)
    except SQLAlchemyError as error:
        raise CannotUpgradeError(type(getattr(error, "orig", None) or error).__name__) from error
    finally:
        engine.dispose()


def upgrade(url: str) -> str | None:
    """Upgrade the database; returns the role that statements should run under, None if there is none of its own.

    Blocking. Waits while another server upgrades. Raises CannotUpgradeError.
    """
    check(url)
    try:
        return _upgrade(url)
    except SQLAlchemyError as error:
        raise CannotUpgradeError(type(getattr(error, "orig", None) or error).__name__) from error


def check(url: str) -> None:
    """Whether the database answers, and can hold every text. Blocking. Raises CannotUpgradeError."""
    try:
        with psycopg.connect(plain_url(url), connect_timeout=10) as connection:
            encoding = connection.info.parameter_status("server_encoding")
    except psycopg.OperationalError as error:  # says which host, port, user and database, and never the password
        raise CannotUpgradeError(str(error).strip().partition("\n")[0]) from error
    if encoding != "UTF8":
        raise CannotUpgradeError(f"its encoding is {encoding}, and must be UTF8")


def _upgrade(url: str) -> str | None:
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
            connection.commit()
            role = _role(connection)
            heads = _scripts().get_heads()
            current = MigrationContext.configure(connection).get_current_heads()
            if set(current) != set(heads):
                _check_known(current)
                _run(connection)
                if role is not None:
                    _grant(connection, role)
                connection.commit()
                _log.debug("schema.upgraded", to=",".join(heads))
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
            connection.commit()
            return role
    finally:
        engine.dispose()


def _check_known(revisions: Sequence[str]) -> None:
    try:
        for revision in revisions:
            _scripts().get_revision(revision)
    except CommandError as error:
        names = ", ".join(revisions)
        raise CannotUpgradeError(f"its schema ({names}) is of a later version of FuturOne than this one") from error


def _run(connection: Connection) -> None:
    scripts = _scripts()

    def steps(revision: object, _: object) -> Sequence[object]:
        return scripts._upgrade_revs("heads", revision)  # type: ignore[arg-type] # alembic's own idiom in env.py

    with EnvironmentContext(Config(), scripts, fn=steps, destination_rev="heads") as environment:
        environment.configure(connection=connection, transaction_per_migration=True)
        with environment.begin_transaction():
            environment.run_migrations()


def _role(connection: Connection) -> str | None:
    """The application's role, made if it can be. Without it the owner's own (forced) row-level security remains."""
    query = text("SELECT 1 FROM pg_roles WHERE rolname = :name")
    try:
        if connection.execute(query, {"name": APP_ROLE}).one_or_none() is None:
            connection.execute(text(f"CREATE ROLE {APP_ROLE} NOLOGIN NOBYPASSRLS"))
            connection.execute(text(f"GRANT {APP_ROLE} TO CURRENT_USER WITH SET TRUE"))
        connection.execute(text(f"SET LOCAL ROLE {APP_ROLE}"))
        connection.commit()
    except ProgrammingError:
        connection.rollback()
        return None
    connection.execute(text("RESET ROLE"))
    connection.commit()
    return APP_ROLE


def _grant(connection: Connection, role: str) -> None:
    connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {role}"))
    connection.execute(text(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}"))
    connection.execute(text(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}"))
