"""Launching the cluster's main process, once no process of the last one is left."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress

from futurone_server.store.embedded.failure import ClusterError
from futurone_server.store.embedded.locks import take
from futurone_server.store.embedded.places import open_log
from futurone_server.store.embedded.plan import Plan
from futurone_server.store.embedded.postmaster import forget_torn_pid_file, orphans, read_pid_file
from futurone_server.store.embedded.sockets import forget_socket

_ORPHANS_WAIT_S = 1.0
_QUIT_ORPHANS_WAIT_S = 10.0
_LOOK_S = 0.05


def outlive_the_last(plan: Plan, find: Callable[[], int | None]) -> int | None:
    """A hold on the lock that every process of a cluster holds: none is left. None when ``find`` finds a main process.

    Such a one appears when the server that launched it was killed as it did. Raises ClusterError.
    """
    started = time.monotonic()
    is_told = False
    while time.monotonic() < started + _ORPHANS_WAIT_S + _QUIT_ORPHANS_WAIT_S:
        alive = take(plan.places.alive_lock, wait_s=_LOOK_S)
        if alive is not None:
            return alive
        if find() is not None:
            return None
        if not is_told and time.monotonic() > started + _ORPHANS_WAIT_S:
            _quit_orphans(plan)
            is_told = True
    raise ClusterError(
        f"Processes of the PostgreSQL that ran in {plan.places.pgdata} are still there (they hold "
        f"{plan.places.alive_lock}), though its main process cannot be found: in another container, perhaps. End them, "
        "then start again."
    )


def _quit_orphans(plan: Plan) -> None:
    # What their main process would have done after a crash, had it not been killed itself.
    for pid in orphans(plan.name, plan.account.uid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGQUIT)


def launch(plan: Plan, alive: int) -> tuple[subprocess.Popen[bytes], int]:
    """Start the main process, which takes over the lock ``alive``: the process, and how long its log was before.

    Raises OSError.
    """
    try:
        more_environment = _clear_the_way(plan)
        log = open_log(plan.places)
        try:
            since_bytes = os.fstat(log).st_size
            child = plan.account.spawn(
                plan.command, cwd=plan.places.pgdata, output=log, keep=alive, more_environment=more_environment
            )
        finally:
            os.close(log)
    finally:
        os.close(alive)
    return child, since_bytes


def _clear_the_way(plan: Plan) -> dict[str, str]:
    forget_socket(plan.endpoint.socket_dir)
    forget_torn_pid_file(plan.places.pgdata)
    stale = read_pid_file(plan.places.pgdata)
    # The process a stale pid file names may be another by now. PostgreSQL takes the file for stale if that process is
    # an ancestor, which it can be told. The file is left to it: it names the shared memory that must be unused, too.
    return {} if stale is None else {"PG_GRANDPARENT_PID": str(stale.pid)}
