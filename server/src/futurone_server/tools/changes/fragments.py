"""Fragments: hunks of Python without the file around them, mended so far that they can be parsed line for line."""

import ast
import re
import warnings
from collections.abc import Callable, Iterator, Sequence

TOO_COMPLEX = "too complex"
"""The fault of a text that exhausts the parser."""

_TRIMMED_MAX = 12
_ATTEMPTS_MAX = 120
_CONTINUED = re.compile(r"(else|elif|except|finally)\b")
_AFTER_TRY = ("except", "finally")
_MODULES = (
    "asyncio", "ftplib", "hashlib", "httpx", "jwt", "logging", "marshal",
    "os", "pickle", "random", "requests", "shelve",
    "shutil", "socket", "sqlite3", "ssl", "subprocess", "tarfile", "telnetlib", "tempfile", "time", "yaml", "zipfile",
)  # fmt: skip
_WRAPS = (("", ""), ("_(", ")"), ("_ = {", "}"))


def parse_fault(code: str) -> str | None:
    """Why a text does not parse as Python; None when it does."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(code)
    except SyntaxError as error:
        return f"line {error.lineno}" if error.lineno else "its encoding"
    except (ValueError, RecursionError, MemoryError):
        return TOO_COMPLEX
    return None


def mend(
    rows: Sequence[str],
    spans: Sequence[tuple[int, int]],
    changed: frozenset[int],
    may_parse: Callable[[int], bool] = lambda _: True,
) -> tuple[str, frozenset[int]]:
    """Code of the same line numbers in which each span parses, and the changed lines that could not be kept.

    ``may_parse`` is asked, with a number of characters, whether one more attempt is worth its time.
    """
    code = [""] * (len(rows) + 1)
    lost: set[int] = set()
    free_from = 0
    for low, high in spans:
        kept = _mended(rows[low - 1 : high], low - 1 - free_from, may_parse)
        if kept is None:
            lost.update(changed.intersection(range(low, high + 1)))
            free_from = high
            continue
        above, first, middle, below = kept
        start = low - 1 + first
        code[start - len(above) : start] = above
        code[start : start + len(middle)] = middle
        end = start + len(middle)
        code[end : end + len(below)] = below
        lost.update(n for n in changed if low <= n <= high and not start < n <= end)
        free_from = max(high, end + len(below))
    if not any(code):
        return "", changed
    if not code[0]:
        code[0] = _imports(rows)
    text = "\n".join(code)
    return (text, frozenset(lost)) if parse_fault(text) is None else ("", changed)


def _imports(rows: Sequence[str]) -> str:
    """Imports of well-known modules that the rows name and that stand above them, so that rules know what is meant."""
    text = "\n".join(rows)
    named = [module for module in _MODULES if re.search(rf"(?<![\w.]){module}\.\w", text)]
    statements = [f"import {', '.join(named)}"] if named else []
    if re.search(r"(?<![\w.])datetime\.(now|utcnow|today|fromtimestamp|utcfromtimestamp|strptime)\(", text):
        statements.append("from datetime import datetime")
    return "; ".join(statements)


def _mended(
    rows: Sequence[str], room: int, may_parse: Callable[[int], bool]
) -> tuple[list[str], int, list[str], list[str]] | None:
    """Scaffold above, how many rows are trimmed at the start, the rows kept, what closes them."""
    size = sum(map(len, rows))
    for attempt, (first, last) in enumerate(_trims(len(rows))):
        # As it stands it is always tried.
        if attempt >= _ATTEMPTS_MAX or (not may_parse(len(_WRAPS) * size) and attempt):
            return None
        middle = list(rows[first : len(rows) - last])
        for before, after in _WRAPS:
            above = _scaffold(middle, before)
            shown = _closed(middle) if not before else middle
            below = [_indent(_first(middle)) + after] if after else []
            if len(above) <= room + first and parse_fault("\n".join([*above, *shown, *below])) is None:
                return above, first, shown, below
    return None


def _trims(count: int) -> Iterator[tuple[int, int]]:
    most = min(_TRIMMED_MAX, max(count - 1, 0))
    for total in range(2 * most + 1):
        for first in range(min(total, most) + 1):
            if total - first <= most and total < count:
                yield first, total - first


def _first(rows: Sequence[str]) -> str:
    return next((row for row in rows if row.strip() and not row.lstrip().startswith("#")), "")


def _indent(row: str) -> str:
    return row[: len(row) - len(row.lstrip(" \t"))]


def _scaffold(rows: Sequence[str], before: str) -> list[str]:
    """Lines that open a block for each level to which the rows fall back."""
    indents = [(_indent(row), row.lstrip()) for row in rows if row.strip()]
    if not indents:
        return [before] if before else []
    top = _indent(_first(rows))
    if before:
        return [*(["if 1:"] if top else []), top + before]
    levels = sorted({"", *(indent for indent, _ in indents if len(indent) < len(top))} - {top}, key=len)
    opened = []
    for level in levels:
        words = [found[1] for indent, row in indents if indent == level and (found := _CONTINUED.match(row))]
        opened.append(level + ("try:" if words and words[0] in _AFTER_TRY else "if 1:"))
    begun = _CONTINUED.match(_first(rows).lstrip())
    if begun:
        opened.append(top + ("try: pass" if begun[1] in _AFTER_TRY else "if 1: pass"))
    return opened


def _closed(rows: list[str]) -> list[str]:
    """The rows, with a body for a block that the hunk ends in."""
    last = next((at for at in range(len(rows) - 1, -1, -1) if rows[at].strip()), None)
    if last is None or not rows[last].rstrip().endswith(":"):
        return rows
    return [*rows[:last], f"{rows[last].rstrip()} pass", *rows[last + 1 :]]
