"""The ladder: whether code that nobody trusts can be run here, found out once with a real command."""

import shutil
import sys
from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path

from futurone_server.tools.sandbox.process import Allowance, Job

_PROBE = Allowance(wall_s=10, answer_bytes=1 << 10)


class Rung(StrEnum):
    """How well this machine locks up a program."""

    STRICT = "strict"
    """Own users, processes, network (none) and files: bubblewrap."""
    OFF = "off"
    """Not at all: code of others is read here, never run."""


@cache
def probe() -> Rung:
    """The rung of this machine. Names alone prove nothing, so a locked-up program has to answer."""
    if shutil.which("bwrap", path=_PATH) is None:
        return Rung.OFF
    ended = Job(strict_command(["/usr/bin/env", "echo", "locked"], work=None), allowance=_PROBE).run()
    return Rung.STRICT if ended.status == 0 and ended.answer == b"locked\n" else Rung.OFF


def strict_command(command: Sequence[str], *, work: Path | None) -> list[str]:
    """A command inside bubblewrap: no network, no other process, nothing of this machine but its libraries.

    ``work`` is the one folder that may be written to; it is seen as ``/work``.
    """
    bwrap = shutil.which("bwrap", path=_PATH) or "bwrap"
    wrapped = [bwrap, "--unshare-all", "--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL"]
    wrapped += ["--setenv", "PATH", "/usr/bin:/bin", "--setenv", "HOME", "/work", "--setenv", "LANG", "C.UTF-8"]
    for folder in ("/usr", "/lib", "/lib64", "/bin", *_python_folders()):
        if Path(folder).exists():
            wrapped += ["--ro-bind", folder, folder]
    wrapped += ["--proc", "/proc", "--dev", "/dev", "--size", str(64 << 20), "--tmpfs", "/tmp"]  # noqa: S108 - its own
    if work is not None:
        wrapped += ["--bind", str(work), "/work", "--chdir", "/work"]
    return [*wrapped, "--", *command]


_PATH = "/usr/local/bin:/usr/bin:/bin"


def _python_folders() -> list[str]:
    """Where the interpreter and its libraries lie, if not below /usr."""
    places = {str(Path(place).resolve()) for place in (sys.prefix, sys.base_prefix)} | {sys.prefix}
    return sorted(place for place in places if not place.startswith("/usr/"))
