"""The user id PostgreSQL runs under: our own, or an unprivileged one when we are root (which PostgreSQL refuses)."""

import os
import pwd
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from futurone_server.store.embedded.failure import ClusterError

# The first of these users that exists runs PostgreSQL when we are root. One of the product's own is the better choice,
# as ``nobody`` may run other things too; initdb refuses an id without a name.
_UNPRIVILEGED = ("futurone", "nobody")
_PRIVATE = 0o077
# Nothing of our environment: PGDATA, PGPORT and their like would change what PostgreSQL does.
_ENVIRONMENT = {"TZ": "UTC", "LC_ALL": "C"}


@dataclass(frozen=True, kw_only=True)
class Account:
    """A user and a group. ``is_dropped``: we are root and become this user to run PostgreSQL."""

    uid: int
    gid: int
    is_dropped: bool

    def give(self, target: Path | int) -> None:
        """Hand a path (never what a link points to) or a descriptor to this account. Raises OSError."""
        if not self.is_dropped:
            return
        if isinstance(target, int):
            os.fchown(target, self.uid, self.gid)
        else:
            os.chown(target, self.uid, self.gid, follow_symlinks=False)

    def data_argument(self, pgdata: Path) -> str:
        """How to name a data directory to a program that is started in it.

        A directory below, say, /root cannot be reached by name as another user; as the directory one is in, it can.
        """
        return "/proc/self/cwd" if self.is_dropped and sys.platform == "linux" else str(pgdata)

    def run(
        self, command: Sequence[str], *, cwd: Path, stdin: int = subprocess.DEVNULL, keep: Sequence[int] = ()
    ) -> tuple[int, str]:
        """Run a program, which is handed ``keep``, to its end: exit status and what it said. Raises OSError."""
        done = subprocess.run(  # noqa: S603 - our own program and arguments
            command,
            cwd=cwd,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=keep,
            env=_ENVIRONMENT,
            user=self._user,
            group=self._group,
            extra_groups=self._extra_groups,
            umask=_PRIVATE,
            check=False,
        )
        return done.returncode, done.stdout.decode(errors="replace")

    def spawn(
        self, command: Sequence[str], *, cwd: Path, output: int, keep: int, more_environment: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        """Start a program that outlives us: a session of its own, output and ``keep`` as its descriptors."""
        return subprocess.Popen(  # noqa: S603 - our own program and arguments
            command,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(keep,),
            start_new_session=True,
            env={**_ENVIRONMENT, **more_environment},
            user=self._user,
            group=self._group,
            extra_groups=self._extra_groups,
            umask=_PRIVATE,
        )

    @property
    def _user(self) -> int | None:
        return self.uid if self.is_dropped else None

    @property
    def _group(self) -> int | None:
        return self.gid if self.is_dropped else None

    @property
    def _extra_groups(self) -> list[int] | None:
        return [] if self.is_dropped else None


def account_for(pgdata: Path) -> Account:
    """Who runs the cluster: ourselves, or for root whoever owns it already, else ``futurone`` or ``nobody``.

    Raises ClusterError when the cluster belongs to somebody we cannot become.
    """
    owner = pgdata.stat() if pgdata.exists() else None
    if os.geteuid() != 0:
        if owner is not None and owner.st_uid != os.geteuid():
            raise ClusterError(
                f"{pgdata} belongs to user id {owner.st_uid}, and this is user id {os.geteuid()}. Run the server as "
                "the user who made it (root, if root did), or choose another data directory."
            )
        return Account(uid=os.geteuid(), gid=os.getegid(), is_dropped=False)
    if owner is not None and owner.st_uid != 0:
        return Account(uid=owner.st_uid, gid=owner.st_gid, is_dropped=True)
    return _unprivileged()


def _unprivileged() -> Account:
    for name in _UNPRIVILEGED:
        with suppress(KeyError):
            user = pwd.getpwnam(name)
            return Account(uid=user.pw_uid, gid=user.pw_gid, is_dropped=True)
    raise ClusterError(
        "PostgreSQL does not run as root, and there is no user it could run as. Make one (useradd --system "
        f"{_UNPRIVILEGED[0]}), or start the server as an ordinary user."
    )


def take_over(pgdata: Path, account: Account) -> None:
    """Give a cluster that root owns (it was restored or copied by root) to the account that runs it."""
    if not account.is_dropped or pgdata.stat().st_uid != 0:
        return
    for directory, _, files in os.walk(pgdata):
        for name in files:
            account.give(Path(directory, name))
        account.give(Path(directory))
    pgdata.chmod(0o700)
