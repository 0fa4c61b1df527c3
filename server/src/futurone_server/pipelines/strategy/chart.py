"""Bars as a small drawing that stands in the page: no script, no address, every value also as text."""

from collections.abc import Sequence
from decimal import Decimal
from xml.sax.saxutils import escape

BARS_MAX = 20
_WIDTH_PX, _LABEL_PX, _GAP_PX = 620, 205, 8
_ROW_PX, _BAR_HEIGHT_PX, _LINE_PX = 26, 18, 15
_FONT_PX = 13
_NARROW = frozenset("fijlrtI.,:;'’|!()[]/ -")
_BROAD = frozenset("mwMW@%…–—")
_LINES_MAX = 2
_ELLIPSIS = "…"


def bars(title: str, rows: Sequence[tuple[str, Decimal, str]]) -> str:
    """A bar chart: label, length from 0, and what is written at its end. Empty for nothing to draw."""
    drawn = [row for row in rows if row[1] >= 0][:BARS_MAX]
    longest = max((length for _, length, _ in drawn), default=Decimal(0))
    if not longest:
        return ""
    labels = [label_lines(label, _LABEL_PX - _GAP_PX) for label, _, _ in drawn]
    told_px = max(width_px(value) for _, _, value in drawn)
    bar_px = max(20, _WIDTH_PX - _LABEL_PX - 3 * _GAP_PX - int(told_px))
    tops = [4]
    for lines in labels:
        tops.append(tops[-1] + _ROW_PX + _LINE_PX * (len(lines) - 1))
    told = "; ".join(f"{label}: {value}" for label, _, value in drawn)
    parts = [
        f'<svg role="img" viewBox="0 0 {_WIDTH_PX} {tops[-1] + 4}" width="{_WIDTH_PX}" height="{tops[-1] + 4}"'
        f' font-size="{_FONT_PX}" font-family="sans-serif" xmlns="http://www.w3.org/2000/svg">',
        f"<title>{escape(title)}</title>",
        f"<desc>{escape(told)}</desc>",
    ]
    for top, lines, (_, length, value) in zip(tops, labels, drawn, strict=False):
        parts.append(_row(top, lines, max(1, int(length / longest * bar_px)), value))
    return "\n".join([*parts, "</svg>"])


def label_lines(label: str, most_px: float) -> tuple[str, ...]:
    """A label on at most two lines of a width; one that is longer loses its middle and keeps both ends."""
    kept = len(label)
    while True:
        lines = _wrapped(_shortened(label, kept), most_px)
        if len(lines) <= _LINES_MAX or kept <= 2:
            return tuple(lines[:_LINES_MAX])
        kept -= 1


def width_px(text: str) -> float:
    """About how wide a text is in the type of the labels, rather too wide than too narrow."""
    return sum(_em(char) for char in text) * _FONT_PX


def _row(top: int, lines: Sequence[str], width: int, value: str) -> str:
    middle = top + (_LINE_PX * (len(lines) - 1)) // 2
    label = "".join(
        f'<text x="{_LABEL_PX}" y="{top + 15 + at * _LINE_PX}" text-anchor="end">{escape(line)}</text>'
        for at, line in enumerate(lines)
    )
    left = _LABEL_PX + _GAP_PX
    return (
        f'{label}<rect x="{left}" y="{middle + 2}" width="{width}" height="{_BAR_HEIGHT_PX}" fill="#4a7fb5"/>'
        f'<text x="{left + width + _GAP_PX}" y="{middle + 15}">{escape(value)}</text>'
    )


def _shortened(label: str, kept: int) -> str:
    if kept >= len(label):
        return label
    ahead = (kept + 1) // 2
    return f"{label[:ahead].rstrip()}{_ELLIPSIS}{label[len(label) - (kept - ahead) :].lstrip()}"


def _wrapped(text: str, most_px: float) -> list[str]:
    """Lines of a width, divided between words, and inside a word only where it is wider than a line."""
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}".strip()
        if width_px(joined) <= most_px:
            lines[-1] = joined
            continue
        if lines[-1]:
            lines.append("")
        for char in word:
            if width_px(lines[-1] + char) > most_px:
                lines.append("")
            lines[-1] += char
    return lines


def _em(char: str) -> float:
    if char in _NARROW:
        return 0.42
    if char in _BROAD or ord(char) > 0x2E7F:
        return 1.05
    return 0.78 if char.isupper() else 0.66
