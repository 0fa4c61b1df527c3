"""A patch: unified diffs as Git, Mercurial or diff write them, read line by line and never trusted."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_HUNK = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")
_QUOTED = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_ESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}
_GIT = re.compile(r'diff --git (?:"(?:[^"\\]|\\.)*"|\S.*?) (?P<new>"(?:[^"\\]|\\.)*"|b/.*)$')
_NOWHERE = "/dev/null"
_LINES_MAX = 1_000_000
_LOOKS = re.compile(r"^(diff --git |Index: |--- \S.*\r?\n\+\+\+ \S.*\r?\n@@ )", re.MULTILINE)


class BadPatchError(Exception):
    """The patch cannot be read; the message says where."""


@dataclass(frozen=True, kw_only=True)
class Hunk:
    """A run of lines: each with its tag, ``-`` taken away, ``+`` added, a space for one that stays."""

    old_start: int
    new_start: int
    lines: tuple[tuple[str, str], ...]

    @property
    def old(self) -> list[str]:
        """The lines before the change."""
        return [text for tag, text in self.lines if tag != "+"]

    @property
    def new(self) -> list[str]:
        """The lines after the change."""
        return [text for tag, text in self.lines if tag != "-"]

    def added(self) -> Iterator[int]:
        """Numbers of the added lines on the new side."""
        number = self.new_start
        for tag, _ in self.lines:
            if tag == "+":
                yield number
            number += tag != "-"


@dataclass(kw_only=True)
class FilePatch:
    """What a patch does to one file."""

    path: str
    old_path: str = ""
    hunks: list[Hunk] = field(default_factory=list)
    is_new: bool = False
    is_deleted: bool = False
    is_binary: bool = False
    is_link: bool = False


def looks_like_patch(text: str) -> bool:
    """Whether a text is a patch."""
    return _LOOKS.search(text) is not None


def read_patch(text: str) -> list[FilePatch]:
    """The files of a patch. Raises BadPatchError."""
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        lines = text.replace("\r\n", "\n").split("\n")
        self._lines = lines[:-1] if lines[-1] == "" else lines
        self._at = 0
        self._files: list[FilePatch] = []

    def read(self) -> list[FilePatch]:
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if line.startswith("diff --git "):
                self._begin_git(line)
            elif line.startswith(("@@@ ", "diff --cc ", "diff --combined ")):
                raise BadPatchError(f"Line {self._at + 1}: a combined diff of a merge cannot be reviewed.")
            elif line.startswith("--- ") and self._next().startswith("+++ "):
                self._begin_plain(line, self._next())
            elif line.startswith("@@ "):
                self._hunk(line)
            else:
                self._header(line)
            self._at += 1
        return self._files

    def _next(self) -> str:
        return self._lines[self._at + 1] if self._at + 1 < len(self._lines) else ""

    def _begin_git(self, line: str) -> None:
        found = _GIT.match(line)
        path = _name(found["new"]) if found else ""
        self._files.append(FilePatch(path=_strip(path, "b/"), old_path=_strip(path, "b/")))

    def _begin_plain(self, old: str, new: str) -> None:
        old_name, new_name = _name(old[4:]), _name(new[4:])
        is_git = bool(self._files) and not self._files[-1].hunks and self._follows_git()
        has_prefixes = old_name.startswith("a/") or new_name.startswith("b/")
        if not is_git:
            self._files.append(FilePatch(path=""))
        file = self._files[-1]
        file.is_new = file.is_new or old_name == _NOWHERE
        file.is_deleted = file.is_deleted or new_name == _NOWHERE
        if old_name != _NOWHERE:
            file.old_path = _strip(old_name, "a/") if has_prefixes else old_name
        kept = new_name if new_name != _NOWHERE else old_name
        file.path = _strip(kept, "b/" if kept == new_name else "a/") if has_prefixes else kept
        self._at += 1

    def _follows_git(self) -> bool:
        """Whether the header of Git's own stands right before these two lines."""
        for line in reversed(self._lines[max(0, self._at - 8) : self._at]):
            if line.startswith("diff --git "):
                return True
            if not line or line[0] in "+-@":
                return False
        return False

    def _header(self, line: str) -> None:
        if not self._files or self._files[-1].hunks:
            return
        file = self._files[-1]
        if line.startswith("new file mode"):
            file.is_new = True
        elif line.startswith("deleted file mode"):
            file.is_deleted = True
        elif line.startswith("rename from "):
            file.old_path = _name(line[12:])
        elif line.startswith("rename to "):
            file.path = _name(line[10:])
        elif line.startswith(("Binary files ", "GIT binary patch")):
            file.is_binary = True
        if line.endswith(("mode 120000", " 160000")):
            file.is_link = True

    def _hunk(self, line: str) -> None:
        found = _HUNK.match(line)
        if found is None or not self._files:
            raise BadPatchError(f"Line {self._at + 1}: a hunk that belongs to no file, or whose head cannot be read.")
        old_left, new_left = (int(count) if count is not None else 1 for count in (found[2], found[4]))
        lines: list[tuple[str, str]] = []
        while old_left > 0 or new_left > 0:
            following = self._next()
            if self._at + 1 >= len(self._lines):
                raise BadPatchError(f"Line {self._at + 1}: the patch ends in the middle of a hunk.")
            self._at += 1
            tag, text = (following[0], following[1:]) if following else (" ", "")
            if tag == "\\":
                continue
            if tag not in " +-":
                raise BadPatchError(f"Line {self._at + 1}: a hunk is shorter than its head says.")
            old_left -= tag != "+"
            new_left -= tag != "-"
            lines.append((tag, text))
        if old_left < 0 or new_left < 0 or self._goes_on():
            raise BadPatchError(f"Line {self._at + 1}: a hunk is longer than its head says.")
        new_start = max(int(found[3]), 1)
        if new_start > _LINES_MAX:
            raise BadPatchError(f"Line {self._at + 1}: no text has {new_start} lines.")
        self._files[-1].hunks.append(Hunk(old_start=int(found[1]), new_start=new_start, lines=tuple(lines)))

    def _goes_on(self) -> bool:
        """Whether the next line can only be one more line of the hunk: no head of a file, no signature of a mail."""
        following = self._next()
        if following.startswith("--- "):
            return not (self._at + 2 < len(self._lines) and self._lines[self._at + 2].startswith("+++ "))
        return following[:1] in ("+", "-", " ") and following.rstrip() != "--"


def _strip(path: str, prefix: str) -> str:
    return path[len(prefix) :] if path.startswith(prefix) else path


def _name(text: str) -> str:
    """A path as a patch's head gives it: quoted, or followed by a tab and a time."""
    text = text.strip() if text.startswith('"') else text.partition("\t")[0].rstrip("\r")
    if not (text.startswith('"') and text.endswith('"') and len(text) > 1):
        return text
    raw = _QUOTED.sub(_unescape, text[1:-1].encode("utf-8", "replace"))
    return raw.decode("utf-8", "replace")


def _unescape(found: "re.Match[bytes]") -> bytes:
    told = found[1]
    if len(told) == 3:
        return bytes([int(told, 8) & 0xFF])
    return _ESCAPES.get(told, told)
