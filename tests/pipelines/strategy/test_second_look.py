"""The second look at a strategy report: what is computed comes out the same, and every planted wrong is caught."""

from decimal import Decimal
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from futurone_server.pipelines.research.deliverable import Source
from futurone_server.pipelines.strategy.computing import compute
from futurone_server.pipelines.strategy.given import Decision
from futurone_server.pipelines.strategy.intake import Material, read_numbers
from futurone_server.pipelines.strategy.matrix import compute as compute_matrix
from futurone_server.pipelines.strategy.report import compose
from futurone_server.pipelines.strategy.wanted import Wanted
from futurone_server.pipelines.verification.rubric import load_rubric
from futurone_server.pipelines.verification.strategy import verify_strategy
from futurone_server.pipelines.verification.verdict import Verification
from pipelines.content.making import document
from pipelines.strategy.test_strategy_run import CHOOSE, PROFIT, VENDORS

TASK = f"{CHOOSE}\n{PROFIT}"
_FILE = document(VENDORS, "vendors.csv")


@cache
def _report(task: str = TASK, table: str = VENDORS) -> str:
    file = document(table, "vendors.csv")
    numbers = read_numbers(task, [Material(document=file, raw=table)])
    computed = compute(numbers)
    return compose("Which?", numbers, computed.matrix, computed.scenario, [Source.of(file)])[1]


def _verify(markdown: str, task: str = TASK, table: str = VENDORS) -> Verification:
    file = document(table, "vendors.csv")
    return verify_strategy(
        markdown,
        task,
        Wanted.COMPUTED,
        {file.sha256: table.encode()},
        {file.sha256: file},
        {"vendors.csv": table},
        rubric=load_rubric("strategy"),
    )


def test_a_right_report_passes_every_gate() -> None:
    verdict = _verify(_report())
    assert verdict.failed_gates == ()
    assert verdict.passed


@pytest.mark.parametrize(
    ("was", "planted", "gate"),
    [
        ("1200 (vendors.csv B2)", "1201 (vendors.csv B2)", "numbers_trace"),
        ("1200 (vendors.csv B2)", "1200 (vendors.csv B3)", "numbers_trace"),
        ("1200 (vendors.csv B2)", "1200 (other.csv B2)", "numbers_trace"),
        ("| Price | 40 % |", "| Price | 45 % |", "numbers_trace"),
        ("| price | 18 | 20 | 25 |", "| price | 18 | 21 | 25 |", "numbers_trace"),
        ("| revenue | price \\* units |", "| revenue | price \\* units \\* 2 |", "numbers_trace"),
        ("| Acme | 1200 (vendors.csv B2) | 8 (vendors.csv C2) | 3 (vendors.csv D2) |\n", "", "numbers_complete"),
        ("| 2 | Acme | 0.5733 |", "| 2 | Acme | 0.5734 |", "matrix_recomputed"),
        ("| 1 | Cura | 0.6 |", "| 2 | Cura | 0.6 |", "matrix_recomputed"),
        ("| Acme | 0.6 | 0.6667 | 0.3333 |", "| Acme | 0.6 | 0.6667 | 0.3335 |", "matrix_recomputed"),
        ("| lower | task line 1 |", "| higher | task line 1 |", "matrix_recomputed"),
        ("**Cura** has the highest", "**Acme** has the highest", "matrix_recomputed"),
        ("sum: 0.6 of 1", "sum: 0.7 of 1", "matrix_recomputed"),
        ("0.4444 (to Acme)", "0.4544 (to Acme)", "matrix_recomputed"),
        ("| Price | Cura | Acme |", "| Price | Cura | Cura |", "matrix_recomputed"),
        ("| profit | 2,000 | 5,000 | 13,500 |", "| profit | 2,000 | 5,100 | 13,500 |", "scenarios_recomputed"),
        ("**profit**: 5,000 at base", "**profit**: 6,000 at base", "scenarios_recomputed"),
        ("| 9 (middle) |", "| 9.5 (middle) |", "scenarios_recomputed"),
        ("| price | 3,000 | 10,000 | 7,000 |", "| price | 3,000 | 10,000 | 7,100 |", "scenarios_recomputed"),
        ("| profit | 6,408.18 |", "| profit | 6,409.18 |", "scenarios_recomputed"),
        ("## How it was computed", "[x](http://evil.example)\n\n## How it was computed", "inert"),
        (_FILE.sha256, "0" * 64, "sources_unchanged"),
    ],
)
def test_a_planted_wrong_is_caught(was: str, planted: str, gate: str) -> None:
    report = _report()
    assert was in report
    assert gate in {check.name for check in _verify(report.replace(was, planted, 1)).failed_gates}


def test_tables_where_words_were_asked_for_are_not_what_was_asked_for() -> None:
    verdict = verify_strategy(
        _report(),
        TASK,
        Wanted.WRITTEN,
        {_FILE.sha256: VENDORS.encode()},
        {_FILE.sha256: _FILE},
        {"vendors.csv": VENDORS},
        rubric=load_rubric("strategy"),
    )
    assert [check.name for check in verdict.failed_gates] == ["as_asked"]


_VALUES = st.integers(0, 50).map(str) | st.decimals(0, 9, places=1, allow_nan=False).map(str)
_ROWS = st.lists(st.tuples(_VALUES, _VALUES, _VALUES), min_size=2, max_size=6)


@settings(max_examples=40, deadline=None)
@given(_ROWS, st.tuples(*[st.integers(1, 9)] * 3))
def test_every_matrix_comes_out_the_same_the_second_time(
    rows: list[tuple[str, str, str]], weights: tuple[int, ...]
) -> None:
    lines = [f"Option {number},{','.join(row)}" for number, row in enumerate(rows, 1)]
    table = "\n".join(["Option,Price,Quality,Speed", *lines, ""])
    task = f"Compare. Weights: price {weights[0]}, quality {weights[1]}, speed {weights[2]}."
    assert _verify(_report(task, table), task, table).failed_gates == ()


def _decision(table: str) -> Decision:
    numbers = read_numbers("Compare.", [Material(document=document(table, "t.csv"), raw=table)])
    assert numbers.decision is not None
    return numbers.decision


@settings(max_examples=40, deadline=None)
@given(_ROWS, st.integers(2, 9))
def test_the_unit_a_criterion_is_measured_in_does_not_change_the_sums(
    rows: list[tuple[str, str, str]], factor: int
) -> None:
    def table(times: int) -> str:
        lines = [f"O{at},{Decimal(one) * times},{other},{last}" for at, (one, other, last) in enumerate(rows)]
        return "\n".join(["Option,Price,Quality,Speed", *lines, ""])

    one, other = compute_matrix(_decision(table(1))), compute_matrix(_decision(table(factor)))
    assert one is not None
    assert other is not None
    assert all(abs(a - b) < Decimal("1e-25") for a, b in zip(one.sums, other.sums, strict=True))
    assert one.winners == other.winners


def test_a_tie_is_said_and_shares_a_rank() -> None:
    table = "Option,Price,Quality\nA,1,1\nB,2,2\n"
    report = _report("Compare.", table)
    assert "**A** and **B** are level with the highest weighted sum: 0.5 of 1." in report
    assert "| 1= | A | 0.5 |" in report
    assert _verify(report, "Compare.", table).failed_gates == ()


def test_criteria_as_rows_with_their_weights_are_turned() -> None:
    table = "Criterion,Weight,Acme,Bolt\nPrice,3,100,80\nQuality,1,9,5\n"
    report = _report("Compare.", table)
    assert "| Price | 3 | 75 % | lower (assumed from its name) | vendors.csv B2 |" in report
    assert "| 1 | Bolt | 0.75 |" in report
    assert _verify(report, "Compare.", table).passed


def test_a_weight_that_only_some_criteria_have_is_missing_and_costs_confidence() -> None:
    task = "Compare. Weights: price 60 %."
    report = _report(task)
    assert "- The weight of Quality: others have one." in report
    assert not _verify(report, task).passed


def test_numbers_with_decimal_commas_are_read_as_their_file_writes_them() -> None:
    table = "Modell;Price;Battery hours;Rating\nA;1.199,00;11;8\nB;949;8;7,5\nC;1.399;14;9\n"
    task = "Compare. Weights: price 50 %, battery 30 %, rating 20 %."
    report = _report(task, table)
    assert "| C | 0 | 1 | 1 |" in report
    assert "| B | 1 | 0 | 0 |" in report
    assert _verify(report, task, table).failed_gates == ()


def test_half_stated_weights_name_no_winner() -> None:
    report = _report("Compare. Weights: price 60 %.")
    assert "highest weighted sum" not in report
    assert "The matrix is not computed" in report


def test_which_way_is_better_is_never_guessed_without_saying_so() -> None:
    table = "Option,Zeta,Price\nA,100,5\nB,200,9\n"
    report = _report("Compare.", table)
    assert "| Zeta | 1 | 50 % | higher (assumed) |" in report
    assert not _verify(report, "Compare.", table).passed
    stated = "Compare. For Zeta, lower is better."
    assert "| Zeta | 1 | 50 % | lower |" in _report(stated, table)
    assert _verify(_report(stated, table), stated, table).passed


def test_a_column_of_words_is_said_to_be_left_out_and_notes_are_not_missed() -> None:
    table = "Option,Price,Risk,Notes\nA,5,low,fine\nB,9,high,slow\n"
    report = _report("Compare.", table)
    assert "- Risk holds words, not numbers: it is left out of the matrix." in report
    assert "Notes holds" not in report
    assert _verify(report, "Compare.", table).failed_gates == ()
