"""CSV files: each row one line and one section, so that a quote can say which row it is from."""

import csv
import io
from collections.abc import Iterator, Sequence

from futurone_server.tools.documents.document import (
    SECTIONS_MAX,
    TEXT_CHARS_MAX,
    Block,
    BlockKind,
    Section,
    SectionKind,
)
from futurone_server.tools.documents.table import COLUMNS_MAX, ROW_CHARS_MAX, is_header, row_text

_SAMPLE_LINES = 20
_SAMPLE_CHARS = 65_536
_DELIMITERS = ",;\t|"


def parse_sheet(raw: str, *, delimiter: str | None = None) -> tuple[str, tuple[Section, ...], tuple[str, ...]]:
    """The canonical text of a table (a row is one line), its sections, and notes.

    The first row names the columns if it looks like names. Row numbers count records of the file from 1, header
    included. Formulas stay the text they are.
    """
    rows, notes = _rows(raw, delimiter or _delimiter(raw))
    header = (
        [" ".join(cell[:200].split()) for cell in rows[0][1][:COLUMNS_MAX]] if rows and is_header(rows[0][1]) else []
    )
    parts: list[str] = []
    sections: list[Section] = []
    at = 0
    for number, cells in rows[1:] if header else rows:
        line = row_text(header, cells)
        if not line:
            continue
        if at + len(line) > TEXT_CHARS_MAX:
            notes.append(f"rows from {number} on were left out")
            break
        sections.append(_row_section(number, at, at + len(line)))
        parts.append(line)
        at += len(line) + 1
    return "\n".join(parts), tuple(sections), tuple(notes)


def _row_section(number: int, start: int, end: int) -> Section:
    # Without a title: a row's number must not be taken for a word about what it says.
    row = Block(kind=BlockKind.ROW, start=start, end=end)
    path = (f"row {number}",)
    return Section(title="", path=path, start=start, end=end, body=start, kind=SectionKind.ROW, blocks=(row,))


def _rows(raw: str, delimiter: str) -> tuple[list[tuple[int, list[str]]], list[str]]:
    rows: list[tuple[int, list[str]]] = []
    notes: list[str] = []
    reader = csv.reader(io.StringIO(raw, newline=""), delimiter=delimiter)
    try:
        for number, cells in enumerate(reader, 1):
            if len(rows) >= SECTIONS_MAX:
                notes.append(f"only the first {SECTIONS_MAX} rows were read")
                break
            rows.append((number, cells[: COLUMNS_MAX + 1]))
    except csv.Error as error:
        notes.append(f"reading stopped after row {len(rows)}: {error}")
    notes.extend(_cut(rows))
    return rows, notes


def _cut(rows: Sequence[tuple[int, list[str]]]) -> Iterator[str]:
    if any(len(cells) > COLUMNS_MAX for _, cells in rows):
        yield f"only the first {COLUMNS_MAX} columns of a row were read"
    if any(sum(map(len, cells)) > ROW_CHARS_MAX for _, cells in rows):
        yield f"rows longer than {ROW_CHARS_MAX} characters were cut"


def _delimiter(raw: str) -> str:
    """The separator that divides the first lines most evenly."""
    sample = [line for line in raw[:_SAMPLE_CHARS].splitlines()[:_SAMPLE_LINES] if line.strip()]
    if not sample:
        return ","

    def evenness(candidate: str) -> tuple[float, int]:
        counts = [line.count(candidate) for line in sample]
        usual = max(set(counts), key=lambda count: (counts.count(count), count))
        return (counts.count(usual) / len(counts) if usual else 0.0, usual)

    return max(_DELIMITERS, key=evenness)
