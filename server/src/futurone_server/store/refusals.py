"""What goes wrong with the database, told apart: its state is a refusal, everything else a defect."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from futurone_server.kit.errors import Unavailable

_STOOD_STILL = (psycopg.errors.IdleInTransactionSessionTimeout, psycopg.errors.TransactionTimeout)
_LOST = (psycopg.OperationalError, *_STOOD_STILL, PoolTimeoutError, OSError)


class AlreadyThereError(Exception):
    """A row of this key is there already, so nothing of the transaction was stored."""


class ParentMissingError(Exception):
    """A row that others refer to is not there, so nothing of the transaction was stored."""


@asynccontextmanager
async def telling_apart() -> AsyncIterator[None]:
    """A row that is there already, or one that is missing, is told by its own name."""
    try:
        yield
    except psycopg.errors.UniqueViolation as error:
        raise AlreadyThereError from error
    except psycopg.errors.ForeignKeyViolation as error:
        raise ParentMissingError from error


def as_unavailable(error: Exception) -> Unavailable | None:
    """A refusal for what is the database's state and not a defect of ours."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, psycopg.errors.DiskFull | psycopg.errors.OutOfMemory):
        return Unavailable("The database has no room left. Nothing was stored; free some space and try again.")
    if isinstance(cause, psycopg.errors.DeadlockDetected | psycopg.errors.SerializationFailure):
        return Unavailable("Two requests met on the same rows. Nothing was stored; try again.")
    if isinstance(cause, psycopg.errors.InsufficientPrivilege):
        return None
    if (
        isinstance(error, InterfaceError | OperationalError)
        or isinstance(cause, _LOST)
        or (isinstance(error, DBAPIError) and error.connection_invalidated)
    ):
        return Unavailable("The database does not answer at the moment. Try again shortly.")
    return None


@asynccontextmanager
async def refusing() -> AsyncIterator[None]:
    """What is the database's state and not a defect of ours becomes a refusal."""
    try:
        yield
    except (DBAPIError, *_LOST) as error:
        refusal = as_unavailable(error)
        if refusal is None:
            raise
        raise refusal from error
