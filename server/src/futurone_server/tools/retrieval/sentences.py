"""Text into quotable pieces with exact offsets: sentences, list items, rows, pieces of code."""

import re
from collections.abc import Iterator

from futurone_server.tools.documents import Block, BlockKind
from futurone_server.tools.retrieval.words import ABBREVIATIONS

PIECE_CHARS_MAX = 700
"""A longer piece is cut at white space."""

_STOP = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’»)\]*_`]{0,4}(?=\s)|[。！？]+")
_LAST_WORD = re.compile(r"[\w.]{1,20}\Z")
_SHOWN = re.compile(r"\S")
_OPENING = "\"'“‘«([*_`"


def pieces(text: str, block: Block) -> Iterator[tuple[int, int]]:
    """The quotable pieces of a block as (start, end), in order; none is empty or longer than ``PIECE_CHARS_MAX``."""
    whole = _trimmed(text, block.start, block.end)
    if whole is None:
        return
    spans = _sentences(text, *whole) if block.kind in {BlockKind.PROSE, BlockKind.ITEM} else iter([whole])
    for start, end in spans:
        yield from _bounded(text, start, end)


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    at = start
    for stop in _STOP.finditer(text, start, end):
        if stop.end() < end and not _ends_sentence(text, at, stop.start(), stop.end(), end):
            continue
        span = _trimmed(text, at, stop.end())
        if span:
            yield span
        at = stop.end()
    span = _trimmed(text, at, end)
    if span:
        yield span


def _ends_sentence(text: str, start: int, stop: int, after: int, end: int) -> bool:
    if text[stop] != ".":
        return True
    word = _LAST_WORD.search(text[max(start, stop - 20) : stop])
    last = word.group().lower() if word else ""
    is_initial = len(last) == 1 and last.isalpha() and text[stop - 1].isupper()
    is_list_number = stop - start <= 5 and last.isdigit() and not text[start : stop - len(last)].strip()
    if last in ABBREVIATIONS or is_initial or is_list_number:
        return False
    following = _SHOWN.search(text, after, min(after + 80, end))
    return following is None or not following.group().islower()


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    shown = _SHOWN.search(text, start, end)
    if shown is None:
        return None
    while text[end - 1].isspace():
        end -= 1
    return shown.start(), end


def _bounded(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > PIECE_CHARS_MAX:
        cut = start + PIECE_CHARS_MAX
        line, gap = text.rfind("\n", start + 1, cut), text.rfind(" ", start + 1, cut)
        cut = next((at for at in (line, gap) if at > start + PIECE_CHARS_MAX // 2), cut)
        span = _trimmed(text, start, cut)
        if span:
            yield span
        rest = _trimmed(text, cut, end)
        if rest is None:
            return
        start, end = rest
    yield start, end
