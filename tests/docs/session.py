"""A page's commands as its reader gives them: one shell from top to bottom, in a folder with the repository's files."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from docs.blocks import ROOT, Block
from nursery import nursery

_TIMEOUT_S = 120
_STOP_S = 30
_OPENING = """
set -euo pipefail
trap 'echo "failed in block $BLOCK" >&2' ERR
trap 'started=$(jobs -p); test -z "$started" || { kill $started; wait $started; } 2>/dev/null || true' EXIT
"""
"""What a page leaves running is stopped in good order at its end."""

_SHARED = ("README.md", "docs", "examples")


def environment(folder: Path, *, fresh: bool = False, **more: str) -> Mapping[str, str]:
    """What a reader's shell knows: the command on its path, a home of its own, and the settings given.

    The command is the nursery's unless a fresh one is wanted.
    """
    places = [Path(sys.executable).parent, os.environ.get("PATH", "/usr/bin:/bin")]
    path = ":".join(map(str, places if fresh else [nursery().folder, *places]))
    kept = {name: os.environ[name] for name in ("LANG", "TMPDIR") if name in os.environ}
    return {**kept, "PATH": path, "HOME": str(folder), "PYTHONUTF8": "1", "COLUMNS": "100", **more}


def prepare(folder: Path) -> Path:
    """Lay the repository's files into a folder, as links, so that what commands write stays out of the repository."""
    for name in _SHARED:
        (folder / name).symlink_to(ROOT / name)
    return folder


def run_shell(shown: Sequence[Block], folder: Path, variables: Mapping[str, str]) -> str:
    """Run blocks as one script; returns what they said. Fails at the first command that does, naming its block."""
    return _run(
        ["bash", "-c", "\n".join([_OPENING, *(f"BLOCK={one.where}\n{one.text}" for one in shown)])], folder, variables
    )


def stop_databases(folder: Path) -> list[str]:
    """End every embedded database that a page has left running in its folder; returns where they were: nowhere, if the
    servers stopped in good order.
    """
    left = []
    for record in folder.rglob("postmaster.pid"):
        with suppress(ProcessLookupError):
            os.kill(int(record.read_text().partition("\n")[0]), signal.SIGINT)
            left.append(record.parent.relative_to(folder).as_posix())
    return left


def run_python(block: Block, folder: Path, variables: Mapping[str, str]) -> str:
    """Run one program; returns what it said. Warnings are errors."""
    return _run([nursery().program, block.text], folder, variables, name=block.where)


def _run(command: Sequence[str], folder: Path, variables: Mapping[str, str], *, name: str = "The shell") -> str:
    said = folder / "said.txt"
    with said.open("w") as output:
        child = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code: int | None = child.wait(timeout=_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            code = None
            _end(child)
    text = said.read_text(errors="replace")
    assert code == 0, f"{name} ended with {code}:\n{text}"
    return text


def _end(child: "subprocess.Popen[bytes]") -> None:
    # It began a session, so the group is what it started, and nothing else.
    os.killpg(child.pid, signal.SIGTERM)
    try:
        child.wait(timeout=_STOP_S)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
