"""The headings of printed pages: lines that the outline names, or else lines in larger type."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from futurone_server.tools.documents.formats.typesetting import Printed, usual_size

_LARGER = 1.15
_SIZES_MAX = 5
_CHARS_MAX = 120
_LINES_MAX = 3
_NUMBER_CHARS_MAX = 12
_LETTERS = re.compile(r"[^\W\d_]{3}")
_SHOWN = re.compile(r"\w+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Headline:
    """A heading that takes up some lines of a page."""

    level: int
    text: str
    lines: int


def by_outline(
    pages: Sequence[Sequence[Printed]], titles: Mapping[int, Sequence[tuple[int, str]]]
) -> dict[tuple[int, int], Headline]:
    """The lines, as (page, line), that a document's outline names; an entry that is not printed there is left out.

    ``titles`` are levels and titles by page. Where a title stands on its page twice, the larger type is the heading.
    """
    found: dict[tuple[int, int], Headline] = {}
    for page, entries in titles.items():
        lines = pages[page] if 0 <= page < len(pages) else ()
        after = 0
        for level, title in entries:
            places = [(at, count) for at, count in _printed_at(lines, title) if at >= after]
            if places:
                at, count = max(places, key=lambda place: (lines[place[0]].size, -place[0]))
                found[page, at] = _headline(lines, at, count, level)
                after = at + count
    return found


def by_size(pages: Sequence[Sequence[Printed]]) -> dict[tuple[int, int], Headline]:
    """The lines, as (page, line), that are set in clearly larger type than most of the text; larger is higher."""
    usual = usual_size(pages)
    sizes = sorted({line.size for lines in pages for line in lines if _is_large(line, usual)}, reverse=True)
    levels = {size: min(rank, _SIZES_MAX) for rank, size in enumerate(sizes, 1)}
    found: dict[tuple[int, int], Headline] = {}
    for page, lines in enumerate(pages):
        at = 0
        while at < len(lines):
            count = 0
            while at + count < len(lines) and count < _LINES_MAX and _goes_on(lines, at, count, usual):
                count += 1
            if count:
                found[page, at] = _headline(lines, at, count, levels[lines[at].size])
            at += count or 1
    return found


def _goes_on(lines: Sequence[Printed], at: int, count: int, usual: float) -> bool:
    line = lines[at + count]
    is_near = not count or 0 < lines[at + count - 1].baseline - line.baseline < 1.8 * line.size
    return _is_large(line, usual) and line.size == lines[at].size and is_near


def _is_large(line: Printed, usual: float) -> bool:
    return (
        line.size >= usual * _LARGER
        and len(line.text) <= _CHARS_MAX
        and line.text[-1] not in ".,;"
        and _LETTERS.search(line.text) is not None
    )


def _headline(lines: Sequence[Printed], at: int, count: int, level: int) -> Headline:
    return Headline(level=level, text=" ".join(line.text for line in lines[at : at + count]), lines=count)


def _printed_at(lines: Sequence[Printed], title: str) -> list[tuple[int, int]]:
    """Where a title is printed: first line and number of lines. A number may stand before it."""
    wanted = _bare(title)
    found = []
    for at in range(len(lines)):
        printed = ""
        for count in range(1, min(_LINES_MAX, len(lines) - at) + 1):
            printed += _bare(lines[at + count - 1].text)
            if wanted and printed.endswith(wanted) and len(printed) - len(wanted) <= _NUMBER_CHARS_MAX:
                found.append((at, count))
                break
            if len(printed) > len(wanted) + _NUMBER_CHARS_MAX:
                break
    return found


def _bare(text: str) -> str:
    return "".join(_SHOWN.findall(text.casefold()))
