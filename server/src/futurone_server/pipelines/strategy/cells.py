"""The number of a cell, or in words what stands there and what would be right."""

from futurone_server.pipelines.strategy.amount import read_amount
from futurone_server.pipelines.strategy.given import Given
from futurone_server.pipelines.strategy.grid import Cell


def given_of(cell: Cell, *, has_comma: bool = False) -> Given | None:
    """The number of a cell; None where it holds none, or where it is not known what it is of."""
    amount = None if cell.doubt else read_amount(cell.text, has_comma=has_comma)
    return Given(value=amount.value, shown=amount.shown, place=cell.place) if amount else None


def wrong_with(cell: Cell) -> str:
    """Why a cell gives no number, where it is, and what would be right."""
    if cell.doubt:
        held = f"“{cell.text}” is not taken, {cell.doubt}" if cell.text else f"the cell is empty, {cell.doubt}"
        return f"{held} ({cell.place})."
    if not cell.text:
        return f"the cell is empty ({cell.place}). Write a number there."
    return f"“{cell.text}” is no number ({cell.place}). Write a number alone there, such as 12 or 3.5."
