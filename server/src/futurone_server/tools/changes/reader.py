"""The confined reader of changes: takes what was given from its parent, and answers with one change."""

import os
import sys
from collections.abc import Iterator, Sequence

from futurone_server.kit import json
from futurone_server.tools.changes.change import Given
from futurone_server.tools.changes.gathering import gather
from futurone_server.tools.changes.transfer import dump_changes
from futurone_server.tools.sandbox.confinement import confine


def main(arguments: Sequence[str]) -> None:
    """Read one change within bytes of memory, seconds of processor and of clock."""
    memory_bytes, cpu_s, wall_s = map(int, arguments)
    confine(memory_bytes=memory_bytes, cpu_s=cpu_s, wall_s=wall_s)
    answer = dump_changes(gather(list(_given(sys.stdin.buffer.read()))))
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    os._exit(0)  # Tidying up after a hostile file is another chance to crash.


def pack(given: Sequence[Given]) -> bytes:
    """What was given as the reader takes it: a line of names and sizes, then all bytes."""
    head = json.dump([[one.name, len(one.data)] for one in given])
    return b"".join([head, b"\n", *(one.data for one in given)])


def _given(data: bytes) -> Iterator[Given]:
    head, _, rest = data.partition(b"\n")
    told = json.read(head)
    assert isinstance(told, list)
    at = 0
    for name, size in told:
        yield Given(name=str(name), data=rest[at : at + size])
        at += size


if __name__ == "__main__":
    main(sys.argv[1:])
