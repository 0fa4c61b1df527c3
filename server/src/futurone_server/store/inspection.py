"""Looking at a database from outside: its version, and the settings that durability hangs on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from futurone_server.store.schema import SCOPE_SETTING

DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
"""Settings that must be on: without one of them a power cut loses what was acknowledged."""


class NoAnswerError(Exception):
    """The database cannot be asked; carries the class of the error only."""


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What a database says of itself."""

    version: str
    settings: Mapping[str, str]


def inspect(url: str) -> Inspection:
    """Ask a database about itself. Blocking. Raises NoAnswerError."""
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            ask = text("SELECT current_setting(:name)")
            values = {name: str(connection.execute(ask, {"name": name}).scalar_one()) for name in DURABLE}
            version = str(connection.execute(ask, {"name": "server_version"}).scalar_one())
    except SQLAlchemyError as error:
        raise NoAnswerError(type(error).__name__) from error
    finally:
        engine.dispose()
    return Inspection(version=version, settings=values)


def old_keys(url: str, before: datetime) -> Sequence[str]:
    """The ids of API keys that hold and whose secret is from before a moment. Blocking. Raises NoAnswerError."""
    engine = create_engine(url, poolclass=NullPool)
    statement = text(
        "SELECT id FROM api_keys WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())"
        " AND coalesce(rotated_at, created_at) < :before ORDER BY id"
    )
    try:
        with engine.connect() as connection:
            connection.execute(text(f"SET LOCAL {SCOPE_SETTING} = 'system'"))
            return list(connection.execute(statement, {"before": before}).scalars())
    except SQLAlchemyError as error:
        raise NoAnswerError(type(error).__name__) from error
    finally:
        engine.dispose()
