"""What was computed as csv files for other programs; no cell of them is taken for a formula."""

import csv
import io
from collections.abc import Sequence
from decimal import Decimal

from futurone_server.pipelines.strategy.amount import plain
from futurone_server.pipelines.strategy.given import Decision
from futurone_server.pipelines.strategy.matrix import Matrix
from futurone_server.pipelines.strategy.scenario import PERCENTILES, Scenario, Spread


def matrix_csv(decision: Decision, matrix: Matrix) -> str:
    """The matrix for programs: rank, sum, and the normalised score in each criterion."""
    head = ["option", "rank", "weighted_sum", *(f"score: {one.name}" for one in decision.criteria)]
    rows = [
        [option, str(matrix.ranks[at]), plain(matrix.sums[at]), *(plain(score) for score in matrix.scores[at])]
        for at, option in enumerate(decision.options)
    ]
    weights = ["(weight)", "", "", *(plain(share) for share in matrix.shares)]
    return _csv([head, *rows, weights])


def scenario_csv(scenario: Scenario) -> str:
    """The results for programs: low, base, high and the percentiles of the simulation."""
    spreads = {one.name: one for one in scenario.spreads}
    head = ["result", "formula", "low", "base", "high", "mean", *(f"p{percent}" for percent in PERCENTILES)]
    rows = [
        [
            one.name, one.expression,
            *("" if value is None else plain(value) for value in (one.low, one.base, one.high)),
            *(plain(value) for value in _drawn(spreads.get(one.name))),
        ]
        for one in scenario.results
    ]  # fmt: skip
    return _csv([head, *rows])


def _drawn(spread: Spread | None) -> Sequence[Decimal]:
    return (spread.mean, *spread.percentiles) if spread else ()


def _csv(rows: Sequence[Sequence[str]]) -> str:
    held = io.StringIO()
    writer = csv.writer(held, lineterminator="\n")
    writer.writerows([[_tame(cell) for cell in row] for row in rows])
    return held.getvalue()


def _tame(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    is_number = cell.lstrip("-").replace(".", "", 1).isdigit()
    return cell if is_number or not cell.startswith(("=", "+", "-", "@", "\t", "\r")) else f"'{cell}"
