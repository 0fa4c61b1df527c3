"""Bounds: one review looks at so many lines, says how many it did not look at, and tells documents from code."""

import pytest

from futurone_server.tools.changes import LeftOut, allotment
from tools.changes.making import file_of, read, zipped


def _added(path: str, count: int) -> str:
    lines = "".join(f"+value_{number} = {number}\n" for number in range(count))
    return f"--- /dev/null\n+++ b/{path}\n@@ -0,0 +1,{count} @@\n{lines}"


def test_a_huge_patch_is_looked_at_in_part_and_the_rest_is_counted() -> None:
    changes = read({"c.patch": _added("a.py", 30_000) + _added("b.py", 270_000) + _added("c.py", 7)})
    first, second, third = (file_of(changes, path) for path in ("a.py", "b.py", "c.py"))
    assert (len(first.lines), first.is_whole, first.beyond) == (30_000, True, 0)
    assert (len(second.lines), second.is_whole, second.beyond) == (20_000, False, 250_000)
    assert second.code.startswith("value_0 = 0")
    assert (third.left_out, third.beyond) == (LeftOut.BEYOND, 7)
    assert changes.line_count == allotment.LINES_MAX
    told = "300007 lines were to be looked at, and 250007 of them were not"
    assert told in changes.notes[-1].text
    assert told in changes.faults[-1]


def test_a_huge_project_is_bounded_by_its_text_as_well() -> None:
    text = "x = '" + "a" * 9_000 + "'\n"
    changes = read({"p.zip": zipped({f"{number:02}.py": text * 50 for number in range(12)})})
    looked_at = [file for file in changes.files if file.left_out is None]
    assert sum(len(file.text) for file in looked_at) <= allotment.BYTES_MAX
    assert sum(file.beyond for file in changes.files) == 600 - sum(len(file.lines) for file in looked_at) > 0


def test_a_file_that_two_patches_change_counts_once() -> None:
    once = _added("a.py", 40_000)
    again = "--- a/a.py\n+++ b/a.py\n@@ -1,1 +1,2 @@\n+new = 0\n value_0 = 0\n"
    changes = read({"1.patch": once, "2.patch": again})
    assert (changes.line_count, changes.faults) == (40_001, ())


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("plan.docx", zipped({"[Content_Types].xml": "<a/>", "word/document.xml": "<a/>"}), "a Word file"),
        ("plan.zip", zipped({"[Content_Types].xml": "<a/>", "xl/workbook.xml": "<a/>"}), "an Excel file"),
        ("plan.pdf", b"%PDF-1.7\n", "a PDF file"),
        (
            "plan.odt",
            zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<a/>"}),
            "an OpenDocument file",
        ),
        ("plan.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(90), "a Word file"),
        ("cut.docx", zipped({"[Content_Types].xml": "<a/>", "word/a.xml": "<a/>"})[:90], "a Word file, and it is cut"),
    ],
)
def test_a_document_is_called_one_and_is_not_looked_at(name: str, data: bytes, told: str) -> None:
    changes = read({name: data})
    assert [(file.path, file.left_out) for file in changes.files] == [(name, LeftOut.DOCUMENT)]
    assert changes.faults[0].startswith(f"File 1 of 1 is {told}")
    assert name not in changes.faults[0]


def test_a_project_that_holds_documents_is_no_document() -> None:
    inner = zipped({"[Content_Types].xml": "<a/>", "word/document.xml": "<a/>"})
    changes = read({"p.zip": zipped({"a.py": "x = 1\n", "tests/plan.docx": inner})})
    assert {file.path: file.left_out for file in changes.files} == {
        "a.py": None,
        "tests/plan.docx": LeftOut.DOCUMENT,
    }
    assert changes.faults == ()
