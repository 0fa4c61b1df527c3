"""Logs: one line an event, ids and codes as fields, never content and never an exception's text."""

import logging
import sys
import traceback
import warnings
from typing import TextIO

import structlog

_QUIET = ("uvicorn", "uvicorn.error", "asyncio", "dbos", "alembic", "sqlalchemy", "psycopg", "psycopg.pool")

_OWN_WAY = ("dbos",)
"""Libraries that write to standard error themselves, in full, unless their logger has a handler before."""


class _ContentFree(logging.Formatter):
    """What libraries log, reduced to who and which class of error: their messages may quote what they were given."""

    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else "-"
        return (
            f"library={record.name} level={record.levelname.lower()} error={error} at={record.module}:{record.lineno}"
        )


def configure(level: str) -> None:
    """Log to standard error from this level on; libraries from errors on."""
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_ContentFree())
    least = logging.ERROR if number > logging.DEBUG else logging.WARNING
    handler.setLevel(least)  # a library that turns its own logger up (OPENAI_LOG=debug and its like) is not heard more
    logging.basicConfig(level=logging.ERROR, handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(least)
    for name in _OWN_WAY:
        logger = logging.getLogger(name)
        logger.handlers[:], logger.propagate = [handler], False
    warnings.showwarning = _tell_warning
    # A collector that is away is told of once, by the telemetry itself.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL + 1)
    # What uvicorn calls an error (an aborted stream, a client gone) is this server's way of working.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)


def _tell_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """What a library warns of, reduced to what kind of warning and where: its text may quote what it was given."""
    del message, file, line
    at = f"{filename.rsplit('/', 1)[-1]}:{lineno}"
    structlog.get_logger("futurone.libraries").warning("library.warned", category=category.__name__, at=at)


def where_of(error: BaseException) -> str:
    """File and line of a defect: what helps to find it and quotes nothing."""
    last = traceback.extract_tb(error.__traceback__)[-1:]
    return f"{last[0].filename.rsplit('/', 1)[-1]}:{last[0].lineno}" if last else "unknown"
