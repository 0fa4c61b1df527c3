"""PDF files: a place per page, headings from the outline or the size of the type, paragraphs from the printed lines."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pypdfium2.raw as pdfium
from pypdfium2 import PdfDocument, PdfiumError, PdfTextPage

from futurone_server.tools.documents.formats.headlines import Headline, by_outline, by_size
from futurone_server.tools.documents.formats.typesetting import (
    Printed,
    goes_on,
    joined,
    paragraphs,
    running_lines,
    word_list,
)
from futurone_server.tools.documents.refusals import BROKEN, ENCRYPTED
from futurone_server.tools.documents.transcript import Kind, Refused, Transcript

PAGES_MAX = 3_000
"""Pages beyond these are left out, with a note."""

LINES_MAX = 300_000
OUTLINE_MAX = 5_000

_LINE = re.compile(r"([^\r\n\ufffe\x02]+)(\ufffe|\x02)?")
_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
_FIXED_PITCH = 0x1
_FIXED_NAME = re.compile(rb"mono|courier|consol|typewriter|cmtt|sftt|menlo", re.IGNORECASE)
_FONT_NAME_BYTES = 128
_DOTS = re.compile(r"(?:[ \t]?[.·…]){5,}[ \t]*")
_RANGES_MAX = 8
_FAINT_SIZE = 2.0
_WHITE_MIN = 250


def read(data: bytes, transcript: Transcript) -> None:
    """Read a PDF file. Images are not read: pages that hold nothing else are named in a note."""
    document = _open(data)
    transcript.title = str(document.get_metadata_dict().get("Title") or "")
    count = len(document)
    if count > PAGES_MAX:
        transcript.note(f"only the first {PAGES_MAX} pages were read")
    pages = list(_pages(document, min(count, PAGES_MAX)))
    if sum(map(len, pages)) >= LINES_MAX:
        transcript.note(f"only the first {LINES_MAX} lines were read")
    blank = [number for number, lines in enumerate(pages, 1) if not lines]
    if blank:
        holds = "hold" if len(blank) > 1 else "holds"
        transcript.note(f"{_ranges(blank)} {holds} no text (scanned images are not read)")
    faint = [number for number, lines in enumerate(pages, 1) if any(line.is_faint for line in lines)]
    if faint:
        holds = "hold" if len(faint) > 1 else "holds"
        transcript.note(f"{_ranges(faint)} {holds} text that can hardly be seen (white, tiny or drawn without ink)")
    _write(pages, _headlines(document, pages), transcript)


def _open(data: bytes) -> PdfDocument:
    try:
        return PdfDocument(data)
    except PdfiumError as error:
        is_locked = error.err_code in {pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY}
        raise Refused(ENCRYPTED if is_locked else BROKEN) from None


def _pages(document: PdfDocument, count: int) -> Iterator[list[Printed]]:
    left = LINES_MAX
    for index in range(count):
        try:
            page = document[index]
            text_page = page.get_textpage()
        except PdfiumError:
            yield []
            continue
        lines = list(_lines(text_page))[:left]
        left -= len(lines)
        text_page.close()
        page.close()
        yield lines


def _lines(page: PdfTextPage) -> Iterator[Printed]:
    text = page.get_text_range()
    at, counted = 0, 0
    for found in _LINE.finditer(text):
        raw = found.group(1)
        shown = raw.strip()
        if not shown:
            continue
        first = found.start() + len(raw) - len(raw.lstrip())
        counted += _units(text[at:first])
        at = first
        last = counted + _units(shown) - 1
        yield _printed(
            page, _DOTS.sub(" … ", shown.translate(_LIGATURES)), counted, last, is_cut=found.group(2) is not None
        )


def _units(text: str) -> int:
    """How many places a text takes in PDFium's own count, which is in UTF-16."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _printed(page: PdfTextPage, text: str, first: int, last: int, *, is_cut: bool) -> Printed:
    begin, end = (max(0, pdfium.FPDFText_GetCharIndexFromTextIndex(page, at)) for at in (first, last))
    left, baseline = pdfium.c_double(), pdfium.c_double()
    pdfium.FPDFText_GetCharOrigin(page, begin, left, baseline)
    box = pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(page, end, box)
    size = max(_size(page, begin), _size(page, end))  # bullets and references are smaller than their line
    return Printed(
        text=text,
        left=left.value,
        right=box.right,
        baseline=baseline.value,
        size=size,
        is_fixed=all(_is_fixed(page, at) for at in (begin, (begin + end) // 2, end)),
        is_cut=is_cut,
        is_faint=size < _FAINT_SIZE or _is_unseen(page, begin),
    )


def _is_unseen(page: PdfTextPage, at: int) -> bool:
    """Whether a character is drawn in white or without ink; on a dark ground white is seen, which is not looked at."""
    drawn = pdfium.FPDFText_GetTextObject(page, at)
    if drawn and pdfium.FPDFTextObj_GetTextRenderMode(drawn) == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE:
        return True
    red, green, blue, alpha = (pdfium.c_uint() for _ in range(4))
    if not pdfium.FPDFText_GetFillColor(page, at, red, green, blue, alpha):
        return False
    return bool(alpha.value == 0 or min(red.value, green.value, blue.value) >= _WHITE_MIN)


def _size(page: PdfTextPage, at: int) -> float:
    """The size in which a character is drawn, whatever its font says."""
    matrix = pdfium.FS_MATRIX()
    scale = max(abs(matrix.d), abs(matrix.b)) if pdfium.FPDFText_GetMatrix(page, at, matrix) else 1.0
    return round(float(pdfium.FPDFText_GetFontSize(page, at) * (scale or 1.0)), 1)


def _is_fixed(page: PdfTextPage, at: int) -> bool:
    flags, name = pdfium.c_int(), pdfium.create_string_buffer(_FONT_NAME_BYTES)
    size = pdfium.FPDFText_GetFontInfo(page, at, name, _FONT_NAME_BYTES, flags)
    return bool(size) and (bool(flags.value & _FIXED_PITCH) or _FIXED_NAME.search(name.value) is not None)


def _headlines(document: PdfDocument, pages: Sequence[Sequence[Printed]]) -> dict[tuple[int, int], Headline]:
    titles: dict[int, list[tuple[int, str]]] = {}
    for number, mark in enumerate(document.get_toc(max_depth=8)):
        target = mark.get_dest()
        index = target.get_index() if target else None
        if index is not None and number < OUTLINE_MAX:
            titles.setdefault(index, []).append((mark.level + 1, mark.get_title()))
    return by_outline(pages, titles) if titles else by_size(pages)


def _write(
    pages: Sequence[Sequence[Printed]], headlines: dict[tuple[int, int], Headline], transcript: Transcript
) -> None:
    known = word_list(pages)
    running = running_lines(pages, headlines.keys())
    left_open: _Part | None = None
    for index, lines in enumerate(pages):
        marks = {at: headlines[index, at] for at in range(len(lines)) if (index, at) in headlines}
        kept = [None if (index, at) in running else line for at, line in enumerate(lines)]
        parts = list(_parts(kept, marks, known))
        if left_open:
            if parts and goes_on((left_open.kind, left_open.text), (parts[0].kind, parts[0].text)):
                left_open = replace(left_open, text=joined(left_open.text, parts.pop(0).text, known))
            left_open.write(transcript)
        transcript.add(Kind.PAGE, f"Page {index + 1}")
        # The last paragraph waits: it may go on at the top of the next page.
        left_open = parts.pop() if parts else None
        for part in parts:
            part.write(transcript)
    if left_open:
        left_open.write(transcript)


@dataclass(frozen=True, kw_only=True)
class _Part:
    kind: Kind
    text: str
    level: int = 0

    def write(self, transcript: Transcript) -> None:
        transcript.add(self.kind, self.text, level=self.level)


def _parts(lines: Sequence[Printed | None], marks: dict[int, Headline], known: Counter[str]) -> Iterator[_Part]:
    """The headings and paragraphs of one page."""
    at = start = 0
    while at <= len(lines):
        if at == len(lines) or at in marks:
            held = [line for line in lines[start:at] if line]
            yield from (_Part(kind=kind, text=text) for kind, text in paragraphs(held, known))
        if at in marks:
            yield _Part(kind=Kind.HEADING, text=marks[at].text, level=marks[at].level)
            start = at = at + marks[at].lines
        else:
            at += 1


def _ranges(numbers: Sequence[int]) -> str:
    """Page numbers in words: page 3; pages 1-4, 9."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    shown = [f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs[:_RANGES_MAX]]
    more = " and others" if len(runs) > _RANGES_MAX else ""
    return f"{'pages' if len(numbers) > 1 else 'page'} {', '.join(shown)}{more}"
