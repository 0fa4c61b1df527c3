"""A strategy run over given numbers: computed twice, traced to its cells, the same bytes each time."""

import io

import pytest
from openpyxl import Workbook

from futurone_server.features.runs import Run, Status
from futurone_server.main import Server
from house import Tenant
from pipelines.content.scene import artifacts_of, checks_of, play, text_of

pytestmark = pytest.mark.anyio

VENDORS = 'Vendor,Price,Quality,Support\nAcme,1200,8,3\nBolt,"1,000",6,2\nCura,1500,9,5\n'
CHOOSE = "Which vendor should we choose? Weights: price 40 %, quality 40 %, support 20 %. Lower price is better."
PROFIT = """Compute a scenario for the kettle.
- price = 20 (18-25)
- units: 1,000 (low 800, high 1300)
- unit cost between 8 and 10
- fixed costs = $6,000
revenue = price * units
profit = revenue - units * unit cost - fixed costs
"""


def _reason(run: Run) -> object:
    return run.escalation and run.escalation["reason_code"]


async def test_a_table_of_options_becomes_a_ranked_matrix_with_its_sensitivity(house: Server, tenant: Tenant) -> None:
    run = await play(house, tenant, "strategy", CHOOSE, {"vendors.csv": VENDORS})
    assert (run.status, run.error) == (Status.COMPLETED, None)
    report = await text_of(house, run, "strategy_report")
    assert "**Cura** has the highest weighted sum: 0.6 of 1." in report
    assert "| Acme | 1200 (vendors.csv B2) | 8 (vendors.csv C2) | 3 (vendors.csv D2) |" in report
    assert "| Price | Cura | Acme | 0.4444 (to Acme) |" in report
    assert all((await checks_of(house, run)).values())


async def test_the_matrix_also_comes_as_a_page_with_a_chart_and_as_csv(house: Server, tenant: Tenant) -> None:
    run = await play(house, tenant, "strategy", CHOOSE, {"vendors.csv": VENDORS})
    found = {artifact.type: (artifact, content) for artifact, content in await artifacts_of(house, run)}
    assert {artifact.engine for artifact, _ in found.values()} == {"deterministic"}
    page = found["strategy_report"][1]["html"]
    assert '<svg role="img"' in page
    assert "<title>Weighted sums</title>" in page
    assert "Cura,1,0.6," in found["decision_matrix"][1]["text"]
    assert found["decision_matrix"][0].media_type == "text/csv"


async def test_a_spreadsheet_is_read_like_a_table(house: Server, tenant: Tenant) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Offers"
    for row in (("Vendor", "Price", "Quality"), ("Acme", 1200, 8), ("Bolt", 1000, 6), ("Cura", 1500, 9.5)):
        sheet.append(row)
    held = io.BytesIO()
    book.save(held)
    run = await play(house, tenant, "strategy", "Compare the vendors.", {"offers.xlsx": held.getvalue()})
    assert (run.status, run.error) == (Status.COMPLETED, None)
    report = await text_of(house, run, "strategy_report")
    assert "1200 (offers.xlsx Offers row 2, Price)" in report
    assert "The weights are equal, because none was stated" in report


async def test_lines_of_numbers_become_scenarios_with_a_simulation(house: Server, tenant: Tenant) -> None:
    run = await play(house, tenant, "strategy", PROFIT)
    assert (run.status, run.error) == (Status.COMPLETED, None)
    report = await text_of(house, run, "strategy_report")
    assert "| profit | 2,000 | 5,000 | 13,500 |" in report
    assert "| unit cost | 8 | 9 (middle) | 10 | uniform | task line 4 |" in report
    assert "### Simulation" in report
    assert "with the seed 20261121" in report


async def test_the_same_numbers_give_the_same_bytes(house: Server, tenant: Tenant) -> None:
    runs = [await play(house, tenant, "strategy", PROFIT) for _ in range(2)]
    one, other = [[content for _, content in await artifacts_of(house, run)] for run in runs]
    assert one == other


async def test_a_number_that_is_missing_is_named_and_the_run_is_held(house: Server, tenant: Tenant) -> None:
    run = await play(house, tenant, "strategy", f"{PROFIT}tax = profit * tax rate\nafter tax = profit - tax\n")
    assert (run.status, _reason(run)) == (Status.ESCALATED, "VERIFICATION_BELOW_THRESHOLD")
    report = await text_of(house, run, "strategy_report")
    assert "- tax: Not given: tax rate." in report
    assert "- after tax: It waits for a result that is not computed." in report
    assert run.escalation is not None
    needs = " ".join(run.escalation["needs"])  # type: ignore[arg-type]  # a list of words
    assert "missing" in needs


async def test_an_empty_cell_is_named_with_its_address(house: Server, tenant: Tenant) -> None:
    files = {"vendors.csv": "Vendor,Price,Quality\nAcme,1200,8\nBolt,,6\nCura,1500,9\n"}
    run = await play(house, tenant, "strategy", "Compare the vendors.", files)
    assert run.status is Status.ESCALATED
    assert "Price of Bolt: the cell is empty (vendors.csv B3)" in await text_of(house, run, "strategy_report")


async def test_a_strategy_in_words_needs_a_model_and_the_tables_are_left(house: Server, tenant: Tenant) -> None:
    run = await play(house, tenant, "strategy", "Write our go-to-market strategy.", {"vendors.csv": VENDORS})
    assert (run.status, _reason(run)) == (Status.ESCALATED, "MODEL_REQUIRED")
    assert "## Decision matrix" in await text_of(house, run, "strategy_report")
    failed = [name for name, passed in (await checks_of(house, run)).items() if not passed]
    assert failed == ["as_asked", "clarity"]


@pytest.mark.parametrize("files", [{}, {"notes.md": "# Notes\n\nWe sell kettles and hope for more.\n"}])
async def test_without_numbers_and_without_a_model_nothing_is_made_up(
    house: Server, tenant: Tenant, files: dict[str, str]
) -> None:
    run = await play(house, tenant, "strategy", "Compare the two.", files)
    assert (run.status, _reason(run)) == (Status.ESCALATED, "MODEL_REQUIRED")
    assert await artifacts_of(house, run) == []
