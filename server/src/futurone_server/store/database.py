"""Connections and transactions. Every transaction states whose rows it may see; leaving its block commits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psycopg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from futurone_server.kit import json
from futurone_server.kit.errors import Unavailable
from futurone_server.store.schema import SCOPE_SETTING

Tx = AsyncConnection
"""An open transaction. Only ``Database.transaction`` makes one."""

APP_ROLE = "futurone_app"
"""The role that statements run under: owns nothing, so that row-level security holds for it."""

_SET_SCOPE = text(f"SELECT set_config('{SCOPE_SETTING}', :scope, true)")


@dataclass(frozen=True)
class Scope:
    """Whose rows a transaction may see: one workspace's, or all of them."""

    setting: str


SYSTEM = Scope("system")
"""For the few queries that cross workspaces: admission, recovery, the due table, the log's writer, key look-up."""


def of_workspace(workspace_id: str) -> Scope:
    """The rows of one workspace."""
    return Scope(workspace_id)


def _as_unavailable(error: Exception) -> Unavailable | None:
    """A refusal for what is the database's state and not a defect of ours."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, psycopg.errors.DiskFull | psycopg.errors.OutOfMemory):
        return Unavailable("The database has no room left. Nothing was stored; free some space and try again.")
    if isinstance(cause, psycopg.errors.DeadlockDetected | psycopg.errors.SerializationFailure):
        return Unavailable("Two requests met on the same rows. Nothing was stored; try again.")
    if isinstance(cause, psycopg.errors.InsufficientPrivilege):
        return None
    lost = (InterfaceError, OperationalError, PoolTimeoutError, psycopg.OperationalError, OSError)
    if isinstance(error, lost) or (isinstance(error, DBAPIError) and error.connection_invalidated):
        return Unavailable("The database does not answer at the moment. Try again shortly.")
    return None


class Database:
    """The pool of connections to one PostgreSQL database."""

    def __init__(self, url: str, *, pool_size: int = 8, role: str | None = APP_ROLE) -> None:
        self.url = url
        self.role = role
        self._engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            connect_args=self.connect_args(),
            json_serializer=lambda value: json.dump(value).decode(),
            json_deserializer=json.load,
        )

    def connect_args(self) -> dict[str, object]:
        """What every connection of this database is opened with."""
        options = f"-c role={self.role}" if self.role else ""
        return {"options": options, "connect_timeout": 5, "application_name": "futurone", "prepare_threshold": 3}

    async def _open(self, scope: Scope) -> AsyncConnection:
        # After a restart of the database every pooled connection is dead, and says so only when used: the first
        # statement of a transaction is therefore tried twice, the second time on fresh connections.
        for attempt in (1, 2):
            connection = await self._engine.connect()
            try:
                await connection.execute(_SET_SCOPE, {"scope": scope.setting})
            except (OperationalError, InterfaceError):
                await connection.close()
                if attempt == 2:
                    raise
                await self._engine.dispose()
            except BaseException:
                await connection.close()
                raise
            else:
                return connection
        raise AssertionError("unreachable")

    @asynccontextmanager
    async def transaction(self, scope: Scope) -> AsyncIterator[Tx]:
        """A transaction over the rows of one scope. Leaving the block commits; an exception rolls back.

        Raises Unavailable when the database is away or full; then nothing was stored, or (only when it went away during
        the commit itself) the caller's idempotency key finds out.
        """
        try:
            connection = await self._open(scope)
            try:
                async with _committing(connection):
                    yield connection
            finally:
                await connection.close()
        except (DBAPIError, PoolTimeoutError, psycopg.OperationalError, OSError) as error:
            refusal = _as_unavailable(error)
            if refusal is None:
                raise
            raise refusal from error

    async def connection(self) -> psycopg.AsyncConnection[tuple[object, ...]]:
        """A connection of one's own, outside the pool and in autocommit, for LISTEN and for session locks."""
        dsn = self.url.replace("postgresql+psycopg://", "postgresql://", 1)
        options = f"-c role={self.role}" if self.role else ""
        return await psycopg.AsyncConnection.connect(
            dsn, autocommit=True, options=options, connect_timeout=5, application_name="futurone-hint"
        )

    async def answers(self, timeout_s: float = 2.0) -> bool:
        """Whether the database takes a statement now."""
        try:
            async with asyncio.timeout(timeout_s), self.transaction(SYSTEM) as tx:
                await tx.execute(text("SELECT 1"))
        except (Unavailable, TimeoutError):
            return False
        return True

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()


@asynccontextmanager
async def _committing(connection: AsyncConnection) -> AsyncIterator[None]:
    try:
        yield
    except BaseException:
        await connection.rollback()
        raise
    await connection.commit()
