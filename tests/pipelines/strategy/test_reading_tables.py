"""Tables as people write them: a stated direction wins, weights are where they fit, and no cell is passed over."""

import pytest

from futurone_server.pipelines.strategy.given import Better, Criterion, Decision, Ground, Numbers
from futurone_server.pipelines.strategy.intake import Material, read_numbers
from futurone_server.pipelines.strategy.matrix import compute
from pipelines.content.making import document
from pipelines.strategy.test_second_look import _report, _verify

TABLE = "Option,Price,Delivery days,Rating\nA,10,3,7\nB,20,5,9\n"


def _read(table: str, task: str = "Compare.") -> Numbers:
    return read_numbers(task, [Material(document=document(table, "t.csv"), raw=table)])


def _decision(table: str, task: str = "Compare.") -> Decision:
    decision = _read(table, task).decision
    assert decision is not None
    return decision


def _criteria(table: str, task: str) -> dict[str, Criterion]:
    return {one.name: one for one in _decision(table, task).criteria}


L, H = Better.LOWER, Better.HIGHER


@pytest.mark.parametrize(
    ("task", "price", "delivery", "rating"),
    [
        ("Which is best? Higher is better.", H, H, H),
        ("Lower is better.", L, L, L),
        ("Higher values are always better.", H, H, H),
        ("Lower price and lower delivery are better; lower rating too is better.", L, L, L),
        ("For price and delivery, higher is better; for rating lower", H, H, L),
        ("For price and delivery, higher is better, for rating lower.", H, H, L),
        ("For price, delivery days and rating lower is better", L, L, L),
        ("Price: higher is better, delivery: higher is better, rating: lower is better", H, H, L),
        ("Higher is better except for rating.", H, H, L),
        ("For everything but rating, higher is better.", H, H, L),
        ("Lower is better for rating. Higher is better for all others.", H, H, L),
        ("Maximise price and delivery days, minimise rating.", H, H, L),
        ("Lower price is worse. Lower delivery days are worse. Higher rating is worse.", H, H, L),
        ("Higher is better. Lower rating is better.", H, H, L),
        ("Höher ist besser.", H, H, H),
        ("Beim Rating ist niedriger besser, bei Price und Delivery höher.", H, H, L),
    ],
)
def test_a_direction_that_the_task_states_wins_over_every_guess(
    task: str, price: Better, delivery: Better, rating: Better
) -> None:
    found = _criteria(TABLE, task)
    assert [found[name].better for name in ("Price", "Delivery days", "Rating")] == [price, delivery, rating]
    assert {one.better_ground for one in found.values()} == {Ground.STATED}


@pytest.mark.parametrize(
    "task",
    ["Which is better for more than 20 people?", "Compare. Price must be lower than 100.", "Lower rent is better."],
)
def test_words_that_state_nothing_about_a_column_are_not_taken_for_a_direction(task: str) -> None:
    assert Ground.STATED not in {one.better_ground for one in _criteria(TABLE, task).values()}


def test_a_task_that_states_both_directions_is_told_so_and_held() -> None:
    task = "Compare. Lower price is better. Higher price is better."
    report = _report(task, TABLE)
    assert "Price: the task states both that lower and that higher is better." in report
    assert not _verify(report, task, TABLE).passed


def test_a_guessed_direction_is_called_a_guess_and_not_counted_as_stated() -> None:
    report = _report("Compare. Higher rating is better.", TABLE)
    assert "It is a guess that lower is better for Price, Delivery days: nothing was stated." in report
    verdict = _verify(report, "Compare. Higher rating is better.", TABLE)
    clarity = next(check for check in verdict.checks if check.name == "clarity")
    assert "1 of 6 weights and directions were stated." in clarity.reason


def test_a_direction_against_the_name_is_followed_and_said() -> None:
    report = _report("Compare. Higher is better.", TABLE)
    assert "| Price | 1 | 33.33 % | higher |" in report
    assert "Price: higher is better, as stated, though its name suggests that lower is." in report


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("Option,Price,Rating\nA,about ten,7\nB,20,9\n", "Price of A: “about ten” is no number (vendors.csv B2)."),
        ("Option,Price,Rating\nA,?,7\nB,n/a,9\nC,5,6\n", "Price of B: “n/a” is no number (vendors.csv B3)."),
        ("Option,Price,Rating\nA,,7\nB,20,9\n", "Price of A: the cell is empty (vendors.csv B2)."),
        ("Option,Price,Rating\nA,1,000,7\nB,20,9\n", "“1” is not taken, its row has 4 cells and the header 3"),
        ("Option,Price,Rating\nA,1\nB,20,9\n", "Rating of A: the cell is empty, its row has 2 cells and the header 3"),
        ("Option,Price,Rating\n,1,2\nB,20,9\n", "“1” is not taken, its option has no name (vendors.csv B2)."),
        ("Option,Price,Risk\nWeight,1,2\nA,1,low\nB,20,high\n", "Risk of A: “low” is no number (vendors.csv C3)."),
        ("Option,Price,Rating\nWeight,much,little\nA,1,7\nB,20,9\n", "The weight of Price: “much” is no number"),
        ("Option,Price,Rating\nWeight,-1,2\nA,1,7\nB,20,9\n", "The weight of Price: “-1” is less than zero"),
        ("Option,Price,Rating\nWeight,1,2\nWeights,2,1\nA,1,7\nB,20,9\n", "There are two rows of weights"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named_and_nothing_is_decided_without_it(table: str, told: str) -> None:
    report = _report("Compare.", table)
    assert told in report.replace("\\", "")
    assert "### Ranking" not in report
    verdict = _verify(report, "Compare.", table)
    assert verdict.failed_gates == ()
    assert not verdict.passed


@pytest.mark.parametrize(
    "word", ["weight", "Weights", "Weighting", "Gewicht", "Gewichtung", "poids", "peso", "Weight (%)"]
)
def test_weights_are_known_by_their_plain_names_as_a_row_and_as_a_column(word: str) -> None:
    row = _decision(f"Option,Foo,Bar\n{word},3,1\nA,1,7\nB,20,9\n")
    column = _decision(f"Criterion,{word},A,B\nFoo,3,1,20\nBar,1,7,9\n")
    assert row.options == column.options == ("A", "B")
    assert [one.weight and one.weight.shown for one in row.criteria] == ["3", "1"]
    assert [one.weight and one.weight.shown for one in column.criteria] == ["3", "1"]


@pytest.mark.parametrize(
    "table",
    [
        "Laptop,Weight,Price,Rating\nAero,1.1,1200,8\nBook,1.6,900,7\nCore,2.2,700,6\n",
        "Option,Weight,Foo\nAero,1.1,1200\nBook,1.6,900\nCore,2.2,700\n",
        "Thing,Weight,Foo\nAero,1.1 kg,1200\nBook,1.6 kg,900\nCore,2.2 kg,700\n",
        "Thing,Weight (kg),Foo\nAero,1.1,1200\nBook,1.6,900\nCore,2.2,700\n",
        ",Aero,Book,Core\nWeight,1.1,1.6,2.2\nPrice,1200,900,700\nRating,8,7,6\n",
    ],
)
def test_the_weight_of_a_thing_is_a_property_and_not_the_weights(table: str) -> None:
    decision = _decision(table)
    assert decision.options == ("Aero", "Book", "Core")
    assert decision.criteria[0].name.startswith("Weight")
    assert all(one.weight is None for one in decision.criteria)
    assert compute(decision) is not None


def test_weights_beside_criteria_need_no_heading() -> None:
    decision = _decision(",Weight,Acme,Bolt\nPrice,3,100,80\nQuality,1,9,5\n")
    assert decision.options == ("Acme", "Bolt")
    assert [one.weight and one.weight.shown for one in decision.criteria] == ["3", "1"]


def test_where_it_cannot_be_told_what_a_weight_is_of_the_run_asks() -> None:
    table = "Thing,Weight,Foo\nAero,3,1200\nBook,2,900\n"
    report = _report("Compare.", table)
    assert "it could be the weights or a property of the options: call the first column" in report
    assert "### Ranking" not in report
    verdict = _verify(report, "Compare.", table)
    assert verdict.failed_gates == ()
    assert not verdict.passed


def test_names_that_stand_twice_are_told_apart_and_said() -> None:
    table = "Option,Price,Price\nA,1,7\nA,20,9\nB,3,4\n"
    report = _report("Compare.", table)
    assert "2 options are called “A”" in report
    assert "2 criteria are called “Price”" in report
    verdict = _verify(report, "Compare.", table)
    assert verdict.failed_gates == ()
    assert any("2 options are called" in check.reason for check in verdict.checks)


def test_a_second_table_of_options_is_not_passed_over_in_silence() -> None:
    task = "Compare.\n\n| Option | Price | Rating |\n|---|---|---|\n| C | 1 | 2 |\n| D | 2 | 3 |\n"
    assert "Another table of options, in t.csv, is not used: a run decides one thing." in _read(TABLE, task).notes


def test_a_number_in_brackets_in_a_name_does_not_look_like_a_citation() -> None:
    table = "Option,Price [2],Rating\nAcme [1],1,7\nBolt,20,9\n"
    report = _report("Compare as in the memo [3].", table)
    assert "**Acme `[1]`**" in report
    assert "\\[" not in report
    assert _verify(report, "Compare as in the memo [3].", table).failed_gates == ()
