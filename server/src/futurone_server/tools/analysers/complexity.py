"""Complexity: functions with many ways through them, counted by radon."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from futurone_server.tools.analysers.finding import Analysis, Found, analysed, only_hunks, placed
from futurone_server.tools.changes import ChangedFile

COMPLEX, VERY_COMPLEX, LONG_LINES = 15, 30, 150
"""More than 30 are radon's ranks E and F: error-prone, untestable."""
_CHANGED_SHARE = 0.25
"""A function of which less is changed was complex before: that is not about this change."""

Counter = Callable[[str], Sequence[Any]]


def load() -> Counter:
    """The counter, with its library loaded."""
    from radon.complexity import cc_visit  # noqa: PLC0415 - loaded in the worker alone

    count: Counter = cc_visit
    return count


def detect_all(files: Sequence[ChangedFile], count: Counter) -> Analysis:
    """What is complex among the functions that changed."""
    read = [file for file in analysed(files) if file.is_whole]
    missing = [*only_hunks(analysed(files))]
    found: list[Found] = []
    for file in read:
        try:
            found += _found(file, count(file.code))
        except RecursionError:
            missing.append(f"{file.path}: too deeply nested to count")
    paths = tuple(file.path for file in read)
    return Analysis(family="complexity", found=tuple(found), files=paths, missing=tuple(missing))


def _found(file: ChangedFile, blocks: Sequence[Any]) -> Iterator[Found]:
    for block in blocks:
        if block.letter not in ("F", "M"):
            continue
        inside = range(block.lineno, block.endline + 1)
        touched = [number for number in inside if number in file.lines]
        if len(touched) < _CHANGED_SHARE * len(inside):
            continue
        rule = "CX101" if block.complexity > VERY_COMPLEX else "CX102" if block.complexity > COMPLEX else None
        told = f"{block.name} has {block.complexity} ways through it"
        if rule is None and len(inside) > LONG_LINES:
            rule, told = "CX103", f"{block.name} has {len(inside)} lines"
        if rule is not None:
            one = placed(file, f"radon:{rule}", touched[0], detail=told)
            if one is not None:
                yield one
