"""Files of a change, made out of bytes: their text, their changed lines, and whether they can be looked at."""

import difflib
from collections.abc import Sequence
from dataclasses import replace

from futurone_server.tools.changes.allotment import Allotment
from futurone_server.tools.changes.applying import Applied
from futurone_server.tools.changes.archive import FILE_BYTES_MAX
from futurone_server.tools.changes.change import ChangedFile, LeftOut
from futurone_server.tools.changes.fragments import mend, parse_fault
from futurone_server.tools.changes.paths import excluded, language_of
from futurone_server.tools.documents.naming import document_called

_DIFF_LINES_MAX = 6_000


def whole_file(path: str, data: bytes, allotment: Allotment) -> ChangedFile:
    """A file that was given whole: all of its lines are looked at, as far as the allotment reaches."""
    text = text_of(data)
    if text is None or len(data) > FILE_BYTES_MAX:
        return unread_file(path, data, "given")
    return changed_file(path, Applied(text=text, lines=all_lines(text)), allotment, status="given")


def unread_file(path: str, data: bytes, status: str) -> ChangedFile:
    """A file whose bytes are no text that is read here, and why."""
    why = LeftOut.BINARY if b"\x00" in data[:8_192] else LeftOut.NOT_TEXT
    if document_called(path, data) is not None:
        why = LeftOut.DOCUMENT
    if len(data) > FILE_BYTES_MAX and why is LeftOut.NOT_TEXT:
        why = LeftOut.TOO_LARGE
    rows = 0 if why is LeftOut.BINARY else data.count(b"\n") + (not data.endswith(b"\n"))
    return ChangedFile(path=path, status=status, language=language_of(path), left_out=why, unread_lines=rows)


def changed_file(path: str, applied: Applied, allotment: Allotment, *, status: str) -> ChangedFile:
    """A file with some lines changed, as far as the allotment reaches; for Python, with the code that parses."""
    language = language_of(path, applied.text)
    why = excluded(path, applied.text) or (None if applied.lines else LeftOut.EMPTY)
    if why is not None:
        return ChangedFile(path=path, lines=applied.lines, status=status, language=language, left_out=why)
    kept, beyond = allotment.take(applied)
    if kept is None:
        return ChangedFile(path=path, status=status, language=language, left_out=LeftOut.BEYOND, beyond=beyond)
    file = ChangedFile(
        path=path,
        text=kept.text,
        lines=kept.lines,
        is_whole=not kept.spans,
        status=status,
        language=language,
        beyond=beyond,
    )
    return _parsed(file, kept, allotment) if file.is_python else file


def _parsed(file: ChangedFile, applied: Applied, allotment: Allotment) -> ChangedFile:
    """A Python file with what of it parses."""
    text = file.text
    if file.is_whole:
        fault = parse_fault(text)
        return replace(file, code="" if fault else text, fault=fault, lost=file.lines if fault else frozenset())
    code, lost = mend(file.rows, applied.spans, file.lines, allotment.may_parse)
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
