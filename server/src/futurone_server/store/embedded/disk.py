"""Putting a tree of fresh files on disk, so that a power cut cannot take part of it away."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_THREADS = 8  # the disk's journal takes many syncs in one write


def sync(path: Path) -> None:
    """Put a file's or a directory's present state on disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(root: Path) -> None:
    """Put every file and directory below a directory on disk, and itself. Raises OSError."""
    directories, files = [], []
    for directory, _, names in os.walk(root):
        directories.append(Path(directory))
        files += [path for name in names if not (path := Path(directory, name)).is_symlink()]
    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(sync, files))
        list(pool.map(sync, directories))
