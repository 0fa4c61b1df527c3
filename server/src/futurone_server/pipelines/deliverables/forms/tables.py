"""Tables on paper: type and page are chosen so that no word is cut; only what is too long for any column is divided."""

import re
from enum import StrEnum
from html import unescape

_TABLE = re.compile(r"<div class=\"wide\">(?P<table><table>.*?</table>)</div>", re.DOTALL)
_ROW = re.compile(r"<tr>.*?</tr>", re.DOTALL)
_CELL = re.compile(r"(<t[hd][^>]*>)(.*?)(</t[hd]>)", re.DOTALL)
_TAG = re.compile(r"(<[^>]+>)")
_JOINT = re.compile(r"(?<=\w)(?=[(\[])|(?<=[-/_:#@)\]=&?])(?=\w)")
_BREAK = "<wbr>"

_WORD_MAX = 24
"""A longer word may be divided at its joints, and without any after so many letters."""

_GAP = 2
"""The space between two columns, in letters."""

_PLACE = re.compile(r"\S+:\d{1,6}")


class Paper(StrEnum):
    """The page that all tables of a document fit on, from the smallest to the largest."""

    UPRIGHT = "A4"
    ACROSS = "A4 landscape"
    SHEET = "A3 landscape"


_FITS = (
    (66, "wide", Paper.UPRIGHT),
    (92, "wide small", Paper.UPRIGHT),
    (136, "wide small", Paper.ACROSS),
    (180, "wide tiny", Paper.ACROSS),
    (270, "wide tiny", Paper.SHEET),
)
"""How many letters of the longest words of all columns go side by side, and the classes and page that make it so."""

_TOO_WIDE = ("wide tiny cut", Paper.SHEET)
_SIZES = list(Paper)


def fit_tables(page: str) -> tuple[str, Paper]:
    """A page whose tables have the classes that their words need, and the paper for it.

    All pages are alike: one that lies across between others leaves those before and behind it half empty.
    """
    papers = [Paper.UPRIGHT]
    fitted = _TABLE.sub(lambda found: _fitted(found, papers), page)
    return fitted, max(papers, key=_SIZES.index)


def _fitted(found: re.Match[str], papers: list[Paper]) -> str:
    table = _CELL.sub(lambda cell: f"{cell[1]}{_divisible(cell[2])}{cell[3]}", found["table"])
    rows = [[_longest(cell[1]) for cell in _CELL.findall(row)] for row in _ROW.findall(table)]
    width = sum(max(column) + _GAP for column in zip(*rows, strict=False)) if rows else 0
    kind, paper = next(((kind, paper) for bound, kind, paper in _FITS if width <= bound), _TOO_WIDE)
    papers.append(paper)
    return f'<div class="{kind}">{table}</div>'


def _longest(cell: str) -> int:
    """The letters of the longest word of a cell that cannot be divided."""
    text = unescape(_TAG.sub("", re.sub(r"<br ?/?>", " ", cell.replace(_BREAK, " "))))
    return max((len(word) for word in re.split(r"[ \n]|(?<=-)(?=\w)", text)), default=0)


def _divisible(cell: str) -> str:
    """A cell in which very long words may be divided."""
    return "".join(part if part.startswith("<") else _with_breaks(part) for part in _TAG.split(cell))


def _with_breaks(text: str) -> str:
    return "".join(_word(word) for word in re.split(r"(\s+)", text))


def _word(word: str) -> str:
    if len(unescape(word)) <= _WORD_MAX:
        # Between a file's name and the number of its line a line would be broken else.
        return f'<span class="whole">{word}</span>' if _PLACE.fullmatch(word) else word
    return _BREAK.join(_pieces(word))


def _pieces(word: str) -> list[str]:
    """A long word at its joints, and what is still too long after so many letters."""
    found: list[str] = []
    for piece in _JOINT.split(unescape(word)):
        found += [piece[at : at + _WORD_MAX] for at in range(0, len(piece), _WORD_MAX)]
    return [_escaped(piece) for piece in found]


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
