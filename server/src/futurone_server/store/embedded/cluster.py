"""The embedded PostgreSQL as one object: start it, or pick up the one that still runs; stop it."""

import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from futurone_server.store.embedded.endpoint import Endpoint
from futurone_server.store.embedded.failure import ClusterError, explaining, log_tail
from futurone_server.store.embedded.launch import launch, outlive_the_last
from futurone_server.store.embedded.locks import holding
from futurone_server.store.embedded.owner import admit_owner
from futurone_server.store.embedded.places import places_in, prepare
from futurone_server.store.embedded.plan import Plan, plan_start
from futurone_server.store.embedded.postmaster import end, options_line, read_pid_file, recorded_options, running_pid
from futurone_server.store.embedded.sockets import SOCKET_NAME, release_socket_dir

_LOCK_WAIT_S = 60.0
_START_WAIT_S = 60.0
_FAST_STOP_WAIT_S = 30.0
_IMMEDIATE_STOP_WAIT_S = 10.0
_ATTEMPTS = 3
_POLL_S = 0.003


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

    def start(self, *, as_found: bool = False) -> Endpoint:
        """Bring the cluster up, making it first if there is none, and say how to reach it.

        One that runs already is used as it is; one that runs with other settings or programs, or that can no longer be
        reached, is started anew. ``as_found``, for those who only look, lets it run with whatever settings and programs
        it has. Raises ClusterError.
        """
        places = places_in(self._data_dir)
        with explaining(f"start PostgreSQL in {places.root}"):
            prepare(places)
            with holding(places.start_lock, wait_s=_LOCK_WAIT_S) as lock:
                plan = plan_start(places, self._settings, lock=lock)
                self._bring_up(plan, as_found=as_found)
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

    def _bring_up(self, plan: Plan, *, as_found: bool) -> None:
        # More than once, because a main process may be killed, or come up, between two looks.
        for _ in range(_ATTEMPTS):
            if not self._pick_up(plan, as_found=as_found) and not self._launch(plan):
                continue
            try:
                admit_owner(plan.endpoint, superuser_password=plan.superuser_password, is_new=plan.is_new)
            except ClusterError:
                if self._find(plan.places.pgdata) is not None:
                    raise
            else:
                return
        raise ClusterError(
            f"PostgreSQL was ended {_ATTEMPTS} times as it started. Find out what ends it, then start again. The end "
            f"of {plan.places.log}:{log_tail(plan.places.log)}"
        )

    def _pick_up(self, plan: Plan, *, as_found: bool) -> bool:
        pgdata = plan.places.pgdata
        pid = self._find(pgdata)
        if pid is None:
            return False
        fits = as_found or recorded_options(pgdata) == options_line(plan.command)
        if fits and self._is_ready(plan, pid) and _answers(plan.endpoint):
            return True
        self._end(pgdata, mode="fast")
        return False

    def _launch(self, plan: Plan) -> bool:
        alive = outlive_the_last(plan, lambda: self._find(plan.places.pgdata))
        if alive is None:
            return False
        self._child, since_bytes = launch(plan, alive)
        if not self._is_ready(plan, self._child.pid):
            raise ClusterError(
                "PostgreSQL ended while it started. Remove the cause, then start again. The end of "
                f"{plan.places.log}:{log_tail(plan.places.log, since_bytes=since_bytes)}"
            )
        return True

    def _is_ready(self, plan: Plan, pid: int) -> bool:
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
