"""A change: the files a review looks at, which of their lines are new, and what cannot be looked at and why."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

TOO_MUCH = "beyond one review"
"""The name of the note that says how much was too much."""


class Scope(StrEnum):
    """What counts as changed: the lines of a patch, the lines of commits, or everything that was given."""

    PATCH = "patch"
    HISTORY = "history"
    WHOLE = "whole"


class LeftOut(StrEnum):
    """Why a file is not analysed at all."""

    BEYOND = "beyond what one review looks at"
    BINARY = "binary"
    DELETED = "deleted"
    DOCUMENT = "a document, not code"
    EMPTY = "no lines to look at"
    GENERATED = "generated"
    LINK = "a link or special file"
    MINIFIED = "minified"
    NOT_TEXT = "not UTF-8 text"
    TOO_LARGE = "too large"
    TOO_MANY = "beyond the number of files that are read"
    UNREADABLE = "it could not be read"
    UNSAFE_PATH = "its path leads out of the project"
    VENDORED = "vendored"


@dataclass(frozen=True, kw_only=True)
class Given:
    """A file as it was given."""

    name: str
    data: bytes


@dataclass(frozen=True, kw_only=True)
class Note:
    """Something about what was given that a reader of the review must know."""

    name: str
    text: str


@dataclass(frozen=True, kw_only=True)
class ChangedFile:
    """One file of a change. ``text`` is its new side, with line feeds alone; ``lines`` are the changed ones.

    Where only the hunks are known (``is_whole`` false), the lines between them are empty. ``code`` is what parses as
    Python, line for line; empty where nothing does, and ``fault`` says where it goes wrong. ``lost`` are changed lines
    that are not in ``code``; ``beyond`` counts those that are too many to be looked at and are not in ``text`` at all.
    ``unread_lines`` counts those of a file that is left out unread, where that is known; 0 where it is not.
    """

    path: str
    text: str = ""
    lines: frozenset[int] = frozenset()
    is_whole: bool = True
    status: str = "modified"
    language: str = ""
    left_out: LeftOut | None = None
    code: str = ""
    fault: str | None = None
    lost: frozenset[int] = frozenset()
    beyond: int = 0
    unread_lines: int = 0

    @property
    def rows(self) -> list[str]:
        """The lines of the text; line n is ``rows[n - 1]``."""
        return self.text.split("\n")

    @property
    def is_python(self) -> bool:
        """Whether the Python analysers look at it."""
        return self.language == "Python" and self.left_out is None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "path": self.path,
            "text": self.text,
            "lines": [list(pair) for pair in ranges(self.lines)],
            "is_whole": self.is_whole,
            "status": self.status,
            "language": self.language,
            "left_out": self.left_out and self.left_out.value,
            "code": self.code,
            "fault": self.fault,
            "lost": [list(pair) for pair in ranges(self.lost)],
            "beyond": self.beyond,
            "unread_lines": self.unread_lines,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The file that ``to_json`` wrote."""
        lines, lost = (
            frozenset(n for low, high in value[name] for n in range(low, high + 1)) for name in ("lines", "lost")
        )
        left_out = value["left_out"] and LeftOut(value["left_out"])
        return cls(**{**value, "lines": lines, "lost": lost, "left_out": left_out})


@dataclass(frozen=True, kw_only=True)
class Changes:
    """A whole change. ``others`` are unchanged texts of the project, by path: what gives the change its meaning.

    ``faults`` say which given files are no code, cannot be read or are too much: sentences of ours, without names.
    """

    scope: Scope
    basis: str
    files: tuple[ChangedFile, ...]
    others: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    faults: tuple[str, ...] = ()

    @property
    def line_count(self) -> int:
        """How many lines changed."""
        return sum(len(file.lines) for file in self.files)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "scope": self.scope.value,
            "basis": self.basis,
            "files": [file.to_json() for file in self.files],
            "others": dict(self.others),
            "notes": [{"name": note.name, "text": note.text} for note in self.notes],
            "faults": list(self.faults),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The change that ``to_json`` wrote."""
        return cls(
            scope=Scope(value["scope"]),
            basis=str(value["basis"]),
            files=tuple(ChangedFile.from_json(file) for file in value["files"]),
            others=dict(value["others"]),
            notes=tuple(Note(**note) for note in value["notes"]),
            faults=tuple(value["faults"]),
        )


def ranges(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Numbers as runs from low to high, both included."""
    low = high = None
    for number in sorted(numbers):
        if low is None or high is None:
            low = high = number
        elif number == high + 1:
            high = number
        else:
            yield low, high
            low = high = number
    if low is not None and high is not None:
        yield low, high
