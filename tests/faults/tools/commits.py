"""Something happens at the n-th commit of a process: it is killed, it is stopped, or its database is.

Every commit that has written something is counted, from the moment the plan appears: of the pool, of the log's one
writer, of the durable engine. What a process says about itself every second (the watch) is not, nor what
a request has used of its caller's rate: a client that polls adds as many of those as it likes, and they may be lost.
"""

import asyncio
import json
import os
import signal
import sys
import threading
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from futurone_server.eventlog import writing
from futurone_server.store import database, messages

_HAS_WRITTEN = b"SELECT pg_current_xact_id_if_assigned() IS NOT NULL"
_BACKGROUND = {"watch", "look", "news", "streams", "rates"}


def arm(plan: Path, **fault: Any) -> None:
    """From now on, count commits; at ``at``, ``before`` or ``after`` it, do ``act``."""
    draft = plan.with_suffix(".draft")
    draft.write_text(json.dumps({**fault, "armed": str(uuid.uuid4())}))
    draft.replace(plan)


def disarm(plan: Path) -> None:
    """Count no more."""
    plan.write_text("")


class Fuse:
    """Counts commits, and blows at the one that the plan names.

    The plan is a file with ``{"at": 7, "when": "before", "act": "kill"}``, and ``where`` if only the commits of one
    task count; a new plan begins a new count. The act ``lose`` takes place ``after`` a commit only. What was counted is
    written to a file beside it, one line a commit.
    """

    def __init__(self, plan: Path) -> None:
        self._plan = plan
        self._log = plan.with_suffix(".log")
        self._lock = threading.Lock()
        self._text = ""
        self._wanted: dict[str, Any] = {}
        self._count = 0

    def next(self) -> int:
        """The number of the commit that is about to happen, 0 while there is no plan."""
        with self._lock:
            text = self._plan.read_text() if self._plan.exists() else ""
            if text != self._text:
                self._text, self._count = text, 0
                self._wanted = json.loads(text) if text else {}
            whose = _whose() if self._wanted else ""
            if not whose.startswith(self._wanted.get("where", "")) or not whose:
                return 0
            self._count += 1
            with self._log.open("a") as log:
                log.write(f"{self._count} {whose}\n")
            return self._count

    def blow(self, number: int, when: str) -> None:
        """Do what the plan says, if this is the moment."""
        if number and (number, when) == (self._wanted.get("at"), self._wanted.get("when")):
            _ACTS[self._wanted["act"]](self._wanted)


def _kill(_: Mapping[str, Any]) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _stop(_: Mapping[str, Any]) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def _kill_database(wanted: Mapping[str, Any]) -> None:
    # What ``pg_ctl stop -m immediate`` sends. The test starts it again.
    os.kill(wanted["postmaster"], signal.SIGQUIT)
    Path(wanted["told"]).touch()


def _lose(_: Mapping[str, Any]) -> None:
    # The commit has happened; what the database said of it is lost on the way, with the connection.
    raise psycopg.OperationalError("server closed the connection unexpectedly")


_ACTS = {"lose": _lose, "kill": _kill, "stop": _stop, "kill database": _kill_database}


def _whose() -> str:
    """Where in the product a commit comes from: for whoever reads a failure."""
    try:
        task = asyncio.current_task()
    except RuntimeError:
        task = None
    frame = sys._getframe()
    found = []
    while frame.f_back is not None:
        frame = frame.f_back
        name = frame.f_globals.get("__name__", "")
        if name.startswith(("futurone_server.", "dbos.")) and not name.endswith(("store.database", "eventlog.log")):
            found.append(f"{name.rpartition('.')[2]}.{frame.f_code.co_name}")
    return f"{task.get_name() if task else 'thread'}: {' < '.join(found[:3])}"


def _is_counted() -> bool:
    try:
        task = asyncio.current_task()
    except RuntimeError:
        return True
    return task is None or task.get_name() not in _BACKGROUND


def watch(plan: Path) -> None:
    """Wrap every way in which this process commits."""
    fuse = Fuse(plan)
    _wrap_pool(fuse)
    _wrap_engine(fuse)
    _wrap_messages(fuse)


def _wrap_pool(fuse: Fuse) -> None:
    commit = psycopg.AsyncConnection.commit

    async def counted(self: "psycopg.AsyncConnection[Any]") -> None:
        number = 0
        if _is_counted() and self.info.transaction_status is TransactionStatus.INTRANS:
            row = await (await self.execute(_HAS_WRITTEN)).fetchone()
            number = fuse.next() if row is not None and next(iter(row)) else 0
        fuse.blow(number, "before")
        await commit(self)
        try:
            fuse.blow(number, "after")
        except psycopg.OperationalError:
            await self.close()
            raise

    psycopg.AsyncConnection.commit = counted  # type: ignore[method-assign] # the fault is wrapped around the driver


def _wrap_engine(fuse: Fuse) -> None:
    commit = psycopg.Connection.commit

    def counted(self: "psycopg.Connection[Any]") -> None:
        number = 0
        if self.info.transaction_status is TransactionStatus.INTRANS:
            row = self.execute(_HAS_WRITTEN).fetchone()
            number = fuse.next() if row is not None and next(iter(row)) else 0
        fuse.blow(number, "before")
        commit(self)
        try:
            fuse.blow(number, "after")
        except psycopg.OperationalError:
            self.close()
            raise

    psycopg.Connection.commit = counted  # type: ignore[method-assign] # likewise


def _wrap_messages(fuse: Fuse) -> None:
    """Transactions that travel as one message: those of the log's one writer, and some of the pool."""
    pipelined = messages.pipelined

    async def counted(driver: "psycopg.AsyncConnection[Any]", statements: Any) -> Any:
        if not _is_counted():
            return await pipelined(driver, statements)
        _, *found = await pipelined(driver, [("BEGIN", {}), *statements])
        row = await (await driver.execute(_HAS_WRITTEN)).fetchone()
        number = fuse.next() if row is not None and next(iter(row)) else 0
        fuse.blow(number, "before")
        await pipelined(driver, [("COMMIT", {})])
        try:
            fuse.blow(number, "after")
        except psycopg.OperationalError:
            await driver.close()
            raise
        return found

    for module in (writing, database):
        vars(module)["committed"] = counted
