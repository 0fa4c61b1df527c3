"""Messages: several statements sent in one go, in the driver's own style; one that stands alone is a transaction."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import namedtuple_row
from sqlalchemy.ext.asyncio import AsyncConnection

Row = Any
"""A row with its columns as attributes; the driver's edge, typed by whoever reads it."""

Statement = tuple[str, Mapping[str, object]]
"""SQL in the driver's own style, ``%(name)s``, with its values: for what runs so often that building it would show."""


async def run(tx: AsyncConnection, *statements: Statement) -> list[list[Row]]:
    """Send several statements in one go; returns the rows of each. The first that fails raises."""
    return await pipelined(await driver_of(tx), statements)


async def pipelined(
    driver: "psycopg.AsyncConnection[Any]", statements: "tuple[Statement, ...] | list[Statement]"
) -> list[list[Row]]:
    """The same on a connection of one's own."""
    try:
        cursors = await _sent(driver, statements)
    except psycopg.Error:
        await _forget_prepared(driver)
        raise
    return [await cursor.fetchall() if _has_rows(cursor) else [] for cursor in cursors]


async def _sent(
    driver: "psycopg.AsyncConnection[Any]", statements: "tuple[Statement, ...] | list[Statement]"
) -> "list[psycopg.AsyncCursor[Any]]":
    async with driver.pipeline():
        cursors = []
        for sql, values in statements:
            cursor = driver.cursor(row_factory=namedtuple_row)
            try:
                await cursor.execute(sql.encode(), values or None, prepare=True)
            except BaseException as error:
                # Leaving the block ends the message, and would make what was sent of it take effect.
                if not _was_refused(error):
                    driver.pgconn.finish()
                raise
            cursors.append(cursor)
    return cursors


async def _forget_prepared(driver: "psycopg.AsyncConnection[Any]") -> None:
    """Let the driver prepare anew what it uses after a refused message.

    It takes a statement for prepared that it has sent without preparing before, also when the message was refused
    before the database came to it; every later message with that statement would fail. A rollback makes it forget all.
    Within a transaction, that rollback comes of itself.
    """
    if not driver.closed and driver.info.transaction_status is TransactionStatus.IDLE:
        with suppress(psycopg.Error):  # what went wrong first is what the caller must hear of
            await driver.execute(b"BEGIN")
            await driver.rollback()


async def committed(driver: "psycopg.AsyncConnection[Any]", statements: "list[Statement]") -> list[list[Row]]:
    """The same as a whole transaction: the statements take effect together, durably, or not at all.

    It needs no BEGIN and no COMMIT: what is sent up to the end of a message is one transaction (PostgreSQL's manual,
    "Frontend/Backend Protocol", under "Pipelining").
    """
    return await pipelined(driver, statements)


Message = Callable[["psycopg.AsyncConnection[Any]", "list[Statement]"], Awaitable[list[list[Row]]]]


def _was_refused(error: BaseException) -> bool:
    """Whether it is the database that has refused a statement, and with it the whole message."""
    return isinstance(error, psycopg.errors.PipelineAborted) or (
        isinstance(error, psycopg.Error) and error.sqlstate is not None
    )


def _has_rows(cursor: "psycopg.AsyncCursor[Any]") -> bool:
    # The cursor's own description would be built anew, column by column, only to be asked whether it is there.
    return cursor.pgresult is not None and cursor.pgresult.nfields > 0


async def driver_of(connection: AsyncConnection) -> "psycopg.AsyncConnection[Any]":
    """The driver's own connection under one of the pool's."""
    driver = (await connection.get_raw_connection()).driver_connection
    assert isinstance(driver, psycopg.AsyncConnection)
    return driver
