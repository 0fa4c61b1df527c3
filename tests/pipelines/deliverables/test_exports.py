"""Files made of deliverables open, carry their provenance, are the same twice, and can neither act nor fetch."""

import asyncio
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from io import BytesIO
from socket import create_server
from typing import Any
from zipfile import ZipFile

import docx
import pypdfium2
import pytest

from futurone_server.features.runs import Form
from futurone_server.kit import json
from futurone_server.kit.errors import Invalid, Unavailable
from futurone_server.pipelines.deliverables import exports
from futurone_server.pipelines.deliverables.exports import Exports
from futurone_server.pipelines.deliverables.order import EXTRA_MISSING, LIBRARIES_MISSING, REFUSED, Order
from futurone_server.pipelines.deliverables.page import page
from futurone_server.pipelines.deliverables.writer import answer_to
from futurone_server.tools.sandbox import Allowance
from pipelines.deliverables.making import HOSTILE, PROVENANCE, artifact, made, unpacked

pytestmark = pytest.mark.anyio

REPORT = """# The lighthouse

*Made by rules.*

It is 42 metres high. [1]

> [1] The tower is **42 metres** high.

- one
  - two
- three

3. third
4. fourth

| part | metres |
| --- | --: |
| tower | 42 |

```text
code  stays
  as it is
```

## Sources

1. **lighthouse.md**, `abab`
"""


_REPORTS: dict[Form, bytes] = {}


async def reported(form: Form) -> bytes:
    """The report in a form, made once for all tests."""
    if form not in _REPORTS:
        _REPORTS[form] = await made(form, REPORT)
    return _REPORTS[form]


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(one.get_textpage().get_text_bounded() for one in document)


async def test_a_pdf_opens_and_says_what_the_report_says() -> None:
    pdf = await reported(Form.PDF)
    assert pdf.startswith(b"%PDF-")
    told = text_of(pdf)
    for words in ("The lighthouse", "42 metres high. [1]", "tower", "third", "3.", "as it is", "1 / 1"):
        assert words in told, words
    assert b"/StructTreeRoot" in unpacked(pdf), "it is tagged"
    assert b"/FontFile" in unpacked(pdf), "its fonts come with it"


async def test_a_word_file_has_real_headings_lists_tables_and_links() -> None:
    file = await reported(Form.DOCX)
    document = docx.Document(BytesIO(file))
    told = [(one.style.name if one.style else "", one.text) for one in document.paragraphs]
    for wanted in (
        ("Heading 1", "The lighthouse"),
        ("Normal", "It is 42 metres high. [1]"),
        ("Quote", "[1] The tower is 42 metres high."),
        ("List Bullet", "one"),
        ("List Bullet 2", "two"),
        ("List Bullet", "three"),
        ("List Number", "third"),
        ("No Spacing", "code  stays\n  as it is"),
        ("Heading 2", "Sources"),
        ("List Number", "lighthouse.md, abab"),
    ):
        assert wanted in told, told
    (table,) = document.tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == [["part", "metres"], ["tower", "42"]]
    body = ZipFile(BytesIO(file)).read("word/document.xml").decode()
    assert body.count('w:hyperlink w:anchor="source-1"') == 2
    assert '<w:bookmarkStart w:id="1" w:name="source-1"/>' in body
    numbers = set(
        re.findall(r'<w:pStyle w:val="ListNumber"/><w:numPr><w:ilvl w:val="0"/><w:numId w:val="(\d+)"/>', body)
    )
    assert len(numbers) == 2, "each list counts for itself"


@pytest.mark.parametrize("form", Form)
async def test_the_same_deliverable_gives_the_same_bytes(form: Form) -> None:
    assert await made(form, REPORT) == await reported(form)


async def test_no_part_of_a_word_file_says_when_it_was_made() -> None:
    with ZipFile(BytesIO(await reported(Form.DOCX))) as parts:
        assert {one.date_time for one in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}


async def test_files_carry_their_provenance() -> None:
    told = json.dump(PROVENANCE.to_json())
    with pypdfium2.PdfDocument(await reported(Form.PDF)) as pdf:
        assert json.read(pdf.get_metadata_value("futuroneprovenance").encode()) == json.read(told)
        assert pdf.get_metadata_value("Title") == "A & <report>"
        assert pdf.get_metadata_value("Creator") == "FuturOne 0.9.0"
        assert "without a language model" in pdf.get_metadata_value("Subject")
    word = await reported(Form.DOCX)
    core = docx.Document(BytesIO(word)).core_properties
    assert (core.title, core.author, core.created) == ("A & <report>", "FuturOne 0.9.0", None)
    assert "without a language model" in core.comments
    custom = ZipFile(BytesIO(word)).read("docProps/custom.xml").decode()
    assert 'name="futurone-provenance"' in custom
    assert "notes &lt;1&gt;.md" in custom
    html = (await reported(Form.HTML)).decode()
    assert '<meta name="futurone-provenance"' in html
    assert "ab" * 32 in html


async def test_nothing_hostile_acts_in_any_form() -> None:
    pdf = await made(Form.PDF, HOSTILE)
    assert not re.search(rb"/URI|/JavaScript|/JS|/Launch|/EmbeddedFile|/Image", unpacked(pdf))
    assert "alert(2)" in text_of(pdf), "it is shown as what it is: text"
    word = await made(Form.DOCX, HOSTILE)
    with ZipFile(BytesIO(word)) as parts:
        assert all(b"TargetMode" not in parts.read(name) for name in parts.namelist() if name.endswith(".rels"))
        body = parts.read("word/document.xml").decode()
        assert not [name for name in parts.namelist() if "media" in name or "embeddings" in name]
    for mark in ("<w:hyperlink", "<w:object", "<w:drawing", "w:instrText", "w:fldSimple"):
        assert mark not in body, mark
    assert "<w:t>&lt;script&gt;alert(2)&lt;/script&gt;</w:t>" in body


async def test_what_cannot_stand_in_a_word_file_is_replaced() -> None:
    word = await made(Form.DOCX, "# a\x01b\ufffe\n\ntext\x0b\n", label="t\x02")
    document = docx.Document(BytesIO(word))
    assert document.paragraphs[0].text == "a\ufffdb\ufffd"
    assert document.core_properties.title == "t\ufffd"


async def test_a_page_is_printed_without_fetching_anything() -> None:
    with create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        wanted = (
            f'<link rel="stylesheet" href="{address}/a.css"><img src="{address}/b.png"><img src="file:///etc/hostname">'
        )
        stored = page("t", "shown").replace("<main>", f"<main>{wanted}")
        pdf = await made(Form.PDF, "other", page=stored)
        with pytest.raises(BlockingIOError):
            listening.accept()
    assert "shown" in text_of(pdf)
    assert b"/Image" not in unpacked(pdf)


async def test_what_is_no_markdown_is_shown_as_it_is_written() -> None:
    listing = '{"a": "<b>",\n "c": "*d*"}'
    kind = {"media_type": "application/json"}
    assert "<pre><code>{&quot;a&quot;" in (await made(Form.HTML, listing, **kind)).decode().replace('"', "&quot;")
    assert '"c": "*d*"' in text_of(await made(Form.PDF, listing, **kind))
    assert docx.Document(BytesIO(await made(Form.DOCX, listing, **kind))).paragraphs[0].text == listing


async def test_a_text_beyond_the_bounds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Invalid, match="too long for pdf"):
        await made(Form.PDF, "x " * (1 << 20))
    monkeypatch.setattr(exports, "_ALLOWANCE", Allowance(memory_bytes=1 << 30, cpu_s=1, wall_s=20))
    with pytest.raises(Invalid, match="too long for pdf"):
        await made(Form.PDF, "paragraph\n\n" * 30_000)


async def test_no_more_are_made_at_once_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "_AT_ONCE", 1)
    monkeypatch.setattr(exports, "_WAITING_MAX", 1)
    making = Exports()
    asked = [making.make(Form.HTML, artifact(), {"text": "x", "html": None}) for _ in range(4)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(one) for one in answers] == [bytes, bytes, Unavailable, Unavailable]
    assert await making.make(Form.HTML, artifact(), {"text": "x", "html": None}), "there is room again"


@contextmanager
def without(name: str, error: Exception) -> Iterator[None]:
    """A library that cannot be loaded."""

    class Refusing(MetaPathFinder):
        def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
            if fullname == name:
                raise error
            return None

    form = "futurone_server.pipelines.deliverables.forms.pdf"
    with pytest.MonkeyPatch.context() as patch:
        for one in [one for one in sys.modules if one == form or one.partition(".")[0] == name]:
            patch.delitem(sys.modules, one)
        patch.setattr(sys, "meta_path", [Refusing(), *sys.meta_path])
        yield


@pytest.mark.parametrize(
    ("error", "code", "named"),
    [
        (ModuleNotFoundError("No module named 'weasyprint'"), EXTRA_MISSING, "futurone-server[pdf]"),
        (OSError("cannot load library 'libpango-1.0-0'"), LIBRARIES_MISSING, "libpango-1.0-0"),
    ],
)
def test_a_missing_extra_is_named(error: Exception, code: str, named: str) -> None:
    order = Order(title="t", markdown="x", page=None, provenance=PROVENANCE.to_json())
    with without("weasyprint", error):
        answer = answer_to("pdf", order.pack(), lambda: None)
    assert answer == REFUSED + code.encode()
    refused = exports.refusal_of(code, Form.PDF)
    assert named in refused.message
    assert refused.details == {"field": "format"}
