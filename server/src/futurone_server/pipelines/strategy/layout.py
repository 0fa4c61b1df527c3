"""How a decision table is laid out: on which side its options are, and where weights and directions stand."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from futurone_server.pipelines.strategy.amount import read_amount
from futurone_server.pipelines.strategy.grid import Cell, Grid
from futurone_server.pipelines.strategy.naming import (
    is_direction,
    is_weight,
    names_criteria,
    names_options,
    own_words,
    suggests_higher,
    suggests_lower,
)

_OPEN = (
    "it could be the weights or a property of the options: call the first column “criterion” or “option”, or put a unit"
    " behind the name, such as “{} (kg)”"
)
_WHOLES = (Decimal(1), Decimal(100))


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A table with options as rows and criteria as columns; weights and directions stand apart."""

    header: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    weights: tuple[Cell, ...] | None
    directions: tuple[Cell, ...] | None
    more_weights: tuple[Cell, ...] | None
    """A second row of weights: it is not known which of the two counts."""


def laid_out(grid: Grid, task: str) -> Layout:
    """Turn a table that lists criteria as rows, and set weights apart where what they belong to are criteria."""
    are_criteria = _are_rows_criteria(grid, task)
    named = [cell.text for cell in grid.header[1:]]
    # Where it cannot be told, the line called "weight" is a column, and its cells are in doubt.
    is_turned = are_criteria is True or (are_criteria is None and not any(map(is_weight, named)))
    table = [grid.header, *grid.rows]
    upright = list(zip(*table, strict=True)) if is_turned else table
    header, rows = upright[0], upright[1:]
    if are_criteria is None:
        rows = [tuple(_doubted(cell, header[at].text) for at, cell in enumerate(row)) for row in rows]
    weights = [row for row in rows if is_weight(row[0].text)] if are_criteria is not None else []
    directions = [row for row in rows if is_direction(row[0].text)]
    return Layout(
        header=header,
        rows=tuple(row for row in rows if row not in weights and row not in directions and any(_texts(row))),
        weights=weights[0] if weights else None,
        directions=directions[0] if directions else None,
        more_weights=weights[1] if len(weights) > 1 else None,
    )


def _doubted(cell: Cell, column: str) -> Cell:
    return replace(cell, doubt=_OPEN.format(column)) if is_weight(column) else cell


def _are_rows_criteria(grid: Grid, task: str) -> bool | None:
    """Whether the rows are criteria and the columns options; None where it cannot be told."""
    first = grid.header[0].text
    if names_criteria(first) or names_options(first):
        return names_criteria(first)
    across, down = _texts(grid.header[1:]), [row[0].text for row in grid.rows]
    beside = next((at for at, name in enumerate(across, 1) if is_weight(name)), None)
    below = next((row[1:] for row in grid.rows if is_weight(row[0].text)), None)
    columns, rows = _share(across, task), _share(down, task)
    if beside is not None and below is None:
        return _is_turned([row[beside] for row in grid.rows], along=rows, against=columns)
    if below is not None and beside is None:
        turned = _is_turned(below, along=columns, against=rows)
        return None if turned is None and rows > columns else turned is False
    if any(map(is_direction, across)):
        return True
    return below is None and rows >= 0.5 and not columns


def _is_turned(cells: Sequence[Cell], *, along: float, against: float) -> bool | None:
    """Whether a line called "weight" holds the weights of what it runs along; None where it cannot be told."""
    amounts = [read_amount(cell.text) for cell in cells if cell.text]
    if any(one and one.unit not in ("", "%") for one in amounts):
        return False
    values = [one.value for one in amounts if one]
    are_shares = len(values) == len(amounts) and sum(values) in _WHOLES
    if along != against and not (are_shares and against > along):
        return along > against
    return True if are_shares and along == against else None


def _share(names: Sequence[str], task: str) -> float:
    """How many of some names are names of criteria: by their words, or by what the task says of them."""
    others = [name for name in names if not is_weight(name) and not is_direction(name)]
    said = [suggests_lower(name) or suggests_higher(name) or _is_weighed(name, others, task) for name in others]
    return sum(said) / len(said) if said else 0.0


def _is_weighed(name: str, names: Sequence[str], task: str) -> bool:
    """Whether the task gives it a weight or a direction."""
    told = r"(?:\W{0,3}\d|[^.;\n]{0,30}\b(?:better|weigh\w*|importan\w*)\b)"
    return any(re.search(rf"(?<!\w){re.escape(word)}{told}", task, re.I) for word in own_words(name, list(names)))


def _texts(cells: Sequence[Cell]) -> list[str]:
    return [cell.text for cell in cells]
