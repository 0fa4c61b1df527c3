"""The confined reader of changes: takes what was given from its parent, and answers with one change."""

import os
import sys
from collections.abc import Sequence

from futurone_server.tools.changes.gathering import gather
from futurone_server.tools.changes.transfer import dump_changes, load_given
from futurone_server.tools.sandbox.confinement import confine


def main(arguments: Sequence[str]) -> None:
    """Read one change within bytes of memory, seconds of processor and of clock."""
    memory_bytes, cpu_s, wall_s = map(int, arguments)
    confine(memory_bytes=memory_bytes, cpu_s=cpu_s, wall_s=wall_s)
    answer = dump_changes(gather(list(load_given(sys.stdin.buffer.read()))))
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    os._exit(0)  # Tidying up after a hostile file is another chance to crash.


if __name__ == "__main__":
    main(sys.argv[1:])
