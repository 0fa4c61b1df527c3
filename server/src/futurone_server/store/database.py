"""Connections and transactions. Every transaction states whose rows it may see; leaving its block commits."""

import asyncio
import contextlib
import re
import select
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.pq import PipelineStatus, TransactionStatus
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from futurone_server.kit import json
from futurone_server.kit.errors import Unavailable
from futurone_server.store.messages import Message, Row, Statement, committed, driver_of, pipelined
from futurone_server.store.refusals import refusing, telling_apart
from futurone_server.store.schema import SCOPE_SETTING

Tx = AsyncConnection
"""An open transaction. Only ``Database.transaction`` makes one."""

APP_ROLE = "futurone_app"
"""The role that statements run under: owns nothing, so that row-level security holds for it."""

_SCOPE = re.compile(r"[a-z0-9_]{1,60}")
_STOOD_STILL_S = 10
"""A process that stands still inside a transaction holds locks. It loses them before its runs are taken over."""

_CONNECT_S_MAX = 10
"""For a connection: a new one, or a free one. A process that is busy needs a while for the talk it takes."""

_WARM = 4

_TRANSACTION_S_MAX = 15
"""No transaction of ours takes so long."""

_BOUNDABLE_SINCE = 17_00_00
"""The release of PostgreSQL that can bound whole transactions. A bound on idling is not enough: what the driver may
send at the end of a pipeline disarms it."""


@dataclass(frozen=True)
class Scope:
    """Whose rows a transaction may see: one workspace's, or all of them."""

    setting: str


SYSTEM = Scope("system")
"""For the few queries that cross workspaces: admission, recovery, the due table, the log's writer, key look-up."""


def of_workspace(workspace_id: str) -> Scope:
    """The rows of one workspace."""
    return Scope(workspace_id)


def plain_url(url: str) -> str:
    """A database's address as everybody but SQLAlchemy writes it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


async def _opened(*args: Any, **settings: Any) -> "psycopg.AsyncConnection[tuple[object, ...]]":
    """A new connection. Who is cancelled meanwhile leaves none that is half made.

    It would hang on the exception's traceback, and PostgreSQL would wait for its password for a minute.
    """
    try:
        return await psycopg.AsyncConnection.connect(*args, **settings)
    except asyncio.CancelledError as given_up:
        raise given_up.with_traceback(None)  # noqa: B904 - itself, and from nothing else


class Database:
    """The pool of connections to one PostgreSQL database."""

    def __init__(self, url: str, *, pool_size: int = 8, role: str | None = APP_ROLE) -> None:
        self.url = url
        self.role = role
        self._engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=_CONNECT_S_MAX,
            # The transaction is begun by hand, together with its scope, in one message to the database.
            isolation_level="AUTOCOMMIT",
            connect_args={
                "options": self._options(),
                "connect_timeout": _CONNECT_S_MAX,
                "application_name": "futurone",
                "prepare_threshold": 3,
                "async_creator_fn": _opened,
            },
            json_serializer=lambda value: json.dump(value).decode(),
            json_deserializer=json.load,
        )

    async def warm(self) -> None:
        """Open some connections before the first crowd comes. Raises Unavailable."""
        async with refusing():
            await asyncio.gather(*(self._send(pipelined, [_reading(SYSTEM)]) for _ in range(_WARM)))

    async def read(self, scope: Scope, *statements: "Statement") -> "list[list[Row]]":
        """Several statements that only read, of one scope and one moment, in one message; returns the rows of each.

        Raises Unavailable when the database is away.
        """
        async with refusing():
            return await self._send(pipelined, [_reading(scope), *statements])

    async def write(self, scope: Scope, *statements: "Statement") -> "list[list[Row]]":
        """A whole transaction in one message, for what needs no decision between its statements.

        The first statement that fails raises, and nothing of all is stored. Raises AlreadyThereError,
        ParentMissingError, and Unavailable as ``transaction`` does.
        """
        async with telling_apart(), refusing():
            return await self._send(committed, [_writing(scope), *statements])

    async def _send(self, message: "Message", statements: "list[Statement]") -> "list[list[Row]]":
        async with self._connection() as connection:
            _, *found = await message(await driver_of(connection), statements)
        return found

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection]:
        """One of the pool's connections; those that the database has closed since, by a restart, are dropped."""
        connection = await self._engine.connect()
        while _is_closed(driver := await driver_of(connection)):
            await _drop(connection)
            connection = await self._engine.connect()
        try:
            yield connection
        finally:
            # Whoever is cancelled in the middle of something leaves a connection that nobody else could make sense of.
            if _is_idle(driver):
                await connection.close()
            else:
                await _drop(connection)

    @asynccontextmanager
    async def transaction(self, scope: Scope) -> AsyncIterator[Tx]:
        """A transaction over the rows of one scope. Leaving the block commits; an exception rolls back.

        Raises Unavailable when the database is away or full; then nothing was stored, or (only when it went away during
        the commit itself) the caller's idempotency key finds out.
        """
        async with refusing(), self._connection() as connection, _committing(await driver_of(connection), scope):
            yield connection

    async def connection(self) -> "psycopg.AsyncConnection[tuple[object, ...]]":
        """A connection of one's own, outside the pool and in autocommit, for LISTEN and for session locks."""
        return await self._connect(self._options(), "futurone-hint")

    async def writer(self) -> "psycopg.AsyncConnection[tuple[object, ...]]":
        """A connection of one's own over all workspaces, in autocommit: for the log's one writer."""
        options = f"{self._options()} -c {SCOPE_SETTING}={SYSTEM.setting}"
        return await self._connect(options, "futurone-log", is_bounded=True)

    def _options(self) -> str:
        # Our statements differ in their text, not in which plan their values ask for: planning them once is enough.
        bounded = f"-c idle_in_transaction_session_timeout={_STOOD_STILL_S}s -c plan_cache_mode=force_generic_plan"
        return f"{bounded} -c role={self.role}" if self.role else bounded

    async def _connect(
        self, options: str, name: str, *, is_bounded: bool = False
    ) -> "psycopg.AsyncConnection[tuple[object, ...]]":
        try:
            connection = await _opened(
                plain_url(self.url),
                autocommit=True,
                options=options,
                connect_timeout=_CONNECT_S_MAX,
                application_name=name,
                prepare_threshold=3,
            )
            if is_bounded and connection.info.server_version >= _BOUNDABLE_SINCE:
                await connection.execute(f"SET transaction_timeout = '{_TRANSACTION_S_MAX}s'".encode())
        except (psycopg.Error, OSError) as error:
            raise Unavailable("The database does not answer at the moment. Try again shortly.") from error
        return connection

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


_SET_SCOPE = f"SELECT set_config('{SCOPE_SETTING}', %(scope)s, true) AS scope"


def _writing(scope: Scope) -> Statement:
    return _SET_SCOPE, {"scope": scope.setting}


def _reading(scope: Scope) -> Statement:
    return f"{_SET_SCOPE}, set_config('transaction_read_only', 'on', true) AS mode", {"scope": scope.setting}


def _beginning(scope: Scope, *, is_bounded: bool) -> bytes:
    assert _SCOPE.fullmatch(scope.setting), scope.setting
    bound = f"; SET LOCAL transaction_timeout = '{_TRANSACTION_S_MAX}s'" if is_bounded else ""
    return f"BEGIN; SET LOCAL {SCOPE_SETTING} = '{scope.setting}'{bound}".encode()


def _is_idle(driver: "psycopg.AsyncConnection[Any]") -> bool:
    is_idle = driver.info.transaction_status is TransactionStatus.IDLE
    return is_idle and driver.pgconn.pipeline_status == PipelineStatus.OFF


async def _drop(connection: AsyncConnection) -> None:
    """Take a connection out of the pool, which makes another in its place."""
    await connection.invalidate()
    await connection.close()


def _is_closed(driver: "psycopg.AsyncConnection[Any]") -> bool:
    if driver.closed:
        return True
    # There is something to read on a connection that nobody uses: that the other side has gone.
    socket = select.poll()
    socket.register(driver.fileno(), select.POLLIN)
    return bool(socket.poll(0))


@asynccontextmanager
async def _committing(driver: "psycopg.AsyncConnection[Any]", scope: Scope) -> AsyncIterator[None]:
    # Told to the driver itself: SQLAlchemy does not know of a transaction that it has not begun, and would do nothing.
    try:
        await driver.execute(_beginning(scope, is_bounded=driver.info.server_version >= _BOUNDABLE_SINCE))
        yield
    except BaseException:
        with contextlib.suppress(psycopg.Error):  # what went wrong first is what the caller must hear of
            await driver.rollback()
        raise
    await driver.commit()
