"""Locks on files that the kernel lets go when the last process that holds them is gone, however it went."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from futurone_server.store.embedded.failure import ClusterError

_POLL_S = 0.005


def take(path: Path, *, wait_s: float) -> int | None:
    """A descriptor that holds the lock (close it to let go), or None when others held it all the while.

    A child process that is handed the descriptor holds the lock too, and so do its children.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    held = False
    try:
        held = _locked(descriptor, deadline=time.monotonic() + wait_s)
    finally:
        if not held:
            os.close(descriptor)
    return descriptor if held else None


@contextmanager
def holding(path: Path, *, wait_s: float) -> Iterator[int]:
    """Hold the lock for a block, by the descriptor given. Raises ClusterError when others held it all the while."""
    descriptor = take(path, wait_s=wait_s)
    if descriptor is None:
        raise ClusterError(
            f"Another process has been starting or stopping this PostgreSQL for {wait_s:.0f} s (it holds {path}). "
            "Wait for it or end it, then start again."
        )
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _locked(descriptor: int, *, deadline: float) -> bool:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_POLL_S)
        else:
            return True
