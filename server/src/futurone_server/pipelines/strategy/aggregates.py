"""Rows of a decision table that sum up the others, such as a total or a mean: they are no options."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from futurone_server.pipelines.strategy.amount import CONTEXT
from futurone_server.pipelines.strategy.cells import given_of
from futurone_server.pipelines.strategy.grid import Cell
from futurone_server.pipelines.strategy.naming import is_aggregate

_Row = tuple[Cell, ...]
_OTHERS_MIN = 2
_DOUBT = (
    "its row is called “{}” and its numbers are not the sums or means of the others: remove the row, or give the option"
    " another name"
)


@dataclass(frozen=True, kw_only=True)
class Options:
    """The rows that are options. ``left_out`` says in words which rows are not, and why."""

    rows: tuple[_Row, ...]
    left_out: tuple[str, ...]


def options_in(rows: Sequence[_Row], *, has_comma: bool) -> Options:
    """Leave out what sums up the other rows; where only the name says so, the cells of the row are in doubt."""
    others = [row for row in rows if not is_aggregate(row[0].text)]
    kept: list[_Row] = []
    left_out: list[str] = []
    for row in rows:
        if not is_aggregate(row[0].text):
            kept.append(row)
        elif kinds := _kinds(row, others, has_comma=has_comma):
            told = " or ".join(dict.fromkeys(kinds))
            left_out.append(f"“{row[0].text}” ({row[0].place}) is no option and is left out: it holds the {told}.")
        else:
            doubt = _DOUBT.format(row[0].text)
            kept.append((row[0], *(replace(cell, doubt=cell.doubt or doubt) for cell in row[1:])))
    return Options(rows=tuple(kept), left_out=tuple(left_out))


def _kinds(row: _Row, others: Sequence[_Row], *, has_comma: bool) -> list[str]:
    """What each number of a row is of the others; empty where one is nothing of them, or there is none."""
    if len(others) < _OTHERS_MIN:
        return []
    found: list[str] = []
    for at, cell in enumerate(row):
        own = given_of(cell, has_comma=has_comma) if at else None
        if own is None:
            if at and any(char.isdigit() for char in cell.text):
                return []
            continue
        values = [one.value for one in (given_of(other[at], has_comma=has_comma) for other in others) if one]
        kind = next((kind for kind, value in _aggregates(values) if _is_rounded(own.value, value)), None)
        if kind is None:
            return []
        found.append(kind)
    return found


def _aggregates(values: Sequence[Decimal]) -> Iterator[tuple[str, Decimal]]:
    if not values:
        return
    total = sum(values, Decimal(0))
    ordered = sorted(values)
    middle = ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]
    yield "sums of the other rows", total
    yield "means of the other rows", CONTEXT.divide(total, Decimal(len(values)))
    yield "medians of the other rows", CONTEXT.divide(middle, Decimal(2))


def _is_rounded(told: Decimal, value: Decimal) -> bool:
    """Whether a number is another, rounded to the decimals that it is written with."""
    step = Decimal(1).scaleb(int(told.as_tuple().exponent))
    return abs(told - value) * 2 <= step
