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


async def test_a_wide_table_lies_across_the_page_together_with_its_heading() -> None:
    pdf = await made(Form.PDF, _table(8))
    with pypdfium2.PdfDocument(pdf) as document:
        across = [at for at, page in enumerate(document) if page.get_width() > page.get_height()]
    assert across
    assert "Given" in list(_texts(pdf))[across[0]]
    assert 0 not in across


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
