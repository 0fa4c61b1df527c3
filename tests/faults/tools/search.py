"""A search for planted words through everything that a server leaves on disk, in every spelling they might have."""

import base64
import os
import random
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

_LATIN = "abcdefghijklmnopqrstuvwxyz"
_CYRILLIC = "бвгджзклмнпрстфхцчшщ"
_TAIL = 5


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
            data = path.read_bytes()
            size_bytes += len(data)
            hits += [
                Hit(file=str(path), spelling=spelling, tail=data[at + len(needle) :][:_TAIL].decode(errors="replace"))
                for needle, spelling in needles.items()
                for at in _all(data, needle)
            ]
    return hits, size_bytes


def _all(data: bytes, needle: bytes) -> Iterator[int]:
    at = data.find(needle)
    while at >= 0:
        yield at
        at = data.find(needle, at + 1)


def _files(directories: list[Path]) -> Iterator[Path]:
    for directory in directories:
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
