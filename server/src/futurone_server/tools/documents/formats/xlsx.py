"""Spreadsheets: a heading per sheet, each row one line that says its number, values as the program last saw them."""

import datetime as dt
import io
import re
from collections.abc import Sequence
from zipfile import ZipFile

from openpyxl import load_workbook
from openpyxl.cell.read_only import EmptyCell, ReadOnlyCell
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from futurone_server.tools.documents.document import SECTIONS_MAX
from futurone_server.tools.documents.formats.archive import open_archive, read_member
from futurone_server.tools.documents.refusals import BROKEN
from futurone_server.tools.documents.table import COLUMNS_MAX, ROW_CHARS_MAX, is_header, row_text
from futurone_server.tools.documents.transcript import Kind, Refused, Transcript

CELLS_MAX = 500_000
"""Cells beyond these are left out, with a note."""

ROW_NUMBER_MAX = 1_048_576
"""No program writes a row beyond this one; the empty rows up to it would be counted one by one."""

_UNCALCULATED = re.compile(rb"(?:</f>|<f[^<>]{0,300}/>)\s{0,9}(?:<v\s?/>|<v></v>|</c>)")
_MIDNIGHT = dt.time()


def read(data: bytes, transcript: Transcript) -> None:
    """Read a spreadsheet. Hidden sheets, charts and formulas are left out; a formula's last value is read."""
    archive = open_archive(data)
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    if any(name.casefold().endswith("vbaproject.bin") for name in archive.namelist()):
        transcript.note("it holds macros, which were not read")
    transcript.title = str(book.properties.title or "")
    _note_uncalculated(archive, transcript)
    hidden = 0
    reading = _Reading(transcript)
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            hidden += 1
        elif not reading.read_sheet(sheet):
            break
    if hidden:
        transcript.note(f"{hidden} hidden {'sheet was' if hidden == 1 else 'sheets were'} left out")
    for note in reading.notes:
        transcript.note(note)


def _note_uncalculated(archive: ZipFile, transcript: Transcript) -> None:
    count = sum(
        sum(1 for _ in _UNCALCULATED.finditer(read_member(archive, name)))
        for name in archive.namelist()
        if name.startswith("xl/worksheets/") and name.endswith(".xml")
    )
    if count:
        what = "1 formula has" if count == 1 else f"{count} formulas have"
        transcript.note(f"{what} no stored value; open the file in its program and save it")


class _Reading:
    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript
        self._cells = 0
        self._rows = 0
        self._sheet = ""
        self.notes: dict[str, None] = {}

    def read_sheet(self, sheet: ReadOnlyWorksheet) -> bool:
        """Read one sheet; False when no more may be read."""
        # What a sheet says of its size is often wrong, and may be a lie.
        sheet.reset_dimensions()
        header: tuple[int, list[str]] | None = None
        names: list[str] = []
        for number, row in enumerate(sheet.iter_rows(), 1):
            if number > ROW_NUMBER_MAX:
                raise Refused(BROKEN)
            cells = self._shown(row)
            if not any(cells):
                continue
            if self._rows >= SECTIONS_MAX or self._cells > CELLS_MAX:
                self.notes[f"rows of the sheet {sheet.title} from {number} on were left out"] = None
                return False
            if header is None and len(cells) > 1:
                header = (number, cells)
                if is_header(cells):
                    names = [name[:200] for name in cells]
                    continue
            self._add(sheet.title, number, row_text(names, cells))
        if header and names and sheet.title != self._sheet:
            self._add(sheet.title, header[0], row_text([], header[1]))  # a row that names columns, and no row below
        return True

    def _add(self, title: str, number: int, line: str) -> None:
        if title != self._sheet:
            self._transcript.add(Kind.PAGE, "")
            self._transcript.add(Kind.HEADING, title, level=1)
            self._sheet = title
        self._transcript.add(Kind.RECORD, f"row {number}")
        self._transcript.add(Kind.ROW, line)
        self._rows += 1

    def _shown(self, row: Sequence[ReadOnlyCell | EmptyCell]) -> list[str]:
        self._cells += len(row)
        if len(row) > COLUMNS_MAX:
            self.notes[f"only the first {COLUMNS_MAX} columns of a row were read"] = None
        cells = [_shown(cell) for cell in row[:COLUMNS_MAX]]
        while cells and not cells[-1]:
            cells.pop()
        if sum(map(len, cells)) > ROW_CHARS_MAX:
            self.notes[f"rows longer than {ROW_CHARS_MAX} characters were cut"] = None
        return cells


def _shown(cell: ReadOnlyCell | EmptyCell) -> str:
    """A value as people read it: days without midnight, numbers without the noise of binary fractions."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == _MIDNIGHT else value.isoformat(" ", "seconds")
    if isinstance(value, int | float):
        is_share = isinstance(cell, ReadOnlyCell) and str(cell.number_format).endswith("%")
        return f"{value * 100:.15g}%" if is_share else f"{value:.15g}"
    return " ".join(str(value)[:ROW_CHARS_MAX].split())
