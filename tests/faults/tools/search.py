"""A search for planted words through everything that a server leaves on disk, in every spelling they might have."""

import base64
import mmap
import os
import random
import stat
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

_LATIN = "abcdefghijklmnopqrstuvwxyz"
_CYRILLIC = "бвгджзклмнпрстфхцчшщ"
_TAIL = 5
_PACKED = (b"\x1f\x8b\x08", b"\x78\x9c", b"\x78\xda", b"\x78\x01", b"\x78\x5e")
_TRIED_BYTES = 4_096
_PACKED_BYTES_MAX = 1 << 24
_UNPACKED_BYTES_MAX = 1 << 28
_PASSING_BYTES_MAX = 1 << 26
_DEPTH = 2
Data = bytes | mmap.mmap


class Words:
    """Makes words that occur nowhere else. All of them begin alike, so that one search looks for all."""

    def __init__(self) -> None:
        self.stems = (_letters(_LATIN, 12), _letters(_CYRILLIC, 8))
        self._places: dict[str, str] = {}

    def plant(self, place: str) -> str:
        """A word for one place, in two scripts: what escapes one may not escape the other."""
        tail = _letters(_LATIN, _TAIL)
        self._places[tail] = place
        return f"{self.stems[0]}{tail} {self.stems[1]}{tail}"

    def places(self, hits: "list[Hit]") -> set[str]:
        """The places whose words were found as they were written."""
        return {self._places[hit.tail] for hit in hits if hit.tail in self._places}

    def needles(self) -> dict[bytes, str]:
        """What to look for, and which spelling it is."""
        found: dict[bytes, str] = {}
        for script, stem in zip(("latin", "cyrillic"), self.stems, strict=True):
            plain = stem.encode()
            spellings = {
                "utf-8": plain,
                "utf-16-le": stem.encode("utf-16-le"),
                "utf-16-be": stem.encode("utf-16-be")[1:],  # files are full of zeros: a search should not begin by one
                "hex": plain.hex().encode(),
                "HEX": plain.hex().upper().encode(),
                "reversed": plain[::-1],
                "json": "".join(f"\\u{ord(letter):04x}" for letter in stem).encode(),
                "JSON": "".join(f"\\u{ord(letter):04X}" for letter in stem).encode(),
                "percent": quote(stem).encode(),
                "percent lower": quote(stem).lower().encode(),
                **{f"base64 +{phase}": _core(plain, phase) for phase in range(3)},
                **{f"base64url +{phase}": _core(plain, phase, altchars=b"-_") for phase in range(3)},
            }
            found |= {needle: f"{script} {name}" for name, needle in spellings.items()}
        return found


def _letters(alphabet: str, count: int) -> str:
    return "".join(random.choice(alphabet) for _ in range(count))


def _core(plain: bytes, phase: int, *, altchars: bytes | None = None) -> bytes:
    """The part of a text in base64 that does not depend on what stands before and behind it."""
    spelled = base64.b64encode(b"\0" * phase + plain, altchars).rstrip(b"=")
    first = -(-phase * 8 // 6)
    return spelled[first : len(spelled) - (1 if (phase + len(plain)) % 3 else 0)]


@dataclass(frozen=True, kw_only=True)
class Hit:
    """One place where something was found, in which spelling, and how it goes on."""

    file: str
    spelling: str
    tail: str


def search(words: Words, directories: list[Path], pids: list[int]) -> tuple[list[Hit], int]:
    """Every hit below the directories and in the files that the processes have open, and how many bytes were read."""
    hits: list[Hit] = []
    size_bytes = 0
    needles = words.needles()
    for path in [*_files(directories), *_open_files(pids, known=directories)]:
        with suppress(FileNotFoundError, PermissionError, ProcessLookupError):
            size_bytes += path.stat().st_size
            with opened(path) as data:
                hits += _hits(str(path), data, needles)
                for place, inside in _unpacked(data):
                    hits += _hits(f"{path} at {place}", inside, needles)
    return hits, size_bytes


@contextmanager
def opened(path: Path) -> Iterator[Data]:
    """A file's bytes as they lie on the disk, without a copy of them."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            yield b""
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield data


def _hits(name: str, data: Data, needles: Mapping[bytes, str]) -> list[Hit]:
    return [
        Hit(
            file=name,
            spelling=spelling,
            tail=data[at + len(needle) : at + len(needle) + _TAIL].decode(errors="replace"),
        )
        for needle, spelling in needles.items()
        for at in _all(data, needle)
    ]


def _unpacked(data: Data) -> Iterator[tuple[int, bytes]]:
    """What lies compressed in a file, wherever it begins: gzip, and zlib as most write it."""
    for magic in _PACKED:
        for at in _all(data, magic):
            reader = zlib.decompressobj(zlib.MAX_WBITS | 32)
            inside = b""
            with suppress(zlib.error):
                # Bytes that only look like a beginning are found out by a few of those that follow.
                inside = reader.decompress(data[at : at + _TRIED_BYTES])
                if len(inside) < _UNPACKED_BYTES_MAX and not reader.eof:
                    inside += reader.decompress(data[at + _TRIED_BYTES : at + _PACKED_BYTES_MAX], _UNPACKED_BYTES_MAX)
            if inside:
                yield at, inside


def passing_places(since: float) -> list[Path]:
    """Files in the directories for what is temporary that were written since a moment, near the top of each."""
    found = []
    for base in ("/tmp", "/var/tmp", "/dev/shm"):
        for parent, directories, names in os.walk(base):
            if len(Path(parent).relative_to(base).parts) >= _DEPTH:
                directories.clear()
            for name in names:
                path = Path(parent, name)
                with suppress(OSError):
                    about = path.lstat()
                    if stat.S_ISREG(about.st_mode) and about.st_mtime >= since and about.st_size < _PASSING_BYTES_MAX:
                        found.append(path)
    return found


def _all(data: Data, needle: bytes) -> Iterator[int]:
    at = data.find(needle)
    while at >= 0:
        yield at
        at = data.find(needle, at + 1)


def _files(directories: list[Path]) -> Iterator[Path]:
    for directory in directories:
        if directory.is_file():
            yield directory
        for parent, _, names in os.walk(directory):
            for name in names:
                path = Path(parent, name)
                if path.is_file() and not path.is_symlink():
                    yield path


def _open_files(pids: list[int], *, known: list[Path]) -> Iterator[Path]:
    """What processes have open elsewhere, each file once; deleted ones too, for they are still on the disk."""
    seen: set[tuple[int, int]] = set()
    for pid in pids:
        with suppress(FileNotFoundError, PermissionError, ProcessLookupError):
            for path in Path(f"/proc/{pid}/fd").iterdir():
                with suppress(FileNotFoundError, PermissionError):
                    about, target = path.stat(), os.readlink(path)
                    is_known = any(Path(target).is_relative_to(one) for one in known) and about.st_nlink > 0
                    if stat.S_ISREG(about.st_mode) and not is_known and (about.st_dev, about.st_ino) not in seen:
                        seen.add((about.st_dev, about.st_ino))
                        yield path


def family(*pids: int) -> list[int]:
    """Processes and all that descend from them."""
    found = set(pids)
    parents = dict(_parents())
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found)


def _parents() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                yield int(entry.name), int((entry / "stat").read_text().rpartition(")")[2].split()[1])
