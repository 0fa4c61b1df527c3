"""The embedded PostgreSQL as one object: start it, or pick up the one that still runs; stop it."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from futurone_server.store.embedded.account import Account, account_for
from futurone_server.store.embedded.binaries import installation_for, wheel_installation
from futurone_server.store.embedded.birth import is_made, make, receive
from futurone_server.store.embedded.endpoint import Endpoint
from futurone_server.store.embedded.failure import ClusterError, explaining, log_tail
from futurone_server.store.embedded.locks import holding, take
from futurone_server.store.embedded.owner import SUPERUSER, admit_owner
from futurone_server.store.embedded.places import Places, open_log, places_in, prepare, secret
from futurone_server.store.embedded.postmaster import (
    end,
    forget_torn_pid_file,
    options_line,
    orphans,
    read_pid_file,
    recorded_options,
    running_pid,
)
from futurone_server.store.embedded.settings import PORT, server_command
from futurone_server.store.embedded.sockets import (
    SOCKET_NAME,
    claim_socket_dir,
    cluster_name,
    forget_socket,
    release_socket_dir,
)

_OWNER = "futurone"
_DATABASE = "futurone"
_LOCK_WAIT_S = 60.0
_START_WAIT_S = 60.0
_FAST_STOP_WAIT_S = 30.0
_IMMEDIATE_STOP_WAIT_S = 10.0
_ORPHANS_WAIT_S = 1.0
_QUIT_ORPHANS_WAIT_S = 10.0
_POLL_S = 0.003


@dataclass(frozen=True, kw_only=True)
class _Plan:
    # All that one start needs to know.
    places: Places
    account: Account
    command: tuple[str, ...]
    name: str
    endpoint: Endpoint
    superuser_password: str
    is_new: bool


class EmbeddedPostgres:
    """One cluster below one data directory.

    It runs as a process of its own that outlives this one. Nothing stops it but ``stop``: no handler is installed.
    Methods block, for up to a second or two as a rule; they may be called from any thread and by several processes.
    """

    def __init__(self, data_dir: Path, *, settings: Mapping[str, str] | None = None) -> None:
        """``settings`` override the server's PostgreSQL settings: for tests, which need no durability."""
        self._data_dir = data_dir
        self._settings = dict(settings or {})
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> Endpoint:
        """Bring the cluster up, making it first if there is none, and say how to reach it.

        One that runs already is used as it is; one that runs with other settings or programs, or that can no longer be
        reached, is started anew. Raises ClusterError.
        """
        places = places_in(self._data_dir)
        with explaining(f"start PostgreSQL in {places.root}"):
            prepare(places)
            with holding(places.start_lock, wait_s=_LOCK_WAIT_S) as lock:
                plan = self._plan(places, lock=lock)
                self._bring_up(plan)
                return plan.endpoint

    def stop(self, *, mode: Literal["fast", "immediate"] = "fast") -> None:
        """End the cluster if it runs. Raises ClusterError when it does not end.

        ``fast`` breaks off what clients do, writes everything down, and takes to a fraction of a second, at most 40 s;
        ``immediate`` leaves recovery to the next start.
        """
        places = places_in(self._data_dir)
        if not places.run.is_dir():
            return
        with explaining(f"stop PostgreSQL in {places.root}"), holding(places.start_lock, wait_s=_LOCK_WAIT_S):
            self._end(places.pgdata, mode=mode)
            release_socket_dir(places)

    def is_running(self) -> bool:
        """Whether the cluster's main process is there, whoever started it."""
        return self.pid is not None

    @property
    def pid(self) -> int | None:
        """The process id of the cluster's main process, or None when it does not run."""
        with explaining(f"look for PostgreSQL in {self._data_dir}"):
            return self._find(places_in(self._data_dir).pgdata)

    def _plan(self, places: Places, *, lock: int) -> _Plan:
        account = account_for(places.pgdata)
        is_old = is_made(places.pgdata)
        installation = installation_for(account, wheel_installation())
        superuser_password = secret(places, "postgres-superuser", may_make=not is_old)
        owner_password = secret(places, "postgres-owner", may_make=True)
        if is_old:
            receive(places.pgdata, account)
        else:
            make(
                places.pgdata,
                account=account,
                installation=installation,
                superuser=SUPERUSER,
                password=superuser_password,
                lock=lock,
            )
        socket_dir, name = claim_socket_dir(places, account), cluster_name(places, account)
        command = server_command(
            installation.program("postgres"),
            data=account.data_argument(places.pgdata),
            socket_dir=socket_dir,
            cluster_name=name,
            more=self._settings,
        )
        endpoint = Endpoint(
            socket_dir=socket_dir, port=PORT, database=_DATABASE, owner=_OWNER, owner_password=owner_password
        )
        return _Plan(
            places=places,
            account=account,
            command=command,
            name=name,
            endpoint=endpoint,
            superuser_password=superuser_password,
            is_new=not is_old,
        )

    def _bring_up(self, plan: _Plan) -> None:
        if self._pick_up(plan):
            try:
                admit_owner(plan.endpoint, superuser_password=plan.superuser_password, is_new=False)
            except ClusterError:
                if self._find(plan.places.pgdata) is not None:
                    raise
            else:
                return
        self._launch(plan)
        admit_owner(plan.endpoint, superuser_password=plan.superuser_password, is_new=plan.is_new)

    def _pick_up(self, plan: _Plan) -> bool:
        pgdata = plan.places.pgdata
        pid = self._find(pgdata)
        if pid is None:
            return False
        is_same = recorded_options(pgdata) == options_line(plan.command)
        if is_same and self._is_ready(plan, pid) and _answers(plan.endpoint):
            return True
        self._end(pgdata, mode="fast")
        return False

    def _launch(self, plan: _Plan) -> None:
        places = plan.places
        alive = _outlive_the_last(plan)
        try:
            forget_socket(plan.endpoint.socket_dir)
            forget_torn_pid_file(places.pgdata)
            stale = read_pid_file(places.pgdata)
            # The process in a stale pid file may be another by now. PostgreSQL takes the file for stale if that
            # process is an ancestor, which it can be told; that none of the old ones is left is known from the lock.
            more = {} if stale is None else {"PG_GRANDPARENT_PID": str(stale.pid)}
            log = open_log(places)
            try:
                since_bytes = os.fstat(log).st_size
                self._child = plan.account.spawn(
                    plan.command, cwd=places.pgdata, output=log, keep=alive, more_environment=more
                )
            finally:
                os.close(log)
        finally:
            os.close(alive)
        if not self._is_ready(plan, self._child.pid):
            raise ClusterError(
                "PostgreSQL ended while it started. Remove the cause, then start again. The end of "
                f"{places.log}:{log_tail(places.log, since_bytes=since_bytes)}"
            )

    def _is_ready(self, plan: _Plan, pid: int) -> bool:
        # Waits until the main process says that it is, or is gone.
        deadline = time.monotonic() + _START_WAIT_S
        while (found := read_pid_file(plan.places.pgdata)) is None or (found.pid, found.status) != (pid, "ready"):
            if self._find(plan.places.pgdata) != pid:
                return False
            if time.monotonic() >= deadline:
                log = plan.places.log
                raise ClusterError(
                    f"PostgreSQL (process {pid}) is still starting after {_START_WAIT_S:.0f} s, and goes on: after a "
                    f"crash it has to recover first. Start again in a while. The end of {log}:{log_tail(log)}"
                )
            time.sleep(_POLL_S)
        return True

    def _end(self, pgdata: Path, *, mode: Literal["fast", "immediate"]) -> None:
        def find() -> int | None:
            return self._find(pgdata)

        if mode == "fast" and end(find, with_signal=signal.SIGINT, wait_s=_FAST_STOP_WAIT_S):
            return
        if not end(find, with_signal=signal.SIGQUIT, wait_s=_IMMEDIATE_STOP_WAIT_S):
            raise ClusterError(f"PostgreSQL (process {find()}) does not end. End it, then try again.")

    def _find(self, pgdata: Path) -> int | None:
        # Our own child is known for certain, and stays a process until it is asked for here.
        if self._child is not None and self._child.poll() is None:
            return self._child.pid
        return running_pid(pgdata)


def _answers(endpoint: Endpoint) -> bool:
    # Its socket may be gone while it runs: temporary directories get cleaned.
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(endpoint.socket_dir / SOCKET_NAME))
        except OSError:
            return False
    return True


def _outlive_the_last(plan: _Plan) -> int:
    """A hold on the lock that every process of a cluster holds: none of the last one is left."""
    lock = plan.places.alive_lock
    alive = take(lock, wait_s=_ORPHANS_WAIT_S)
    if alive is None:
        for pid in orphans(plan.name, plan.account.uid):
            os.kill(pid, signal.SIGQUIT)  # what their main process would have done, had it not been killed
        alive = take(lock, wait_s=_QUIT_ORPHANS_WAIT_S)
    if alive is None:
        raise ClusterError(
            f"Processes of the PostgreSQL that ran in {plan.places.pgdata} are still there (they hold {lock}), though "
            "its main process cannot be found: in another container, perhaps. End them, then start again."
        )
    return alive
