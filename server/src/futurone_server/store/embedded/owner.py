"""The role that owns the product's database, made by the superuser, who does nothing else."""

import time
from typing import LiteralString

import psycopg
from psycopg import sql

from futurone_server.store.embedded.endpoint import Endpoint
from futurone_server.store.embedded.failure import ClusterError

SUPERUSER = "postgres"
_MAINTENANCE_DATABASE = "postgres"
_TIMEOUT_S = 5
_PATIENCE_S = 30.0
_POLL_S = 0.02
# Refusals that pass by themselves: recovery after a crash, and connections whose clients have just been killed.
_PASSING = ("the database system is ", "too many clients already", "connection slots are reserved")
# CREATEROLE: the owner makes the application's role, to which row-level security applies.
_RIGHTS: LiteralString = "LOGIN CREATEROLE NOSUPERUSER NOBYPASSRLS NOREPLICATION"


def admit_owner(endpoint: Endpoint, *, superuser_password: str, is_new: bool) -> None:
    """Make sure that the endpoint opens: make its role and database where they are missing, as in a new cluster.

    Entering proves whose cluster it is, to both sides: with scram neither can answer without the password's key.
    Raises ClusterError.
    """
    if not is_new and _refusal(endpoint) is None:
        return
    _provide(endpoint, superuser_password)
    refusal = _refusal(endpoint)
    if refusal is not None:
        raise _refused(endpoint, endpoint.owner, refusal) from refusal


def _provide(endpoint: Endpoint, superuser_password: str) -> None:
    try:
        connection = _enter(endpoint, SUPERUSER, password=superuser_password, database=_MAINTENANCE_DATABASE)
    except psycopg.OperationalError as error:
        raise _refused(endpoint, SUPERUSER, error) from error
    try:
        with connection:
            _provide_role(connection, endpoint)
            _provide_database(connection, endpoint)
    except psycopg.Error as error:
        raise ClusterError(
            f"PostgreSQL could not make the role and database {endpoint.database}: {str(error).strip()}\n"
            "Remove the cause, then start again."
        ) from error


def _provide_role(connection: psycopg.Connection, endpoint: Endpoint) -> None:
    verifier = connection.pgconn.encrypt_password(
        endpoint.owner_password.encode(), endpoint.owner.encode(), b"scram-sha-256"
    ).decode()
    found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [endpoint.owner]).fetchone()
    statement = "ALTER ROLE {} {} PASSWORD {}" if found else "CREATE ROLE {} {} PASSWORD {}"
    role, rights = sql.Identifier(endpoint.owner), sql.SQL(_RIGHTS)
    connection.execute(sql.SQL(statement).format(role, rights, sql.Literal(verifier)))


def _provide_database(connection: psycopg.Connection, endpoint: Endpoint) -> None:
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [endpoint.database]).fetchone():
        return
    database, owner = sql.Identifier(endpoint.database), sql.Identifier(endpoint.owner)
    connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))


def _refusal(endpoint: Endpoint) -> psycopg.OperationalError | None:
    try:
        _enter(endpoint, endpoint.owner, password=endpoint.owner_password, database=endpoint.database).close()
    except psycopg.OperationalError as error:
        return error
    return None


def _enter(endpoint: Endpoint, role: str, *, password: str, database: str) -> psycopg.Connection:
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return psycopg.connect(
                host=str(endpoint.socket_dir),
                port=endpoint.port,
                user=role,
                password=password,
                dbname=database,
                require_auth="scram-sha-256",
                connect_timeout=_TIMEOUT_S,
                autocommit=True,
            )
        except psycopg.OperationalError as error:
            if not any(words in str(error) for words in _PASSING) or time.monotonic() >= deadline:
                raise
            time.sleep(_POLL_S)


def _refused(endpoint: Endpoint, role: str, error: psycopg.OperationalError) -> ClusterError:
    return ClusterError(
        f"PostgreSQL runs, but does not let {role} in: {str(error).strip()}\n"
        f"If the password is wrong, put the data directory's secrets back from a backup; if it does not answer at all, "
        f"end the server process that has {endpoint.socket_dir} in its command line. Then start again."
    )
