"""The ladder: whether code that nobody trusts can be run here, found out once with a real command."""

import os
import shutil
import sys
from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path

from futurone_server.tools.sandbox.process import Allowance, Job

_FOLDER_BYTES_MAX = 64 << 20
_PROBE = Allowance(wall_s=10, answer_bytes=1 << 10)


class Rung(StrEnum):
    """How well this machine locks up a program."""

    STRICT = "strict"
    """Own users, processes, network (none) and files: bubblewrap."""
    OFF = "off"
    """Not at all: code of others is read here, never run."""


def probe() -> Rung:
    """The rung of this machine, found out at the first call."""
    return Rung.OFF if why_off() else Rung.STRICT


@cache
def why_off() -> str:
    """Why nothing can be locked up here, and what would help; an empty text where it can."""
    if os.geteuid() == 0:
        # The limit on processes does not hold for root, so that a fork bomb would reach the whole machine.
        return "the server runs as root; run it as a user of its own"
    if shutil.which("bwrap", path=_PATH) is None:
        return "bubblewrap is not installed"
    # Names alone prove nothing: a locked-up program has to answer.
    ended = Job(strict_command(["/usr/bin/env", "echo", "locked"], given=None), allowance=_PROBE).run()
    if ended.status == 0 and ended.answer == b"locked\n":
        return ""
    return "bubblewrap is installed, but this machine does not let it make its own users (user namespaces)"


def strict_command(command: Sequence[str], *, given: Path | None) -> list[str]:
    """A command inside bubblewrap: no network, no other process, nothing of this machine but its libraries.

    ``given`` is a folder that it may read, as ``/given``. It works in ``/work``, which is bounded and gone afterwards.
    """
    bwrap = shutil.which("bwrap", path=_PATH) or "bwrap"
    wrapped = [bwrap, "--unshare-all", "--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL"]
    wrapped += ["--setenv", "PATH", "/usr/bin:/bin", "--setenv", "HOME", "/work", "--setenv", "LANG", "C.UTF-8"]
    # First what is empty: the interpreter may lie below a folder that is empty otherwise.
    for folder in ("/tmp", "/work"):  # noqa: S108 - the sandbox's own
        wrapped += ["--size", str(_FOLDER_BYTES_MAX), "--tmpfs", folder]
    for folder in ("/usr", "/lib", "/lib64", "/bin", *_python_folders()):
        if Path(folder).exists():
            wrapped += ["--ro-bind", folder, folder]
    wrapped += ["--proc", "/proc", "--dev", "/dev"]
    if given is not None:
        wrapped += ["--ro-bind", str(given), "/given"]
    wrapped += ["--chdir", "/work"]
    return [*wrapped, "--", *command]


_PATH = "/usr/local/bin:/usr/bin:/bin"


def _python_folders() -> list[str]:
    """Where the interpreter and its libraries lie, if not below /usr."""
    places = {str(Path(place).resolve()) for place in (sys.prefix, sys.base_prefix)} | {sys.prefix}
    return sorted(place for place in places if not place.startswith("/usr/"))
