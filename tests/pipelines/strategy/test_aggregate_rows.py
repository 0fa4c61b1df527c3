"""Rows that sum up the others are no options, and columns of ranges are not passed over."""

import pytest

from pipelines.strategy.test_reading_tables import _decision, _read
from pipelines.strategy.test_second_look import _report, _verify

_TABLE = "Vendor,Price,Score\nX,10,5\nY,9,4\nZ,12,9\n"
_TASK = "Which is best? Lower price is better. Higher score is better."


@pytest.mark.parametrize(
    "row",
    [
        "Total,31,18", "Sum,31,", "Grand total:,31,18", "Gesamt,31,18", "Summe,31,18", "Average,10.33,6", "Mean,10.3,6",
        "Median,10,5", "Durchschnitt,10.33,6", "Moyenne,10.33,6.0", "Promedio,10.3,6", "Total,31,6", "Total (all),31,-",
        "**Total**,31,18",
    ],
)  # fmt: skip
def test_a_row_that_sums_up_the_others_is_left_out_with_a_word_and_changes_nothing(row: str) -> None:
    table = f"{_TABLE}{row}\n"
    name = row.partition(",")[0]
    with_row, without = _decision(table, _TASK), _decision(_TABLE, _TASK)
    assert (with_row.options, with_row.criteria, with_row.cells) == (without.options, without.criteria, without.cells)
    report = _report(_TASK, table)
    assert f"“{name}” (vendors.csv A5) is no option and is left out" in report.replace("\\", "")
    assert "### Ranking" in report
    assert _verify(report, _TASK, table).failed_gates == ()


def test_totals_and_means_beside_each_other_are_both_left_out() -> None:
    table = f"{_TABLE}Total,31,18\nAverage,10.33,6\n"
    assert _decision(table, _TASK).options == ("X", "Y", "Z")
    turned = "Criterion,X,Y,Total\nPrice,10,9,19\nScore,5,4,9\n"
    assert _decision(turned, _TASK).options == ("X", "Y")
    assert _verify(_report(_TASK, turned), _TASK, turned).failed_gates == ()


@pytest.mark.parametrize("row", ["Total,32,18", "Average,10.33,7", "Summe,31,2", "Median,n/a,?", "Total,3-1,18"])
def test_a_row_with_such_a_name_that_does_not_compute_is_asked_about_and_nothing_is_decided(row: str) -> None:
    table = f"{_TABLE}{row}\n"
    report = _report(_TASK, table)
    assert "its numbers are not the sums or means of the others" in report
    assert "### Ranking" not in report
    verdict = _verify(report, _TASK, table)
    assert verdict.failed_gates == ()
    assert not verdict.passed


@pytest.mark.parametrize(
    "name", ["Total Energies", "Meaning", "Average Joe", "Sumo", "Mediane AG", "Totalis", "Mittel"]
)
def test_an_option_whose_name_only_begins_so_stays_an_option(name: str) -> None:
    assert name in _decision(f"{_TABLE}{name},31,18\n", _TASK).options


def test_a_sum_that_is_ranked_is_caught_by_the_second_look() -> None:
    table = f"{_TABLE}Total,31,18\n"
    plain = table.replace("Total", "Totalis")
    report = _report(_TASK, plain).replace("Totalis", "Total")
    assert "numbers_complete" in {check.name for check in _verify(report, _TASK, table).failed_gates}


def test_a_row_of_numbers_that_is_only_said_to_be_a_sum_is_missed_by_the_second_look() -> None:
    table = f"{_TABLE}Total,31,18\n"
    report = _report(_TASK, table)
    assert "numbers_complete" in {
        check.name for check in _verify(report, _TASK, table.replace("Total,31", "Total,32")).failed_gates
    }


@pytest.mark.parametrize("cells", [("10-20", "15 to 18"), ("from 10", "up to 20"), ("10–20", "")])
def test_a_column_of_ranges_is_a_criterion_and_nothing_is_decided_without_it(cells: tuple[str, str]) -> None:
    table = f"Option,Cost,Time\nA,{cells[0]},5\nB,{cells[1]},7\n"
    report = _report("Which is best?", table)
    assert "Cost of A: " in report
    assert "Cost: none of its cells is a number." in report
    assert "### Ranking" not in report
    assert "highest weighted sum" not in report
    verdict = _verify(report, "Which is best?", table)
    assert verdict.failed_gates == ()
    assert not verdict.passed


def test_two_options_of_the_same_name_are_said_beside_the_result() -> None:
    table = "Option,Score\nA,3\nA,5\nB,3\n"
    result = _report("Which is best?", table).partition("## Result")[2].partition("##")[0]
    assert "2 options are called “A”" in result


def test_a_column_of_remarks_is_said_to_be_left_out() -> None:
    notes = _read("Option,Price,Notes,Link\nA,5,fine,\nB,9,slow,\n").notes
    assert "Not in the matrix, because it holds remarks: Notes." in notes
