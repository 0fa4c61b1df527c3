"""What went wrong with the embedded cluster, and what its owner can do about it."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_TAIL_BYTES = 8192
_TAIL_LINES = 12
_REMEDIES = {
    errno.ENOSPC: "Free some space, then start again.",
    errno.EDQUOT: "Free some of this user's quota, then start again.",
    errno.EROFS: "Choose a data directory that can be written to.",
    errno.EACCES: "Give this user the right to read and write there, or choose another data directory.",
    errno.EPERM: "Run the server as an ordinary user who owns the data directory.",
    errno.ENOTDIR: "Choose a data directory whose path names a directory.",
}


class ClusterError(Exception):
    """The embedded PostgreSQL cannot be used. The message says what happened and what to do."""


@contextmanager
def explaining(attempt: str) -> Iterator[None]:
    """Turn the operating system's refusals in this block into a ClusterError: ``Cannot <attempt>: …``."""
    try:
        yield
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        cause = error.strerror or str(error) or type(error).__name__
        remedy = _REMEDIES.get(error.errno or 0, "Remove the cause, then start again.")
        raise ClusterError(f"Cannot {attempt}: {cause}{place}. {remedy}") from error


def last_lines(text: str) -> str:
    """The end of a program's output, indented, to stand under a message."""
    return "".join(f"\n    {line}" for line in text.strip().splitlines()[-_TAIL_LINES:])


def log_tail(log: Path, *, since_bytes: int = 0) -> str:
    """The last lines that were added to a log after an offset, in the form of last_lines."""
    try:
        with log.open("rb") as file:
            end = file.seek(0, 2)
            file.seek(max(since_bytes, end - _TAIL_BYTES))
            return last_lines(file.read().decode(errors="replace"))
    except OSError:
        return ""
