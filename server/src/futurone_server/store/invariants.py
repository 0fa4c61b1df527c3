"""What must hold in a store at any moment: one statement for each promise, kept as data beside this module."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from futurone_server.store.inspection import NoAnswerError

_SHOWN_MAX = 20
_TEXT = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True, kw_only=True)
class Invariant:
    """One promise: what it is called, what it says, and the SQL whose first column is what breaks it."""

    name: str
    says: str
    sql: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How a promise stands: the ids that break it, at most twenty of them."""

    invariant: Invariant
    broken_by: Sequence[str]


def invariants() -> list[Invariant]:
    """All promises, in their order."""
    return [Invariant(**one) for one in tomllib.loads(_TEXT.read_text())["invariant"]]


def verify(url: str) -> list[Verdict]:
    """Hold a store against every promise, all at one moment. Blocking.

    ``url`` must be of a role that may read every table. Raises NoAnswerError.
    """
    try:
        with psycopg.connect(url) as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            connection.execute("SELECT set_config('futurone.scope', 'system', true)")
            return [_verdict(connection, one) for one in invariants()]
    except psycopg.Error as error:
        raise NoAnswerError(type(error).__name__) from error


def _verdict(connection: "psycopg.Connection[tuple[object, ...]]", one: Invariant) -> Verdict:
    found = connection.execute(one.sql.encode()).fetchmany(_SHOWN_MAX)
    return Verdict(invariant=one, broken_by=[str(row[0]) for row in found])
