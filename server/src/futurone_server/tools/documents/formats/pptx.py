"""Presentations: a place per slide, its title as the heading, texts, tables as rows, and the speaker's notes."""

import io
from collections.abc import Iterable, Iterator

from pptx import Presentation
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.shapes.autoshape import Shape
from pptx.shapes.base import BaseShape
from pptx.shapes.graphfrm import GraphicFrame
from pptx.shapes.group import GroupShape
from pptx.slide import Slide
from pptx.text.text import TextFrame

from futurone_server.tools.documents.formats.archive import CORE, open_archive
from futurone_server.tools.documents.table import is_header, row_text
from futurone_server.tools.documents.transcript import Kind, Transcript

SLIDES_MAX = 2_000

_GROUPS_MAX = 20
_HIDDEN = {"0", "false"}
_UNREAD = {PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.HEADER}
_LISTED = {PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT}


def read(data: bytes, transcript: Transcript) -> None:
    """Read a presentation. Hidden slides are left out, and said so; charts and drawings have no words here."""
    names = open_archive(data).namelist()
    show = Presentation(io.BytesIO(data))
    if any(name.casefold().endswith("vbaproject.bin") for name in names):
        transcript.note("it holds macros, which were not read")
    if CORE in names:  # without it, the library makes a title up
        transcript.title = str(show.core_properties.title or "")
    hidden = 0
    for number, slide in enumerate(show.slides, 1):
        if number > SLIDES_MAX:
            transcript.note(f"only the first {SLIDES_MAX} slides were read")
            break
        if slide._element.get("show") in _HIDDEN:
            hidden += 1
        else:
            _read_slide(slide, number, transcript)
    if hidden:
        transcript.note(f"{hidden} hidden {'slide was' if hidden == 1 else 'slides were'} left out")


def _read_slide(slide: Slide, number: int, transcript: Transcript) -> None:
    transcript.add(Kind.CLOSE, "", level=1)
    transcript.add(Kind.PAGE, f"Slide {number}")
    title = slide.shapes.title
    if title is not None:
        transcript.add(Kind.HEADING, title.text_frame.text, level=1)
    for shape in _shapes(slide.shapes, 0):
        if title is None or shape.shape_id != title.shape_id:
            _read_shape(shape, transcript)
    frame = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    if frame is not None:
        transcript.add(Kind.PAGE, f"Slide {number}, notes")
        _read_frame(frame, Kind.PROSE, transcript)


def _shapes(shapes: Iterable[BaseShape], depth: int) -> Iterator[BaseShape]:
    for shape in shapes:
        if isinstance(shape, GroupShape):
            if depth < _GROUPS_MAX:
                yield from _shapes(shape.shapes, depth + 1)
        else:
            yield shape


def _read_shape(shape: BaseShape, transcript: Transcript) -> None:
    kind = shape.placeholder_format.type if shape.is_placeholder else None
    if isinstance(shape, GraphicFrame) and shape.has_table:
        _read_table(shape, transcript)
    elif isinstance(shape, Shape) and kind not in _UNREAD:
        _read_frame(shape.text_frame, Kind.ITEM if kind in _LISTED else Kind.PROSE, transcript)


def _read_frame(frame: TextFrame, kind: Kind, transcript: Transcript) -> None:
    for paragraph in frame.paragraphs:
        transcript.add(Kind.ITEM if paragraph.level else kind, paragraph.text)


def _read_table(frame: GraphicFrame, transcript: Transcript) -> None:
    rows = [[" ".join(cell.text.split()) for cell in row.cells] for row in frame.table.rows]
    header = rows[0] if len(rows) > 1 and is_header(rows[0]) else []
    for row in rows[1:] if header else rows:
        transcript.add(Kind.ROW, row_text(header, row))
