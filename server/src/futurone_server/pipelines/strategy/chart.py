"""Bars as a small drawing that stands in the page: no script, no address, every value also as text."""

from collections.abc import Sequence
from decimal import Decimal
from xml.sax.saxutils import escape

BARS_MAX = 20
_LABEL_CHARS_MAX = 28
_BAR_PX = 300
_ROW_PX = 26


def bars(title: str, rows: Sequence[tuple[str, Decimal, str]]) -> str:
    """A bar chart: label, length from 0, and what is written at its end. Empty for nothing to draw."""
    drawn = [row for row in rows if row[1] >= 0][:BARS_MAX]
    longest = max((length for _, length, _ in drawn), default=Decimal(0))
    if not longest:
        return ""
    height = _ROW_PX * len(drawn) + 8
    told = "; ".join(f"{label}: {value}" for label, _, value in drawn)
    lines = [
        f'<svg role="img" viewBox="0 0 620 {height}" width="620" height="{height}" xmlns="http://www.w3.org/2000/svg">',
        f"<title>{escape(title)}</title>",
        f"<desc>{escape(told)}</desc>",
    ]
    for at, (label, length, value) in enumerate(drawn):
        y = at * _ROW_PX + 4
        width = max(1, int(length / longest * _BAR_PX))
        shown = label if len(label) <= _LABEL_CHARS_MAX else f"{label[: _LABEL_CHARS_MAX - 1]}…"
        lines.append(
            f'<text x="205" y="{y + 15}" text-anchor="end">{escape(shown)}</text>'
            f'<rect x="213" y="{y + 2}" width="{width}" height="18" fill="#4a7fb5"/>'
            f'<text x="{220 + width}" y="{y + 15}">{escape(value)}</text>'
        )
    return "\n".join([*lines, "</svg>"])
