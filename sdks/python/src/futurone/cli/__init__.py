"""The ``futurone`` command: the client's verbs, and those that other distributions offer."""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec

_NEEDED = ("typer", "rich")
_USAGE = 2
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command line (by default the process's own) and return its exit code.

    0 completed, 1 error, 2 usage, 3 escalated, 4 failed, 5 cancelled, 6 waiting, 7 time-out, 130 interrupted.
    """
    try:
        return _main(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        return _INTERRUPTED


def _main(arguments: Sequence[str]) -> int:
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        sys.stderr.write(f"The command line needs {' and '.join(missing)}: pip install 'futurone[cli]'\n")
        return _USAGE
    program = import_module("futurone.cli._program")  # only now: it imports what may have been missing
    code: int = program.main(list(arguments))
    return code
