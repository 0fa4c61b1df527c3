"""The limiter: puts itself under limits, then becomes the program it was asked to run.

It is run as a file by itself and imports nothing of ours: what stands before every program must cost next to nothing.
"""

import os
import resource
import sys
from collections.abc import Sequence
from contextlib import suppress

_FILE_BYTES_MAX = 64 << 20


def put_limits(*, memory_bytes: int, cpu_s: int, file_bytes: int) -> None:
    """Put limits on this process, for good: memory, processor, the size of files it writes, no core dumps."""
    put_limit(resource.RLIMIT_AS, memory_bytes)
    put_limit(resource.RLIMIT_CPU, cpu_s)
    put_limit(resource.RLIMIT_FSIZE, file_bytes)
    put_limit(resource.RLIMIT_CORE, 0)


def put_limit(kind: int, bound: int) -> None:
    """Put one limit on this process, or leave one that is tighter."""
    hard = resource.getrlimit(kind)[1]
    most = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
    with suppress(ValueError, OSError):  # some systems know a limit by name only
        resource.setrlimit(kind, (most, most))


def main(arguments: Sequence[str]) -> None:
    """Bytes of memory, seconds of processor, and the command."""
    memory_bytes, cpu_s, *command = arguments
    put_limits(memory_bytes=int(memory_bytes), cpu_s=int(cpu_s), file_bytes=_FILE_BYTES_MAX)
    os.execv(command[0], command)  # noqa: S606 - the program is the caller's, started without a shell


if __name__ == "__main__":
    main(sys.argv[1:])
