"""The program inside the sandbox: runs a project's tests and tells which lines of some files they ran.

It stands alone: its text is copied to where the tests run, and nothing of this server is there. What it answers comes
from code that nobody trusts, so it decides about a remark and about nothing else.
"""

import importlib
import os
import resource
import shutil
import sys
import threading
import unittest
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

GIVEN, WORK = Path("/given"), Path("/work")
_PROCESSES_MAX = 64


def main() -> None:
    """Copy, run, tell: how it ended, then for each file the lines that can be run and those that were."""
    # The sandbox has users of its own, so this counts its processes alone.
    resource.setrlimit(resource.RLIMIT_NPROC, (_PROCESSES_MAX, _PROCESSES_MAX))
    answer = os.fdopen(os.dup(1), "w")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    shutil.copytree(GIVEN, WORK, dirs_exist_ok=True)
    targets = [str(WORK / one) for one in (GIVEN / ".targets").read_text(encoding="utf-8").splitlines()]
    sys.path[:0] = [str(WORK), str(WORK / "src")]
    did: dict[str, set[int]] = {path: set() for path in targets}

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        lines = did.get(frame.f_code.co_filename)
        if lines is not None and event == "line":
            lines.add(frame.f_lineno)
        return None if lines is None else trace

    threading.settrace(trace)
    sys.settrace(trace)
    told = [_run()]
    sys.settrace(None)
    for path in targets:
        told += [" ".join(map(str, sorted(lines))) for lines in (set(_lines(Path(path))), did[path])]
    answer.write("\n".join(told))
    answer.flush()
    os._exit(0)


def _run() -> str:
    """Run all tests: ``passed``, ``failed``, ``none`` or ``broken``."""
    try:
        pytest = importlib.import_module("pytest")
    except ImportError:
        return _run_plainly()
    status = int(pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "addopts=", str(WORK)]))
    return {0: "passed", 1: "failed", 5: "none"}.get(status, "broken")


def _run_plainly() -> str:
    """Run the tests that need nothing but the standard library; their folders need not be packages."""
    folders = sorted({str(path.parent) for path in WORK.rglob("test*.py")})
    suites = [unittest.TestLoader().discover(folder, "test*.py", folder) for folder in folders]
    result = unittest.TextTestRunner(stream=sys.stderr).run(unittest.TestSuite(suites))
    return "none" if not result.testsRun else "passed" if result.wasSuccessful() else "failed"


def _lines(path: Path) -> Iterator[int]:
    """The lines of a file that can be run at all."""
    waiting: list[CodeType] = [compile(path.read_text(encoding="utf-8"), str(path), "exec")]
    while waiting:
        code = waiting.pop()
        yield from {line for _, _, line in code.co_lines() if line}
        waiting += [one for one in code.co_consts if isinstance(one, CodeType)]


if __name__ == "__main__":
    main()
