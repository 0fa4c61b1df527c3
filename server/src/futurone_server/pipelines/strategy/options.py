"""A decision read from a table: its options, criteria, weights and directions, and what of it cannot be read."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from futurone_server.pipelines.strategy.aggregates import options_in
from futurone_server.pipelines.strategy.amount import NUMBER, read_amount, value_of
from futurone_server.pipelines.strategy.cells import given_of, wrong_with
from futurone_server.pipelines.strategy.directions import Stated, said_by, stated_in
from futurone_server.pipelines.strategy.given import TASK, Better, Criterion, Decision, Given, Ground
from futurone_server.pipelines.strategy.grid import Cell, Grid
from futurone_server.pipelines.strategy.layout import Layout, laid_out
from futurone_server.pipelines.strategy.naming import bare, is_remark, own_words, suggests_higher, suggests_lower

CRITERIA_MAX = 30
OPTIONS_MAX = 60

_IN_BRACKETS = re.compile(
    r"\(((?:the )?(?:lower|higher|less|more|minimi[sz]e|maximi[sz]e)\b[^()]*)\)|\([^()]*\b(?:better|besser)\b[^()]*\)",
    re.IGNORECASE,
)
_NO_NAME = "(no name)"
SAME_NAME = " are called “"
"""What stands in a note on options or criteria of the same name."""


@dataclass(frozen=True, kw_only=True)
class ReadDecision:
    """A decision as it was read. ``missing`` holds it up; ``notes`` are for a person to know."""

    decision: Decision
    missing: tuple[str, ...]
    notes: tuple[str, ...]


def decision_of(grid: Grid, task: str) -> ReadDecision | None:
    """The decision in a table, with what is missing or strange in it; None where the table holds none."""
    found = laid_out(grid, task)
    options_found = options_in(found.rows, has_comma=grid.has_comma)
    layout = replace(found, rows=options_found.rows)
    rows = [_named(row) for row in layout.rows[:OPTIONS_MAX]]
    names = [cell.text or f"(column {at + 1})" for at, cell in enumerate(layout.header)]
    stated = stated_in(task, names)
    columns = [at for at in range(1, len(names)) if _is_criterion(at, names, layout, stated, task)][:CRITERIA_MAX]
    if len(rows) < 2 or not any(_numbers(rows, at) * 2 >= len(rows) for at in columns):
        return None
    called = [names[at] for at in columns]
    criteria = [_criterion(at, called, names, layout, stated, task, has_comma=grid.has_comma) for at in columns]
    criteria = [replace(one, name=name) for one, name in zip(_grounded(criteria), _unique(called), strict=True)]
    options = tuple(_unique([row[0].text for row in rows]))
    cells = tuple(tuple(given_of(row[at], has_comma=grid.has_comma) for at in columns) for row in rows)
    decision = Decision(options=options, criteria=tuple(criteria), cells=cells)
    missing = [
        *_unreadable(names, rows, columns),
        *_unread(decision, rows, columns),
        *_unweighed(decision, layout, columns),
        *_in_words(names, rows, columns),
    ]
    notes = [
        *options_found.left_out,
        *_twice("options", [row[0].text for row in rows]),
        *_twice("criteria", called),
        *_directions(decision, columns, stated),
        *_remarks(names, rows, columns),
    ]
    if len(layout.rows) > OPTIONS_MAX:
        missing.append(f"There are {len(layout.rows)} options: at most {OPTIONS_MAX} are compared.")
    return ReadDecision(decision=decision, missing=tuple(missing), notes=tuple(notes))


def _named(row: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """A row whose option has a name; without one, its numbers are nobody's."""
    if row[0].text:
        return row
    doubt = "its option has no name"
    return (replace(row[0], text=_NO_NAME), *(replace(cell, doubt=cell.doubt or doubt) for cell in row[1:]))


def _is_criterion(at: int, names: Sequence[str], layout: Layout, stated: Stated, task: str) -> bool:
    """Whether a column is one to decide by: it holds numbers, read or not, or has a weight or direction of its own."""
    name = names[at]
    held = [row[at].text for row in layout.rows if row[at].text]
    found = sum(read_amount(text) is not None for text in held)
    if is_remark(name):
        return bool(held) and found * 2 >= len(held)
    is_meant = bool(layout.weights and layout.weights[at].text) or bool(
        layout.directions and layout.directions[at].text
    )
    return (
        found > 0
        or _holds_digits(held)
        or is_meant
        or at in stated.named
        or _weight_in_task(name, names[1:], task) is not None
    )


def _holds_digits(texts: Sequence[str]) -> bool:
    """Whether most cells hold digits, such as "10-20" or "15 to 18": they mean numbers, though none can be read."""
    return sum(any(char.isdigit() for char in text) for text in texts) * 2 > len(texts)


def _numbers(rows: Sequence[tuple[Cell, ...]], at: int) -> int:
    return sum(read_amount(row[at].text) is not None for row in rows)


def _criterion(
    at: int, called: Sequence[str], names: Sequence[str], layout: Layout, stated: Stated, task: str, *, has_comma: bool
) -> Criterion:
    cell = layout.weights[at] if layout.weights else None
    weight = given_of(cell, has_comma=has_comma) if cell else None
    if cell is None or not cell.text:
        weight = _weight_in_task(names[at], called, task)
    is_right = weight is not None and weight.value >= 0 and layout.more_weights is None
    is_equal = weight is None and (cell is None or not cell.text)
    told = layout.directions[at].text if layout.directions else ""
    better, ground = _direction(names[at], said_by(told) if told else None, stated, at)
    if ground is Ground.NOTHING and better is Better.HIGHER and _is_rating([row[at].text for row in layout.rows]):
        ground = Ground.RATING
    return Criterion(
        name=names[at],
        better=better,
        better_ground=ground,
        weight=weight if is_right else None,
        weight_ground=Ground.STATED if is_right else Ground.EQUAL if is_equal else Ground.NOTHING,
    )


def _direction(name: str, told: Better | None, stated: Stated, at: int) -> tuple[Better, Ground]:
    """Which way is better: what is stated always counts, and only where nothing is stated the name."""
    in_brackets = _IN_BRACKETS.search(name)
    said = told or (said_by(in_brackets.group()) if in_brackets else None) or stated.of(at)
    if said:
        return said, Ground.STATED
    if at in stated.torn:
        return Better.HIGHER, Ground.NOTHING
    if suggests_lower(name):
        return Better.LOWER, Ground.NAME
    return Better.HIGHER, Ground.NAME if suggests_higher(name) else Ground.NOTHING


def _is_rating(texts: Sequence[str]) -> bool:
    """Whether all values are points from 0 to 10."""
    return all(re.fullmatch(r"\s*(?:10|\d(?:[.,]5)?)?\s*", text) for text in texts)


def _weight_in_task(name: str, names: Sequence[str], task: str) -> Given | None:
    """A weight that the task gives a criterion by its name, or by a word that no other criterion has."""
    if not re.search(r"\bweigh|\bimportan|%|\bgewicht|\bpoids\b|\bpesos?\b", task, re.IGNORECASE):
        return None
    return next(filter(None, (_weight_near(word, task) for word in own_words(name, list(names)))), None)


def _weight_near(name: str, task: str) -> Given | None:
    """A weight beside a name: "price 40 %", "quality: 0.3", "support (weight 2)"."""
    pattern = (
        rf"(?<!\w){re.escape(name)}(?!\w)(?:\s*\([^()\d]{{1,20}}\))?\s*(?:[:=(]|is|at|counts(?: for)?|with)?\s*"
        rf"(?:an?\s+)?(?:weight(?:\s+of)?)?\s*:?\s*{NUMBER}"
    )
    for number, line in enumerate(task.splitlines(), 1):
        if "|" in line:
            continue
        found = re.search(pattern, line, re.IGNORECASE)
        value = value_of(found) if found else None
        if found and value is not None:
            shown = line[found.start("digits") : found.end()].strip(" ,.;")
            return Given(value=value, shown=shown, place=f"{TASK} line {number}")
    return None


def _grounded(criteria: Sequence[Criterion]) -> list[Criterion]:
    """Where some weights are stated, a criterion without one has none: that is missing, and not equal to the others."""
    if not any(one.weight for one in criteria):
        return list(criteria)
    return [one if one.weight else replace(one, weight_ground=Ground.NOTHING) for one in criteria]


def _unread(decision: Decision, rows: Sequence[tuple[Cell, ...]], columns: Sequence[int]) -> Iterator[str]:
    for option, row, cells in zip(decision.options, rows, decision.cells, strict=True):
        for criterion, at, cell in zip(decision.criteria, columns, cells, strict=True):
            if cell is None:
                yield f"{criterion.name} of {option}: {wrong_with(row[at])}"


def _unweighed(decision: Decision, layout: Layout, columns: Sequence[int]) -> Iterator[str]:
    if layout.more_weights:
        both = [row[at].place for row in (layout.weights or (), layout.more_weights) for at in columns]
        yield f"There are two rows of weights, and one can count: remove the other ({', '.join(both)})."
        return
    for criterion, at in zip(decision.criteria, columns, strict=True):
        if criterion.weight is not None or criterion.weight_ground is Ground.EQUAL:
            continue
        cell = layout.weights[at] if layout.weights else None
        if cell is None or not cell.text:
            yield f"The weight of {criterion.name}: others have one."
        elif given_of(cell) is not None and not cell.doubt:
            yield f"The weight of {criterion.name}: “{cell.text}” is less than zero ({cell.place})."
        else:
            yield f"The weight of {criterion.name}: {wrong_with(cell)}"


def _twice(kind: str, names: Sequence[str]) -> Iterator[str]:
    for name in dict.fromkeys(one for one in names if names.count(one) > 1 and one != _NO_NAME):
        yield f"{names.count(name)} {kind}{SAME_NAME}{name}”: all but the first have a number behind the name here."


def _directions(decision: Decision, columns: Sequence[int], stated: Stated) -> Iterator[str]:
    """Directions that are stated against what the name suggests, or twice."""
    for criterion, at in zip(decision.criteria, columns, strict=True):
        if at in stated.torn:
            yield f"{criterion.name}: the task states both that lower and that higher is better."
        elif criterion.better_ground is Ground.STATED and (
            suggests_lower(bare(criterion.name)) and criterion.better is Better.HIGHER
        ):
            yield f"{criterion.name}: higher is better, as stated, though its name suggests that lower is."


def _in_words(names: Sequence[str], rows: Sequence[tuple[Cell, ...]], columns: Sequence[int]) -> Iterator[str]:
    """Columns that hold words and may be criteria all the same."""
    for at, name in enumerate(names):
        held = [row[at].text for row in rows if row[at].text]
        if at and at not in columns and held and not is_remark(name):
            yield f"{name} holds words, not numbers: it is left out of the matrix."


def _unreadable(names: Sequence[str], rows: Sequence[tuple[Cell, ...]], columns: Sequence[int]) -> Iterator[str]:
    """Criteria of which no cell is a number, though most hold digits."""
    for at in columns:
        if not _numbers(rows, at) and _holds_digits([row[at].text for row in rows if row[at].text]):
            yield f"{names[at]}: none of its cells is a number. If it is no criterion, remove it or call it “Notes”."


def _remarks(names: Sequence[str], rows: Sequence[tuple[Cell, ...]], columns: Sequence[int]) -> Iterator[str]:
    """Columns that hold remarks: nothing is wrong with them, and they decide nothing."""
    left = [name for at, name in enumerate(names) if at and at not in columns and is_remark(name)]
    held = [name for name in left if any(row[names.index(name)].text for row in rows)]
    if held:
        yield f"Not in the matrix, because it holds remarks: {', '.join(held)}."


def _unique(names: Sequence[str]) -> Iterator[str]:
    seen: dict[str, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name} ({seen[name]})"
