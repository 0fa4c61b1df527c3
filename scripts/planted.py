"""Plants each bug of tests/planted in a copy of this tree, and fails unless the tests that it names find it.

Usage: scripts/planted.py [NAME …]. The tests that are named must pass in the copy before anything is planted in it.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATCHES = ROOT / "tests" / "planted"
CAUGHT_BY = "Caught by: "
WITHIN_S = 600
_LEFT_OUT = shutil.ignore_patterns(".git", ".venv*", ".*_cache", ".hypothesis", "*.egg-info", "dist", "node_modules")


@dataclass(frozen=True, kw_only=True)
class Bug:
    """A patch, what it says of itself, and the tests that must find it."""

    name: str
    text: str
    tests: tuple[str, ...]
    patch: Path


def read_bugs() -> list[Bug]:
    """Every bug, by name."""
    return [_read(path) for path in sorted(PATCHES.glob("*.patch"))]


def _read(path: Path) -> Bug:
    text, *lines = path.read_text(encoding="utf-8").splitlines()
    tests = tuple(line.removeprefix(CAUGHT_BY) for line in lines if line.startswith(CAUGHT_BY))
    return Bug(name=path.stem, text=text, tests=tests, patch=path)


def apply(bug: Bug, tree: Path, *options: str) -> str:
    """Apply a patch to a tree; what git has against it, if anything."""
    command = ["git", "apply", *options, str(bug.patch)]
    outside = {**os.environ, "GIT_CEILING_DIRECTORIES": str(tree.parent)}
    done = subprocess.run(command, cwd=tree, env=outside, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr or "git apply failed"


class Copy:
    """A copy of this tree, whose server and SDK are what its tests import."""

    def __init__(self, tree: Path) -> None:
        self.tree = tree
        shutil.copytree(ROOT, tree, ignore=_LEFT_OUT, symlinks=True)
        sources = os.pathsep.join(str(tree / part) for part in ("server/src", "sdks/python/src"))
        self._environment = {**os.environ, "PYTHONPATH": sources}
        told = self._python("-c", "import futurone, futurone_server as s; print(futurone.__file__, s.__file__)").stdout
        assert told.count(str(tree)) == 2, f"the copy does not use its own code: {told}"

    def _python(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, *arguments]
        return subprocess.run(
            command,
            cwd=self.tree,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
            check=False,
        )

    def failing(self, tests: Sequence[str]) -> tuple[set[str], str]:
        """Which of these tests fail, and what pytest says. Parameters do not count: one failure is enough."""
        options = ["-q", "--tb=line", "-rf", "-p", "no:cacheprovider"]
        done = self._python("-m", "pytest", *options, *tests)
        failed = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("FAILED ")]
        found = {test for test in tests if any(name.partition("[")[0] == test for name in failed)}
        is_sound = done.returncode == bool(found) and (found or not failed)
        return found, "" if is_sound else f"{done.stdout}{done.stderr}"


def plant(bug: Bug, copy: Copy) -> str:
    """Plant one bug, run its tests, take it out again; why it was not caught, if it was not."""
    problem = apply(bug, copy.tree)
    if problem:
        return f"the patch no longer applies:\n{problem}"
    try:
        found, said = copy.failing(bug.tests)
    finally:
        assert not apply(bug, copy.tree, "--reverse")
    missed = [test for test in bug.tests if test not in found]
    return "".join(f"NOT CAUGHT by {test}\n" for test in missed) + (said if missed else "")


def main(names: Sequence[str]) -> int:
    """Plant all of them, or those that are named; 0 when every one was caught."""
    bugs = [bug for bug in read_bugs() if not names or bug.name in names]
    assert bugs, "there is no such bug"
    assert all(bug.tests for bug in bugs), "a patch names no tests"
    with tempfile.TemporaryDirectory(prefix="futurone-planted-") as directory:
        copy = Copy(Path(directory) / "tree")
        found, said = copy.failing(sorted({test for bug in bugs for test in bug.tests}))
        if found or said:
            print(f"The tests fail before anything is planted: {sorted(found)}\n{said}")
            return 1
        missed = [bug.name for bug in bugs if not _is_caught(bug, copy)]
    print(
        f"{len(bugs) - len(missed)} of {len(bugs)} planted bugs were caught."
        + "".join(f"\nMISSED: {m}" for m in missed)
    )
    return int(bool(missed))


def _is_caught(bug: Bug, copy: Copy) -> bool:
    began = time.monotonic()
    problem = plant(bug, copy)
    verdict = "MISSED" if problem else "caught"
    print(f"{verdict}  {bug.name:28}  {time.monotonic() - began:4.0f} s  {bug.text}\n{problem}".rstrip(), flush=True)
    return not problem


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
