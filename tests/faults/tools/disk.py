"""A small disk that can be filled to the last byte, and emptied again."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_PIECE = b"\xa5" * (1 << 16)


class SmallDisk:
    """A file system of a few megabytes, held in memory."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._ballast = root / "ballast"

    def fill(self) -> None:
        """Leave no room on it."""
        size = len(_PIECE)
        with self._ballast.open("ab", buffering=0) as file:
            while size:
                try:
                    file.write(_PIECE[:size])
                except OSError:
                    size //= 2

    def empty(self) -> None:
        """Give the room back."""
        self._ballast.unlink(missing_ok=True)


@contextmanager
def small_disk(size_mib: int) -> Iterator[SmallDisk]:
    """A new small disk, which is gone after the block. Only root may mount: others skip."""
    if os.geteuid() != 0:
        pytest.skip("a small disk is a mount of its own, which takes root")
    root = Path(tempfile.mkdtemp(prefix="futurone-disk-"))
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_mib}m,mode=0755", "futurone-faults", str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        root.rmdir()
        pytest.skip(f"mounting is not permitted here: {done.stderr.strip()}")
    try:
        yield SmallDisk(root)
    finally:
        subprocess.run(["umount", "--lazy", str(root)], check=True)
        root.rmdir()
