"""Whether a database is at this version's schema already: the quick look at each start, without Alembic."""

from pathlib import Path

import psycopg

from futurone_server.store.database import APP_ROLE, plain_url

_NAMES = Path(__file__).parent / "versions"


def newest() -> str:
    """The name of the newest step of the schema, without its ending."""
    return max(path.stem for path in _NAMES.glob("*_p*.py"))


def revision(url: str) -> str | None:
    """The step of the schema that a database is at; None when it has none, or does not answer. Blocking."""
    try:
        with psycopg.connect(plain_url(url), connect_timeout=5) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except psycopg.Error:
        return None
    return None if row is None else str(row[0])


def role_if_current(url: str) -> tuple[bool, str | None]:
    """Whether the schema is current, and if so the role that statements run under. Blocking.

    Says no when in doubt: the full look that follows then finds out, and explains what is wrong.
    """
    try:
        with psycopg.connect(plain_url(url), connect_timeout=5) as connection:
            if connection.info.parameter_status("server_encoding") != "UTF8":
                return False, None
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            if row is None or not newest().startswith(f"{row[0]}_"):
                return False, None
            known = connection.execute(
                "SELECT pg_has_role(current_user, oid, 'SET') FROM pg_roles WHERE rolname = %s", (APP_ROLE,)
            ).fetchone()
    except psycopg.Error:
        return False, None
    return True, APP_ROLE if known is not None and known[0] else None
