"""From printed lines back to paragraphs: gaps, indents, short last lines, and words that a line end divided."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from futurone_server.tools.documents.lines import is_bullet
from futurone_server.tools.documents.transcript import Kind

_HYPHENS = "-\u2010\u00ad"
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_FIRST_WORD = re.compile(r"[^\W\d_]+")
_LAST_WORD = re.compile(r"[^\W\d_]+\Z")
_DIGITS = re.compile(r"\d+|\b[ivxlc]+\b", re.IGNORECASE)
_SENTENCE_END = (".", "?", "!", ":", "”", '."')
_LONE_BULLET = re.compile(r"[-*+•‣◦·–▪●○■]\Z")

_GAP = 1.35
_FULL_LINE_SHARE = 0.75
_INDENT_SHARE = 0.8
_SIZE_STEP = 1.25
_SAME_LINE_SHARE = 0.3
_RUNNING_PAGES_MIN = 4
_RUNNING_STEP = 1.1
_COLUMN_POINTS = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Printed:
    """One printed line. Lengths are points, the origin is below on the left.

    ``is_fixed``: set in type of one width; ``is_cut``: its last word goes on in the next line without a hyphen;
    ``is_faint``: a reader can hardly see it.
    """

    text: str
    left: float
    right: float
    baseline: float
    size: float
    is_fixed: bool
    is_cut: bool
    is_faint: bool = False


def word_list(pages: Sequence[Sequence[Printed]]) -> Counter[str]:
    """How often each word is printed in one piece: it decides about a word that a line end divided."""
    return Counter(
        word.casefold() for lines in pages for line in lines for word in _WORD.findall(line.text.strip(_HYPHENS))
    )


def running_lines(pages: Sequence[Sequence[Printed]], kept: Collection[tuple[int, int]]) -> frozenset[tuple[int, int]]:
    """Headers and footers: the same first or last line, but for numbers, on several pages. As (page, line)."""
    usual = usual_size(pages)
    edges = [
        (page, at)
        for page, lines in enumerate(pages)
        for at in {0, len(lines) - 1}
        if lines and lines[at].size <= usual * _RUNNING_STEP and (page, at) not in kept
    ]
    texts = {edge: _DIGITS.sub("#", pages[edge[0]][edge[1]].text.casefold()) for edge in edges}
    often = Counter(texts.values())
    return frozenset(edge for edge, text in texts.items() if often[text] >= _RUNNING_PAGES_MIN)


def usual_size(pages: Sequence[Sequence[Printed]]) -> float:
    """The size in which most characters are printed; 0 without any."""
    sizes: Counter[float] = Counter()
    for lines in pages:
        for line in lines:
            sizes[line.size] += len(line.text)
    return min(sizes, key=lambda size: (-sizes[size], size), default=0.0)


def paragraphs(lines: Sequence[Printed], known: Counter[str]) -> Iterator[tuple[Kind, str]]:
    """The paragraphs, list items and pieces of code of some lines of one page."""
    leadings = {is_fixed: _leading(lines, is_fixed=is_fixed) for is_fixed in (False, True)}
    columns = _columns(lines)
    held: list[Printed] = []
    for line in lines:
        if _LONE_BULLET.match(line.text):
            continue
        if held and _begins(held, line, leadings[line.is_fixed], columns):
            yield _block(held, known)
            held = []
        held.append(line)
    if held:
        yield _block(held, known)


def _begins(held: Sequence[Printed], line: Printed, leading: float, columns: dict[int, float]) -> bool:
    """Whether a line begins a new paragraph."""
    before = held[-1]
    down = before.baseline - line.baseline
    if abs(down) < before.size * _SAME_LINE_SHARE:
        return False
    if before.is_fixed != line.is_fixed or down < 0 or down > leading * _GAP:
        return True
    if not line.size / _SIZE_STEP <= before.size <= line.size * _SIZE_STEP or is_bullet(line.text):
        return True
    if before.is_fixed or before.is_cut:
        return False
    is_indented = line.left > before.left + before.size * _INDENT_SHARE and not is_bullet(held[0].text)
    reach = max(one.right for one in (*held, line)) if len(held) > 1 else columns[_column(before)]
    is_short = before.right - before.left < (reach - before.left) * _FULL_LINE_SHARE and not _is_divided(before.text)
    return is_short or (is_indented and before.text.endswith(_SENTENCE_END))


def goes_on(before: tuple[Kind, str], after: tuple[Kind, str]) -> bool:
    """Whether what a page begins with is the rest of the last paragraph of the page before."""
    is_open = before[0] in {Kind.PROSE, Kind.ITEM} and not before[1].endswith(_SENTENCE_END)
    return is_open and after[0] is Kind.PROSE and after[1][0].islower()


def joined(left: str, right: str, known: Counter[str], *, is_cut: bool = False) -> str:
    """Two lines as one: a divided word is put together as it is printed elsewhere, else without its hyphen."""
    if not is_cut and not left.endswith(tuple(_HYPHENS)):
        return f"{left} {right}"
    stem = left if is_cut else left[:-1]
    last, first = _LAST_WORD.search(stem), _FIRST_WORD.match(right)
    if last is None or first is None:
        # "--" and "-" before a name belong to it; after a digit, a hyphen is one.
        return f"{left}{'-' if is_cut else ''}{right}"
    in_one, divided = known[f"{last[0]}{first[0]}".casefold()], known[f"{last[0]}-{first[0]}".casefold()]
    is_likely = first[0][0].islower() or (last[0] + first[0]).isupper()
    is_one_word = in_one >= divided if in_one or divided else is_likely
    return f"{stem}{right}" if is_one_word else f"{stem}-{right}"


def _leading(lines: Sequence[Printed], *, is_fixed: bool) -> float:
    """The distance of two lines within a paragraph; on a page of single lines, most steps are gaps."""
    steps = sorted(
        before.baseline - line.baseline
        for before, line in pairwise(lines)
        if before.is_fixed == line.is_fixed == is_fixed
        and max(before.size, 1) * _SAME_LINE_SHARE < before.baseline - line.baseline < 2.5 * max(before.size, 1)
    )
    return steps[len(steps) // 4] if steps else 14.0


def _column(line: Printed) -> int:
    return round(line.left / _COLUMN_POINTS)


def _columns(lines: Sequence[Printed]) -> dict[int, float]:
    """How far to the right lines of prose reach that begin about where a line begins."""
    reach: dict[int, float] = {}
    for line in lines:
        if line.is_fixed:
            continue
        for near in range(_column(line) - 1, _column(line) + 2):
            reach[near] = max(reach.get(near, line.right), line.right)
    return reach


def _is_divided(text: str) -> bool:
    return len(text) > 1 and text[-1] in _HYPHENS and text[-2].isalpha()


def _block(held: Sequence[Printed], known: Counter[str]) -> tuple[Kind, str]:
    if all(line.is_fixed for line in held):
        return Kind.CODE, "\n".join(line.text for line in held)
    text = held[0].text
    for before, line in pairwise(held):
        text = joined(text, line.text, known, is_cut=before.is_cut)
    return Kind.ITEM if is_bullet(text) else Kind.PROSE, text
