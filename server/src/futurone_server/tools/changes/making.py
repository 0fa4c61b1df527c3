"""Files of a change, made out of bytes: their text, their changed lines, and whether they can be looked at."""

import difflib
from collections.abc import Sequence
from dataclasses import replace

from futurone_server.tools.changes.applying import Applied
from futurone_server.tools.changes.archive import FILE_BYTES_MAX
from futurone_server.tools.changes.change import ChangedFile, LeftOut
from futurone_server.tools.changes.fragments import mend, parse_fault
from futurone_server.tools.changes.paths import excluded, language_of

_DIFF_LINES_MAX = 6_000


def whole_file(path: str, data: bytes) -> ChangedFile:
    """A file that was given whole: all of its lines are looked at."""
    text = text_of(data)
    if text is None or len(data) > FILE_BYTES_MAX:
        return unread_file(path, data, "given")
    return changed_file(path, Applied(text=text, lines=all_lines(text)), status="given")


def unread_file(path: str, data: bytes, status: str) -> ChangedFile:
    """A file whose bytes are no text that is read here, and why."""
    why = LeftOut.BINARY if b"\x00" in data[:8_192] else LeftOut.NOT_TEXT
    if len(data) > FILE_BYTES_MAX and why is LeftOut.NOT_TEXT:
        why = LeftOut.TOO_LARGE
    return ChangedFile(path=path, status=status, language=language_of(path), left_out=why)


def changed_file(path: str, applied: Applied, *, status: str) -> ChangedFile:
    """A file with some lines changed; for Python, with the code that parses."""
    text = applied.text
    why = excluded(path, text) or (None if applied.lines else LeftOut.EMPTY)
    file = ChangedFile(
        path=path,
        text="" if why else text,
        lines=applied.lines,
        is_whole=not applied.spans,
        status=status,
        language=language_of(path, text),
        left_out=why,
    )
    if not file.is_python:
        return file
    if file.is_whole:
        fault = parse_fault(text)
        return replace(file, code="" if fault else text, fault=fault, lost=file.lines if fault else frozenset())
    code, lost = mend(file.rows, applied.spans, file.lines)
    return replace(file, code=code, lost=lost)


def text_of(data: bytes) -> str | None:
    """A text with plain ends of lines; None for what is not UTF-8 text."""
    if b"\x00" in data:
        return None
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        return None


def all_lines(text: str) -> frozenset[int]:
    """The numbers of all lines of a text."""
    rows = text.split("\n")
    return frozenset(range(1, len(rows) + (rows[-1] != "")))


def added_lines(before: str, after: str) -> frozenset[int]:
    """The numbers of the lines that a text has and the one before it had not."""
    return frozenset(
        n
        for tag, _, _, low, high in differences(before, after)
        if tag in ("insert", "replace")
        for n in range(low + 1, high + 1)
    ) & all_lines(after)


def differences(before: str, after: str) -> Sequence[tuple[str, int, int, int, int]]:
    """What differs between two texts, as difflib tells it; large ones by a quicker way that may find more."""
    old, new = before.split("\n"), after.split("\n")
    is_small = len(old) + len(new) <= _DIFF_LINES_MAX
    return difflib.SequenceMatcher(None, old, new, autojunk=not is_small).get_opcodes()
