"""Tables on paper: type and page are chosen so that no word is cut; only what is too long for any column is divided."""

import re
from html import unescape

_TABLE = re.compile(
    r"(?P<head>(?:<h[1-6]>[^\n]*</h[1-6]>\n)?)<div class=\"wide\">(?P<table><table>.*?</table>)</div>", re.DOTALL
)
_ROW = re.compile(r"<tr>.*?</tr>", re.DOTALL)
_CELL = re.compile(r"(<t[hd][^>]*>)(.*?)(</t[hd]>)", re.DOTALL)
_TAG = re.compile(r"(<[^>]+>)")
_JOINT = re.compile(r"(?<=\w)(?=[(\[])|(?<=[-/_:#@)\]=&?])(?=\w)")
_BREAK = "<wbr>"

_WORD_MAX = 24
"""A longer word may be divided at its joints, and without any after so many letters."""

_GAP = 2
"""The space between two columns, in letters."""

_FITS = (
    (66, "wide"),
    (92, "wide small"),
    (136, "wide small landscape"),
    (180, "wide tiny landscape"),
    (270, "wide tiny sheet"),
)
"""How many letters of the longest words of all columns go side by side, and the classes that make it so."""

_TOO_WIDE = "wide tiny sheet cut"


def fit_tables(page: str) -> str:
    """A page whose tables have the classes that their words need: smaller type, a page across, a larger sheet."""
    return _TABLE.sub(_fitted, page)


def _fitted(found: re.Match[str]) -> str:
    table = _CELL.sub(lambda cell: f"{cell[1]}{_divisible(cell[2])}{cell[3]}", found["table"])
    rows = [[_longest(cell[1]) for cell in _CELL.findall(row)] for row in _ROW.findall(table)]
    width = sum(max(column) + _GAP for column in zip(*rows, strict=False)) if rows else 0
    kind = next((kind for bound, kind in _FITS if width <= bound), _TOO_WIDE)
    # On a page of its own a table takes its heading along.
    if kind.endswith(("landscape", "sheet", "cut")):
        return f'<div class="{kind}">{found["head"]}{table}</div>'
    return f'{found["head"]}<div class="{kind}">{table}</div>'


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
        return word
    return _BREAK.join(_pieces(word))


def _pieces(word: str) -> list[str]:
    """A long word at its joints, and what is still too long after so many letters."""
    found: list[str] = []
    for piece in _JOINT.split(unescape(word)):
        found += [piece[at : at + _WORD_MAX] for at in range(0, len(piece), _WORD_MAX)]
    return [_escaped(piece) for piece in found]


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
