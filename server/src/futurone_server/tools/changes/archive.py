"""A zip archive read in memory: nothing is unpacked to a disk, and what is odd in it is said instead of followed."""

import io
import stat
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from futurone_server.tools.changes.change import LeftOut
from futurone_server.tools.changes.paths import safe_path, shown_path

ENTRIES_MAX = 30_000
FILE_BYTES_MAX = 1 << 20
TOTAL_BYTES_MAX = 96 << 20
_GIT_FILE_BYTES_MAX = 48 << 20
_ENCRYPTED = 0x1


class BadArchiveError(Exception):
    """The archive cannot be read; the message says why, in words of ours, and ``where`` adds what the archive names."""

    def __init__(self, message: str, *, where: str = "") -> None:
        super().__init__(message)
        self.where = where


@dataclass(kw_only=True)
class Archive:
    """What an archive holds: files by path, those of its ``.git`` folder by their path in it, and what was left out.

    ``root`` is the folder that the ``.git`` folder stands in, an empty text for the archive's own.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    git: dict[str, bytes] = field(default_factory=dict)
    root: str | None = None
    left_out: dict[str, LeftOut] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read_archive(data: bytes) -> Archive:
    """The files of a zip archive. Raises BadArchiveError."""
    found = Archive()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > ENTRIES_MAX:
                raise BadArchiveError(f"It holds {len(entries)} entries; at most {ENTRIES_MAX} are read.")
            _read(archive, entries, found)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, ValueError, OSError, EOFError) as error:
        raise BadArchiveError("It is damaged, or compressed in a way that is not known here.") from error
    return _without_top(found)


def _read(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], found: Archive) -> None:
    left = TOTAL_BYTES_MAX
    seen: set[str] = set()
    for entry in entries:
        if entry.is_dir():
            continue
        path = safe_path(entry.orig_filename)
        if path is None:
            found.left_out[shown_path(entry.orig_filename)] = LeftOut.UNSAFE_PATH
            continue
        if path in seen:
            found.notes.append(f"{path} occurs more than once; its first content was read.")
            continue
        seen.add(path)
        mode = entry.external_attr >> 16
        is_git = ".git" in path.split("/")
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            if not is_git:
                found.left_out[path] = LeftOut.LINK
        elif entry.flag_bits & _ENCRYPTED:
            raise BadArchiveError("It is encrypted.")
        else:
            left -= _read_one(archive, entry, path, is_git=is_git, left=left, found=found)


def _read_one(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: str, *, is_git: bool, left: int, found: Archive
) -> int:
    """Read one file within the bounds, whatever the archive says of its size; returns how many bytes it took."""
    bound = _GIT_FILE_BYTES_MAX if is_git else FILE_BYTES_MAX
    try:
        with archive.open(entry) as file:
            content = file.read(min(bound, left) + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise BadArchiveError("It is damaged.", where=f" The first damaged file is {path}.") from error
    if len(content) > left:
        raise BadArchiveError(f"It holds more than {TOTAL_BYTES_MAX >> 20} MiB.")
    if len(content) > bound:
        found.left_out[path] = LeftOut.TOO_LARGE
        return len(content)
    if is_git:
        parts = path.split("/")
        at = parts.index(".git")
        if at <= 1:
            found.git["/".join(parts[at + 1 :])] = content
            found.root = "/".join(parts[:at])
    else:
        found.files[path] = content
    return len(content)


def _without_top(found: Archive) -> Archive:
    """The archive without the one folder that everything is in, as most archives of projects have it."""
    paths = [*found.files, *(path for path, why in found.left_out.items() if why is not LeftOut.UNSAFE_PATH)]
    tops = {path.partition("/")[0] for path in paths}
    if len(tops) != 1 or any("/" not in path for path in paths):
        return found
    top = tops.pop()
    cut = len(top) + 1
    if _is_package(found.files, cut) or found.root not in (None, top):
        return found
    found.files = {path[cut:]: data for path, data in found.files.items()}
    found.left_out = {path if why is LeftOut.UNSAFE_PATH else path[cut:]: why for path, why in found.left_out.items()}
    return found


def _is_package(files: Mapping[str, bytes], cut: int) -> bool:
    """Whether the one folder is itself a Python package, so that its name belongs to the paths."""
    return any(path[cut:] == "__init__.py" for path in files)
