"""Real files of every format that is no text, made for the tests."""

import io
import zipfile
from collections.abc import Mapping, Sequence

import docx
import openpyxl
import pptx
from pptx.util import Inches

ROWS = (("plan", "price"), ("Free", "0 EUR"), ("Team", "49 EUR"))
CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
)
Printed = tuple[float, float, float, str]
"""Left, baseline and size in points, and the words."""


def docx_file() -> bytes:
    """A title, two headings, a list and a table."""
    made = docx.Document()
    made.core_properties.title = "The manual"
    made.add_heading("The manual", 0)
    made.add_heading("Installing", 1)
    made.add_paragraph("Installing takes 20 GB of space.")
    made.add_paragraph("a disk", style="List Bullet")
    made.add_heading("Plans", 2)
    table = made.add_table(rows=len(ROWS), cols=2)
    for row, words in enumerate(ROWS):
        for column, word in enumerate(words):
            table.cell(row, column).text = word
    made.add_heading("Removing", 1)
    made.add_paragraph("Removing takes a minute.")
    return _saved(made)


def pptx_file() -> bytes:
    """A slide with a list and notes, one with a table, one without a title, and a hidden one."""
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[1])
    slide.shapes.title.text = "Our aims"
    slide.placeholders[1].text = "Grow by 20 %\nHire five people"
    slide.notes_slide.notes_text_frame.text = "Say it slowly."
    slide = made.slides.add_slide(made.slide_layouts[5])
    slide.shapes.title.text = "Plans"
    table = slide.shapes.add_table(len(ROWS), 2, 0, 0, Inches(4), Inches(2)).table
    for row, words in enumerate(ROWS):
        for column, word in enumerate(words):
            table.cell(row, column).text = word
    slide = made.slides.add_slide(made.slide_layouts[6])
    slide.shapes.add_textbox(0, 0, Inches(3), Inches(1)).text_frame.text = "Words without a title."
    slide = made.slides.add_slide(made.slide_layouts[5])
    slide.shapes.title.text = "Not shown"
    slide._element.set("show", "0")
    return _saved(made)


def xlsx_file(sheets: Mapping[str, Sequence[Sequence[object]]] | None = None) -> bytes:
    """A sheet for each name."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in (sheets or {"Plans": ROWS}).items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    return _saved(made)


def epub_file(chapters: Mapping[str, str] | None = None, more: Mapping[str, str] | None = None) -> bytes:
    """A book of chapters, listed backwards and read in the order given."""
    pages = chapters or {
        "one.xhtml": "<html><head><title>I</title></head><body><h1>Setting out</h1><p>It rained.</p></body></html>",
        "part two.xhtml": "<html><head><title>Coming home</title></head><body><p>The sun shone.</p></body></html>",
    }
    items = "".join(
        f'<item id="c{at}" href="{name.replace(" ", "%20")}" media-type="application/xhtml+xml"/>'
        for at, name in reversed(list(enumerate(pages)))
    )
    spine = "".join(f'<itemref idref="c{at}"/>' for at in range(len(pages)))
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>A journey</dc:title></metadata><manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    members = {"mimetype": "application/epub+zip", "META-INF/container.xml": CONTAINER, "OEBPS/book.opf": package}
    return zip_file({**members, **{f"OEBPS/{name}": page for name, page in pages.items()}, **(more or {})})


def zip_file(members: Mapping[str, str | bytes]) -> bytes:
    """A ZIP file, packed."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in members.items():
            packing = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(name, content, compress_type=packing)
    return made.getvalue()


def changed(data: bytes, members: Mapping[str, str | bytes], without: Sequence[str] = ()) -> bytes:
    """A ZIP file with some members put in, replaced or taken out."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        held: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist() if name not in without}
    return zip_file({**held, **members})


def member(data: bytes, name: str) -> str:
    """The text of one member."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name).decode()


def pdf_file(
    pages: Sequence[Sequence[Printed]],
    outline: Sequence[tuple[int, str]] = (),
    title: str = "",
    font: str = "Helvetica",
    protection: str = "",
) -> bytes:
    """A PDF file that prints these lines; ``outline`` names page indexes and titles."""
    first_page = 4
    kids = " ".join(f"{first_page + 2 * at} 0 R" for at in range(len(pages)))
    objects = [
        f"<</Type/Catalog/Pages 2 0 R{f'/Outlines {first_page + 2 * len(pages)} 0 R' if outline else ''}>>",
        f"<</Type/Pages/Count {len(pages)}/Kids[{kids}]>>",
        f"<</Type/Font/Subtype/Type1/BaseFont/{font}>>",
    ]
    for at, lines in enumerate(pages):
        drawn = "".join(f"BT /F {size} Tf {left} {base} Td ({words}) Tj ET\n" for left, base, size, words in lines)
        objects += [
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F 3 0 R>>>>"
            f"/Contents {first_page + 2 * at + 1} 0 R>>",
            f"<</Length {len(drawn)}>>\nstream\n{drawn}endstream",
        ]
    objects += _outline(outline, first_page, first_page + 2 * len(pages))
    objects.append(f"<</Title({title})>>")
    return _written(objects, protection)


def _outline(outline: Sequence[tuple[int, str]], first_page: int, root: int) -> list[str]:
    if not outline:
        return []
    last = root + len(outline)
    made = [f"<</Type/Outlines/First {root + 1} 0 R/Last {last} 0 R/Count {len(outline)}>>"]
    for at, (page, title) in enumerate(outline, root + 1):
        near = (f"/Prev {at - 1} 0 R" if at > root + 1 else "") + (f"/Next {at + 1} 0 R" if at < last else "")
        made.append(f"<</Title({title})/Parent {root} 0 R/Dest[{first_page + 2 * page} 0 R/Fit]{near}>>")
    return made


def _written(objects: Sequence[str], protection: str) -> bytes:
    made = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(made))
        made += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    start = len(made)
    made += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    made += "".join(f"{place:010} 00000 n \n" for place in places).encode()
    trailer = f"<</Size {len(objects) + 1}/Root 1 0 R/Info {len(objects)} 0 R{protection}>>"
    return bytes(made + f"trailer\n{trailer}\nstartxref\n{start}\n%%EOF\n".encode())


def _saved(made: object) -> bytes:
    file = io.BytesIO()
    made.save(file)  # type: ignore[attr-defined] # three libraries, and all of them can
    return file.getvalue()
