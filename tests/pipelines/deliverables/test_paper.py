"""Tables on paper: no word is cut by the edge of a column or of the page, however many columns there are."""

import re
from collections.abc import Iterator

import pypdfium2
import pytest

from futurone_server.features.runs import Form
from pipelines.deliverables.making import made

pytestmark = pytest.mark.anyio

WORDS = (
    "Implementation", "Maintainability", "Sustainability", "Availability", "Reputation", "Satisfaction", "Purchase",
    "Delivery", "Documentation", "Internationalisation", "Responsiveness", "Compatibility", "Transparency",
    "Scalability",
)  # fmt: skip
PLACE = "1000 (quarterly-supplier-comparison.csv B2)"


def _table(columns: int) -> str:
    head = [WORDS[at % len(WORDS)] for at in range(columns)]
    lines = [head, ["---"] * columns, *([PLACE] * columns for _ in range(3))]
    return "# A table\n\n## Given\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n\nThe end.\n"


def _texts(pdf: bytes) -> Iterator[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            yield page.get_textpage().get_text_range()


def _is_inside(pdf: bytes) -> bool:
    """Whether every letter stands on its page."""
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            text = page.get_textpage()
            boxes = [text.get_charbox(at) for at in range(text.count_chars())]
            if any(left < 0 or right > page.get_width() for left, _, right, _ in boxes):
                return False
    return True


@pytest.mark.parametrize("columns", [3, 5, 8, 11, 14])
async def test_no_word_of_a_table_is_cut(columns: int) -> None:
    pdf = await made(Form.PDF, _table(columns))
    told = set(re.findall(r"\w+", "\n".join(_texts(pdf))))
    assert told >= {*WORDS[:columns], "quarterly", "supplier", "comparison", "csv", "B2", "1000"}
    assert _is_inside(pdf)


@pytest.mark.parametrize(("columns", "is_across"), [(3, False), (8, True)])
async def test_all_pages_lie_as_the_widest_table_needs_and_none_is_left_half_empty(
    columns: int, is_across: bool
) -> None:
    pdf = await made(Form.PDF, _table(columns))
    with pypdfium2.PdfDocument(pdf) as document:
        (page,) = list(document)
        assert (page.get_width() > page.get_height()) is is_across


async def test_a_place_stays_on_one_line() -> None:
    cells = ["blog.md:3", "number without source", "Studies show that everybody loves it and more of this kind."]
    row = f"| {' | '.join(cells)} | A claim of fact without a citation. | Cite it or leave it out, please. |"
    pdf = await made(Form.PDF, f"| Where | Rule | Found | Problem | Suggestion |\n{'| --- ' * 5}|\n{row}\n")
    assert "blog.md:3" in "".join(_texts(pdf))


async def test_a_finding_stands_apart_from_the_one_before_it() -> None:
    text = "**warning** · a.py:1 · One\n\n```text\nx\n```\n\nWhat is wrong.\n\n**warning** · a.py:2 · Two\n"
    with pypdfium2.PdfDocument(await made(Form.PDF, text)) as document:
        held = document[0].get_textpage()
        told = held.get_text_range()
        tops = [held.get_charbox(told.index(words))[3] for words in ("x\r", "What is wrong", "warning · a.py:2")]
    assert tops[1] - tops[2] > 1.3 * (tops[0] - tops[1])


@pytest.mark.parametrize("columns", [40])
async def test_even_a_table_that_is_too_wide_stays_on_its_page(columns: int) -> None:
    assert _is_inside(await made(Form.PDF, _table(columns)))


async def test_a_word_that_no_column_can_hold_is_divided_and_nothing_of_it_is_lost() -> None:
    long = "x" * 30 + "&<b>" + "y" * 200
    pdf = await made(Form.PDF, f"| one | two |\n| --- | --- |\n| {long.replace('<', chr(92) + '<')} | b |\n")
    told = re.sub(r"\s", "", "".join(_texts(pdf)))
    assert told.count("x") == 30
    assert told.count("y") == 200
    assert "&<b>" in told
    assert _is_inside(pdf)
