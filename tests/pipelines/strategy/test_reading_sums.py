"""Assumptions and formulas as people write them: in one line or several, with "is", with "where", with a lead."""

import pytest

from futurone_server.features.runs import Status
from futurone_server.main import Server
from futurone_server.pipelines.strategy.computing import compute
from futurone_server.pipelines.strategy.given import Numbers
from futurone_server.pipelines.strategy.intake import Material, read_numbers
from futurone_server.pipelines.strategy.wanted import Wanted, read_wanted
from house import Tenant
from pipelines.content.making import document
from pipelines.content.scene import play, text_of


def _base(numbers: Numbers) -> dict[str, str]:
    scenario = compute(numbers, is_drawn=False).scenario
    return {one.name: str(one.base) for one in scenario.results} if scenario else {}


@pytest.mark.parametrize(
    ("task", "name", "value"),
    [
        ("Compute profit. profit = revenue - costs, revenue = 100, costs = 80", "profit", "20"),
        ("Compute profit = revenue - costs with revenue = 100 and costs = 80.", "profit", "20"),
        ("Compute the profit = revenue - costs where revenue = 100, costs = 80.", "profit", "20"),
        ("What is the profit? Revenue is 100. Costs are 80. Profit = revenue - costs.", "Profit", "20"),
        ("Scenario: price = 18..22, units = 2, revenue = price × units", "revenue", "40"),
        ("Compute a scenario: price = 20 (low 18, high 25), units = 2 and revenue = price * units.", "revenue", "40"),
        ("price: 20 (18-25)\nunits: 2\nrevenue: price * units", "revenue", "40"),
        ("Forecast. growth = 5%, base = 100, next year = base * (1 + growth)", "next year", "105.00"),
        ("Calculate the break-even: fixed = 1000, price = 5, cost = 3, units = fixed / (price - cost)", "units", "500"),
        ("Let x = 2 and y = 3 and z = x*y", "z", "6"),
    ],
)
def test_a_sum_is_read_as_it_is_written(task: str, name: str, value: str) -> None:
    assert _base(read_numbers(task, ())) == {name: value}
    assert read_wanted(task, has_sum=True) is Wanted.COMPUTED


def test_a_sentence_with_a_colon_is_no_formula() -> None:
    assert read_numbers("Note: pros - cons matter. Price: 20.", ()).formulas == ()


@pytest.mark.parametrize(
    ("task", "wanted"),
    [
        ("Which strategy is best?", Wanted.COMPUTED),
        ("Compare the two proposals.", Wanted.COMPUTED),
        ("Welche Option sollen wir nehmen?", Wanted.COMPUTED),
        ("Compare the two and write a memo.", Wanted.WRITTEN),
        ("Draft our go-to-market strategy.", Wanted.WRITTEN),
    ],
)
def test_plans_that_are_compared_are_not_plans_to_write(task: str, wanted: Wanted) -> None:
    assert read_wanted(task) is wanted


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("price,18,20,25,30", "price (t.csv A2) is not taken: its row has 5 cells and the header 4"),
        ("price,18", "price (t.csv A2) is not taken: its row has 2 cells and the header 4."),
        (",18,20,25", "A row without a name (t.csv A2) is not taken: give it a name."),
        ("price,cheap,20,25", "The low value of price: “cheap” is no number (t.csv B2)."),
    ],
)
def test_a_row_of_assumptions_that_cannot_be_read_is_named_and_not_taken(row: str, told: str) -> None:
    table = f"Assumption,Low,Base,High\n{row}\nunits,800,1000,1300\n"
    numbers = read_numbers("revenue = price * units", [Material(document=document(table, "t.csv"), raw=table)])
    assert any(one.startswith(told) for one in numbers.missing), numbers.missing
    assert _base(numbers) == {"revenue": "None"}


@pytest.mark.anyio
async def test_two_numbers_and_a_formula_in_the_task_are_enough(house: Server, tenant: Tenant) -> None:
    run = await play(house, tenant, "strategy", "Compute profit = revenue - costs, revenue = 100, costs = 80.")
    assert (run.status, run.error) == (Status.COMPLETED, None)
    assert "**profit**: 20 at base." in await text_of(house, run, "strategy_report")


@pytest.mark.anyio
async def test_numbers_without_a_formula_are_asked_for_a_formula_and_not_for_numbers(
    house: Server, tenant: Tenant
) -> None:
    run = await play(house, tenant, "strategy", "Compute what we earn: price = 20, units = 100.")
    assert run.escalation is not None
    needs = " ".join(run.escalation["needs"])  # type: ignore[arg-type]  # a list of words
    assert "Add a formula with the names of these numbers" in needs
    assert "Give a table" not in needs
