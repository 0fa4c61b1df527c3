"""The writer: a process that makes one file of one deliverable, and answers with the file or a refusal."""

import importlib
import os
import sys
from collections.abc import Callable, Sequence

from futurone_server.pipelines.deliverables.order import (
    DONE,
    EXTRA_MISSING,
    LIBRARIES_MISSING,
    REFUSED,
    Order,
    RefusedError,
)
from futurone_server.tools.sandbox.confinement import confine

Write = Callable[[Order], bytes]

_THREADED = ("pdf",)
"""What starts threads and looks for fonts wherever they lie: limits are put on it from outside, walls cannot be."""


def main(arguments: Sequence[str]) -> None:
    """Write one form, within bytes of memory, seconds of processor and of clock."""
    form, *bounds = arguments
    memory_bytes, cpu_s, wall_s = map(int, bounds)
    answer = answer_to(form, sys.stdin.buffer.read(), lambda: confine_for(form, memory_bytes, cpu_s, wall_s))
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    os._exit(0)  # What a library has begun to tidy up nobody waits for.


def confine_for(form: str, memory_bytes: int, cpu_s: int, wall_s: int) -> None:
    """Put up the walls that the library of a form can work behind."""
    if form not in _THREADED:
        confine(memory_bytes=memory_bytes, cpu_s=cpu_s, wall_s=wall_s)


def answer_to(form: str, packed: bytes, enclose: Callable[[], None]) -> bytes:
    """The file, or why there is none. The library is loaded before the walls stand, the deliverable read after."""
    try:
        write: Write = importlib.import_module(f"futurone_server.pipelines.deliverables.forms.{form}").write
    except ImportError:
        return REFUSED + EXTRA_MISSING.encode()
    except OSError:
        return REFUSED + LIBRARIES_MISSING.encode()
    enclose()
    try:
        return DONE + write(Order.unpack(packed))
    except RefusedError as refused:
        return REFUSED + refused.code.encode()


if __name__ == "__main__":
    main(sys.argv[1:])
