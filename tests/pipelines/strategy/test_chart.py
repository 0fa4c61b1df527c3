"""The bars of a decision: every label stays inside the drawing and keeps what tells it from the others."""

import re
from decimal import Decimal
from html import unescape

import pypdfium2
import pytest

from futurone_server.features.runs import Form
from futurone_server.pipelines.deliverables.page import page
from futurone_server.pipelines.strategy.chart import bars, label_lines, width_px
from pipelines.deliverables.making import made

pytestmark = pytest.mark.anyio

LONG = [f"Managed database hosting in the northern region, premium plan {letter}" for letter in "ABC"]
WIDE = ["WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW1", "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW2"]


@pytest.mark.parametrize("label", [*LONG, *WIDE, "Short", "", "x" * 200, "a b " * 60, "日本語" * 30])
def test_a_label_has_at_most_two_lines_that_fit_and_keeps_both_ends(label: str) -> None:
    lines = label_lines(label, 197)
    assert len(lines) <= 2
    assert all(width_px(line) <= 197 for line in lines)
    shown = "".join(lines)
    assert shown[:4] == label[:4]
    assert shown[-1:] == label.strip()[-1:]


def test_labels_that_differ_at_their_end_stay_apart() -> None:
    assert len({label_lines(label, 197) for label in LONG}) == 3
    assert len({label_lines(label, 197) for label in WIDE}) == 2


async def test_no_letter_of_a_chart_is_cut_on_paper() -> None:
    values = ["123,456,789,012.34", "9,999,999,999.99", "1"]
    labels = [*LONG[:2], WIDE[0]]
    chart = bars("Sums", [(label, Decimal(9 - at), values[at]) for at, label in enumerate(labels)])
    pdf = await made(
        Form.PDF, "# T\n\n## Decision matrix\n\nEnd.\n", page=page("T", "# T\n\n## D\n\nEnd.\n", {"D": chart})
    )
    left, right = float("inf"), 0.0
    with pypdfium2.PdfDocument(pdf) as document:
        text = document[0].get_textpage()
        told = re.sub(r"\s", "", unescape(text.get_text_range()))
        for at in range(text.count_chars()):
            box = text.get_charbox(at)
            left, right = min(left, box[0]), max(right, box[2])
    assert "planA" in told
    assert "planB" in told
    assert "123,456,789,012.34" in told
    margin_pt = 20 / 25.4 * 72
    assert left >= margin_pt - 1
    assert right <= 595.3 - margin_pt + 1
