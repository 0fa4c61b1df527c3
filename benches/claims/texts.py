"""The passages and what was written by hand about them, read from ``texts/*.txt``.

A passage is a block of lines: ``== id``, its text on one line, then ``+ claim`` for each that it supports and
``- kind: claim`` for each that it does not.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).with_name("texts")
REPOSITORY = "repository"
_HELD_TENTHS = 3
_PROPER = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+\b")


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A passage of two to four sentences; ``wrong`` holds (kind, claim)."""

    id: str
    text: str
    is_ours: bool
    right: list[str] = field(default_factory=list)
    wrong: list[tuple[str, str]] = field(default_factory=list)

    @property
    def group(self) -> str:
        """What it is about: its subject, or for text of the repository its document."""
        return self.id.rpartition("-")[0]

    @property
    def part(self) -> str:
        """``train`` or ``held``, by a hash: of the passage, or of the document for text of the repository."""
        key = self.id if self.is_ours else self.group
        return "held" if hashlib.sha256(key.encode()).digest()[0] * 10 // 256 < _HELD_TENTHS else "train"


def passages() -> list[Passage]:
    """All passages, in the order of the files."""
    return [passage for file in sorted(FOLDER.glob("*.txt")) for passage in read(file)]


@cache
def proper_words() -> frozenset[str]:
    """The words that some passage writes with a capital inside a sentence."""
    return frozenset(found for passage in passages() for found in _PROPER.findall(passage.text))


def uncapitalised(sentence: str) -> str:
    """A sentence to stand inside another: its first letter small, unless its first word is a name."""
    first = re.split(r"[\s,]", sentence, maxsplit=1)[0]
    is_name = first in proper_words() or (not first[1:].islower() and len(first) > 1)
    return sentence if is_name else sentence[0].lower() + sentence[1:]


def read(file: Path) -> Iterator[Passage]:
    """The passages of one file. Raises ValueError for a line that is none of the kinds."""
    for block in file.read_text(encoding="utf-8").split("\n== ")[0 if _opens(file) else 1 :]:
        name, text, *claims = block.removeprefix("== ").strip().splitlines()
        passage = Passage(id=name.strip(), text=text.strip(), is_ours=file.stem != REPOSITORY)
        for line in claims:
            kind, _, claim = line.removeprefix("- ").partition(": ")
            if line.startswith("+ "):
                passage.right.append(line[2:].strip())
            elif line.startswith("- ") and claim:
                passage.wrong.append((kind, claim.strip()))
            else:
                raise ValueError(f"{file.name}, {passage.id}: {line}")
        yield passage


def _opens(file: Path) -> bool:
    return file.read_text(encoding="utf-8").startswith("== ")
