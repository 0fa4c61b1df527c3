"""Tables as lines: how a row of cells becomes one line of text, for csv files and html tables alike."""

from collections.abc import Sequence

ROW_CHARS_MAX = 8_000
COLUMNS_MAX = 256


def row_text(header: Sequence[str], cells: Sequence[str]) -> str:
    """One row as one line: ``name: value; name: value`` under a header, else ``value | value``. Bounded.

    Empty cells are left out where they can be told by their names.
    """
    shown = [" ".join(cell[:ROW_CHARS_MAX].split()) for cell in cells[:COLUMNS_MAX]]
    if header and len(cells) <= len(header):
        parts = [f"{name}: {cell}" if name else cell for name, cell in zip(header, shown, strict=False) if cell]
        line = "; ".join(parts)
    else:
        line = " | ".join(shown) if any(shown) else ""
    return line[:ROW_CHARS_MAX]


def is_header(cells: Sequence[str]) -> bool:
    """Whether a first row names the columns: every cell has words, none is a number, none occurs twice."""
    names = [cell.strip() for cell in cells]
    named = [name for name in names if name]
    return (
        len(named) >= max(1, len(names) - 1)
        and all(any(char.isalpha() for char in name) and len(name) <= 80 for name in named)
        and not any(name[0].isdigit() or name[0] in "=+@" for name in named)
        and len(set(named)) == len(named)
    )
