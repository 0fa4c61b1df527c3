"""Applying a patch in memory: to the text before it, to a text that has it already, or to nothing at all."""

from collections.abc import Sequence
from dataclasses import dataclass

from futurone_server.tools.changes.change import ranges
from futurone_server.tools.changes.patch import Hunk

_SLIDE_MAX = 400
"""How many lines a hunk may have moved; its lines must fit letter for letter."""


@dataclass(frozen=True, kw_only=True)
class Applied:
    """A text after a patch, the numbers of its added lines, and where not all is known the runs of lines that are."""

    text: str
    lines: frozenset[int]
    spans: tuple[tuple[int, int], ...] = ()


def apply(text: str, hunks: Sequence[Hunk]) -> Applied | None:
    """The text with the patch; also when it has it already. None when the patch is not for this text."""
    # First without moving a hunk: among lines that repeat, a text that has the patch would else take it once more.
    attempts = ((_forward, 0), (_already, 0), (_forward, _SLIDE_MAX), (_already, _SLIDE_MAX))
    tried = (attempt(text, hunks, slide) for attempt, slide in attempts)
    return next((applied for applied in tried if applied is not None), None)


def only_hunks(hunks: Sequence[Hunk]) -> Applied:
    """What a patch alone tells of the new text: its hunks at their places, nothing between them."""
    rows: dict[int, str] = {}
    lines: set[int] = set()
    for hunk in hunks:
        for offset, row in enumerate(hunk.new):
            rows[hunk.new_start + offset] = row
        lines.update(hunk.added())
    last = max(rows, default=0)
    text = "\n".join(rows.get(number, "") for number in range(1, last + 1))
    return Applied(text=text, lines=frozenset(lines), spans=tuple(ranges(rows)))


def _forward(text: str, hunks: Sequence[Hunk], slide: int) -> Applied | None:
    rows = text.split("\n")
    done: list[str] = []
    lines: set[int] = set()
    taken = moved = 0
    for hunk in hunks:
        old = hunk.old
        wanted = (hunk.old_start - 1 if old else hunk.old_start) + moved
        at = _find(rows, old, wanted, low=taken, slide=slide)
        if at is None:
            return None
        moved += at - wanted
        done += rows[taken:at]
        number = len(done) + 1
        for tag, _ in hunk.lines:
            if tag == "+":
                lines.add(number)
            number += tag != "-"
        done += hunk.new
        taken = at + len(old)
    return Applied(text="\n".join([*done, *rows[taken:]]), lines=frozenset(lines))


def _already(text: str, hunks: Sequence[Hunk], slide: int) -> Applied | None:
    rows = text.split("\n")
    lines: set[int] = set()
    taken = 0
    for hunk in hunks:
        at = _find(rows, hunk.new, hunk.new_start - 1, low=taken, slide=slide)
        if at is None:
            return None
        number = at + 1
        for tag, _ in hunk.lines:
            if tag == "+":
                lines.add(number)
            number += tag != "-"
        taken = at + len(hunk.new)
    return Applied(text=text, lines=frozenset(lines))


def _find(rows: list[str], wanted: list[str], at: int, *, low: int, slide: int) -> int | None:
    """Where the wanted lines stand, nearest to where they should and not before ``low``."""
    size = len(wanted)
    for distance in range(slide + 1):
        for place in (at - distance, at + distance) if distance else (at,):
            if not low <= place <= len(rows) - size:
                continue
            # The first line alone tells most places that are wrong: a copy of a long hunk for each would take minutes.
            if rows[place : place + min(size, 1)] == wanted[:1] and rows[place : place + size] == wanted:
                return place
    return None
