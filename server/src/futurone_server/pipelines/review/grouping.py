"""Grouping: many files of which the same is to be said, said once, with their number and their endings."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from futurone_server.pipelines.review.finding import Reviewed
from futurone_server.tools.changes import ChangedFile, LeftOut
from futurone_server.tools.changes.paths import language_of

_NAMED_MAX, _LOOKED_AT_NAMED_MAX = 3, 20
"""So many files are named one by one; more where some families did look at them."""

_ENDINGS_MAX = 6


def not_analysed(files: Sequence[Reviewed]) -> Iterator[tuple[str, str]]:
    """What was not looked at, or not fully, and why: single files by path, many of a kind as their number.

    The second text of a group ends with the endings in it: ``binary (.pyc 300, .png 12)``.
    """
    groups: dict[tuple[str, bool], list[str]] = defaultdict(list)
    for file in files:
        if file.not_analysed:
            groups[file.not_analysed, bool(file.families)].append(file.path)
    for (reason, is_looked_at), paths in groups.items():
        if len(paths) > (_LOOKED_AT_NAMED_MAX if is_looked_at else _NAMED_MAX):
            yield f"{len(paths)} files", f"{reason} ({endings(paths)})"
        else:
            yield from ((path, reason) for path in paths)


def told_unread(files: Sequence[ChangedFile]) -> str:
    """How many files were left out and why, in a sentence without names: ``6 files: too large (Python).``"""
    groups: dict[LeftOut, list[str]] = defaultdict(list)
    for file in files:
        if file.left_out is not None:
            groups[file.left_out].append(language_of(file.path) or "other")
    told = [
        f"{len(kinds)} file{'' if len(kinds) == 1 else 's'}: {why.value} ({', '.join(sorted(set(kinds)))})"
        for why, kinds in groups.items()
    ]
    return f"{'; '.join(told)}." if told else ""


def endings(paths: Sequence[str]) -> str:
    """How many paths have which ending, the most frequent first: ``.pyc 300, .png 12``."""
    counted = Counter(PurePosixPath(path).suffix[:12] or "without ending" for path in paths)
    told = [f"{ending} {count}" for ending, count in counted.most_common(_ENDINGS_MAX)]
    rest = sum(count for _, count in counted.most_common()[_ENDINGS_MAX:])
    return ", ".join([*told, *([f"others {rest}"] if rest else [])])
