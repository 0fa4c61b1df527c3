"""Tables with a place for each cell, from csv, spreadsheets, Markdown, and from the task itself."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from futurone_server.pipelines.strategy.amount import has_decimal_commas
from futurone_server.tools.documents import BlockKind, Document, SectionKind

ROWS_MAX = 500
COLUMNS_MAX = 60

_PIPE_ROW = re.compile(r"\s*\|.*\|\s*\Z|[^|\n]+(?:\|[^|\n]*)+\Z")
_RULE_ROW = re.compile(r"\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*\Z")


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell: its text and where it stands, in words that a person can follow."""

    text: str
    place: str
    doubt: str = ""
    """Why it is not known what the text is of; empty where it is known."""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table: a header and rows of the same width."""

    source: str
    header: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    has_comma: bool = False
    """Whether decimals stand after a comma."""


def grids_of_bytes(name: str, text: str, *, delimiter: str | None = None) -> Iterator[Grid]:
    """The table of a csv file; places are like ``prices.csv B3``."""
    mark = delimiter or max(",;\t|", key=lambda one: text[:4000].count(one))
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))[: ROWS_MAX + 1]
    told = [
        tuple(Cell(text=" ".join(cell.split()), place=f"{name} {column(at)}{number}") for at, cell in enumerate(row))
        for number, row in enumerate(rows, 1)
        if any(cell.strip() for cell in row)
    ]
    texts = [cell.text for row in told[1:] for cell in row]
    yield from _grid(name, told, has_comma=has_decimal_commas(texts, is_likely=mark == ";"))


def grids_of_lines(name: str, text: str, *, word: str = "line") -> Iterator[Grid]:
    """Every Markdown table in a text; places are like ``notes.md line 7, column 2``."""
    held: list[tuple[Cell, ...]] = []
    has_rule = False
    for number, line in enumerate([*text.splitlines(), ""], 1):
        if _RULE_ROW.match(line) and held:
            has_rule = True
        elif "|" in line and _PIPE_ROW.match(line):
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
            held.append(
                tuple(
                    Cell(text=cell.replace("\\|", "|"), place=f"{name} {word} {number}, column {at}")
                    for at, cell in enumerate(cells, 1)
                )
            )
        else:
            if has_rule:
                yield from _grid(name, held)
            held, has_rule = [], False


def grids_of_rows(document: Document) -> Iterator[Grid]:
    """The tables of a spreadsheet that was read as text: each row is ``name: value; name: value``."""
    by_sheet: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for section in document.sections:
        for block in section.blocks:
            if block.kind is BlockKind.ROW:
                where = section.path[-1] if section.kind is SectionKind.ROW and section.path else ""
                by_sheet.setdefault(section.path[:-1], []).append((where, document.text[block.start : block.end]))
    for sheet, lines in by_sheet.items():
        rows = [dict(_named(line)) for _, line in lines[:ROWS_MAX]]
        names = list(dict.fromkeys(name for row in rows for name in row))[:COLUMNS_MAX]
        told = " ".join((document.name, *sheet))
        if not names:
            continue
        yield Grid(
            source=document.name,
            header=tuple(Cell(text=name, place=f"{told} header") for name in names),
            rows=tuple(
                tuple(Cell(text=row.get(name, ""), place=f"{told} {where}, {name}") for name in names)
                for (where, _), row in zip(lines, rows, strict=False)
            ),
        )


def column(at: int) -> str:
    """A column's letters, from 0: A, B … Z, AA."""
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _named(line: str) -> Iterator[tuple[str, str]]:
    for part in line.split("; "):
        name, colon, value = part.partition(": ")
        if colon:
            yield name, value


def _grid(name: str, rows: Sequence[tuple[Cell, ...]], *, has_comma: bool = False) -> Iterator[Grid]:
    if len(rows) < 2 or len(rows[0]) < 2:
        return
    width = len(rows[0])
    even = tuple(tuple(_even(row, width))[:COLUMNS_MAX] for row in rows[1 : ROWS_MAX + 1])
    yield Grid(source=name, header=rows[0][:COLUMNS_MAX], rows=even, has_comma=has_comma)


def _even(row: tuple[Cell, ...], width: int) -> Iterator[Cell]:
    """A row of the header's width; where it has more cells or fewer, which belongs where cannot be told."""
    filled = len(row) - next((at for at, cell in enumerate(reversed(row)) if cell.text), len(row))
    beyond = ", ".join(cell.place for cell in row[width:filled])
    doubt = f"its row has {filled} cells and the header {width}" if filled > width or len(row) < width else ""
    doubt += f": there is nothing above {beyond}" if beyond else ""
    for at in range(width):
        cell = row[at] if at < len(row) else Cell(text="", place=f"after {row[-1].place}")
        yield replace(cell, doubt=doubt) if doubt and at else cell
