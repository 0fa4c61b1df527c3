"""A decision read from a table: which side the options are on, the weights, and which way each criterion is better."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from futurone_server.pipelines.strategy.amount import NUMBER, read_amount, value_of
from futurone_server.pipelines.strategy.given import TASK, Better, Criterion, Decision, Given, Ground
from futurone_server.pipelines.strategy.grid import Cell, Grid

CRITERIA_MAX = 30
OPTIONS_MAX = 60

_WEIGHT = frozenset(["weight", "weights", "weighting", "importance", "weight %", "weight (%)"])
_DIRECTION = frozenset(["direction", "better", "better is", "goal", "optimum", "prefer", "type"])
_REMARKS = frozenset(
    ["note", "notes", "comment", "comments", "remark", "remarks", "description", "url", "link", "website", "contact"]
)
_LOWER_WORDS = re.compile(
    r"\b(?:price|rent|salary|salaries|tax|taxes|premium|cost|costs|fee|fees|expense|risk|risks|time|delivery|delay|latency|duration|effort|"
    r"distance|errors?|defects?|complaints?|churn|downtime|emissions?|co2|debt|penalt(?:y|ies)|complexity|loss|losses|"
    r"weight|mass|noise|consumption|interest)\b",
    re.IGNORECASE,
)
_HIGHER_WORDS = re.compile(
    r"\b(?:quality|rating|score|stars|revenue|profit|margin|return|roi|savings|benefit|benefits|satisfaction|uptime|"
    r"availability|speed|throughput|performance|reliability|security|support|ease|usability|fit|value|growth|"
    r"features|coverage|capacity|experience|reach|scalability|flexibility|storage|"
    r"warranty|battery|range|memory|popularity|demand|sales|expertise)\b",
    re.IGNORECASE,
)
_SAID_LOWER = r"(?:lower|less|cheaper|smaller|fewer|shorter|min(?:imi[sz]e)?|cost|down)"
_SAID_HIGHER = r"(?:higher|more|larger|bigger|longer|max(?:imi[sz]e)?|benefit|up)"


def decision_of(grid: Grid, task: str) -> tuple[Decision | None, list[str]]:
    """The decision in a table, and what is missing in it in words; None where the table holds none."""
    upright = _upright(grid)
    weight_row = _take_row(upright, _WEIGHT)
    direction_row = _take_row(upright, _DIRECTION)
    rows = [row for row in upright.rows if row not in (weight_row, direction_row) and row[0].text][:OPTIONS_MAX]
    columns = [at for at in range(1, len(upright.header)) if _is_numeric(rows, at)][:CRITERIA_MAX]
    if len(rows) < 2 or not columns:
        return None, []
    names = [upright.header[at].text for at in columns]
    criteria = []
    for at, name in zip(columns, names, strict=True):
        weight = _given(weight_row[at], has_comma=grid.has_comma) if weight_row else None
        weight = weight or _weight_in_task(name, names, task)
        told = direction_row[at].text if direction_row else ""
        criteria.append(_criterion(name, task, weight, told, is_rating=_is_rating([row[at].text for row in rows])))
    criteria = _grounded(criteria)
    cells = tuple(tuple(_given(row[at], has_comma=grid.has_comma) for at in columns) for row in rows)
    options = tuple(_unique(row[0].text for row in rows))
    decision = Decision(options=options, criteria=tuple(criteria), cells=cells)
    return decision, [*_missing(decision, rows, columns), *_in_words(upright, rows, columns)]


def _upright(grid: Grid) -> Grid:
    """The table with options as rows: one that lists criteria as rows is turned."""
    names = [cell.text.lower() for cell in grid.header]
    first_is_criteria = names[0] in ("criterion", "criteria", "factor", "factors")
    if not first_is_criteria and not _WEIGHT.intersection(names[1:]):
        return grid
    table = [grid.header, *grid.rows]
    turned = [tuple(row[at] for row in table) for at in range(len(grid.header))]
    return Grid(source=grid.source, header=turned[0], rows=tuple(turned[1:]), has_comma=grid.has_comma)


def _take_row(grid: Grid, names: frozenset[str]) -> tuple[Cell, ...] | None:
    return next((row for row in grid.rows if row[0].text.lower().rstrip(":") in names), None)


def _is_numeric(rows: Sequence[tuple[Cell, ...]], at: int) -> bool:
    """Whether most of a column are numbers."""
    held = [row[at].text for row in rows if row[at].text]
    found = sum(read_amount(text) is not None for text in held)
    return bool(held) and found * 2 > len(held)


def _given(cell: Cell, *, has_comma: bool) -> Given | None:
    amount = read_amount(cell.text, has_comma=has_comma)
    return Given(value=amount.value, shown=amount.shown, place=cell.place) if amount else None


def _is_rating(texts: Sequence[str]) -> bool:
    """Whether all values are points from 0 to 10."""
    return all(re.fullmatch(r"\s*(?:10|\d(?:[.,]5)?)?\s*", text) for text in texts)


def _criterion(name: str, task: str, weight: Given | None, told: str, *, is_rating: bool) -> Criterion:
    weight = weight if weight and weight.value >= 0 else None
    better, ground = _direction(name, task, told)
    if ground is Ground.NOTHING and is_rating:
        ground = Ground.RATING
    return Criterion(
        name=name,
        better=better,
        better_ground=ground,
        weight=weight,
        weight_ground=Ground.STATED if weight else Ground.EQUAL,
    )


def _weight_in_task(name: str, names: Sequence[str], task: str) -> Given | None:
    """A weight that the task gives a criterion by its name, or by a word that no other criterion has."""
    if not re.search(r"\bweigh|\bimportan|%", task, re.IGNORECASE):
        return None
    bare = re.sub(r"\s*\(.*?\)", "", name).strip()
    others = {word for other in names if other != name for word in re.findall(r"\w+", other.lower())}
    own = [word for word in re.findall(r"[^\W\d]{4,}", bare) if word.lower() not in others]
    return next(filter(None, (_weight_near(word, task) for word in dict.fromkeys([bare, *own]) if word)), None)


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


def _direction(name: str, task: str, cell: str) -> tuple[Better, Ground]:
    lower_said = re.compile(rf"\b{_SAID_LOWER}\b", re.IGNORECASE)
    higher_said = re.compile(rf"\b{_SAID_HIGHER}\b", re.IGNORECASE)
    own = re.search(r"\((.*?)\)", name)
    bare = re.sub(r"\s*\(.*?\)", "", name).strip()
    near = re.search(
        rf"\b(?:lower|less|fewer|shorter|higher|more)\s+{re.escape(bare)}\b[^.;\n]{{0,20}}\bbetter\b", task, re.I
    )
    after = re.search(
        rf"(?<!\w){re.escape(bare)}\b,?[^.;\n,]{{0,24}}\b(?:lower|less|higher|more)\b[^.;\n,]{{0,12}}\bbetter\b",
        task,
        re.I,
    )
    for told in (cell, own.group(1) if own else "", near.group() if near else "", after.group() if after else ""):
        if lower_said.search(told):
            return Better.LOWER, Ground.STATED
        if higher_said.search(told):
            return Better.HIGHER, Ground.STATED
    if _LOWER_WORDS.search(bare) and not _HIGHER_WORDS.search(bare):
        return Better.LOWER, Ground.NAME
    return Better.HIGHER, Ground.NAME if _HIGHER_WORDS.search(bare) else Ground.NOTHING


def _grounded(criteria: Sequence[Criterion]) -> list[Criterion]:
    """Where some weights are stated, a criterion without one has none: that is missing, and not equal to the others."""
    if not any(one.weight for one in criteria):
        return list(criteria)
    return [one if one.weight else replace(one, weight_ground=Ground.NOTHING) for one in criteria]


def _missing(decision: Decision, rows: Sequence[tuple[Cell, ...]], columns: Sequence[int]) -> Iterator[str]:
    for option, row, cells in zip(decision.options, rows, decision.cells, strict=True):
        for criterion, at, cell in zip(decision.criteria, columns, cells, strict=True):
            if cell is None:
                held = f"“{row[at].text}” is no number" if row[at].text else "the cell is empty"
                yield f"{criterion.name} of {option}: {held} ({row[at].place})."
    if any(one.weight for one in decision.criteria):
        for criterion in decision.criteria:
            if criterion.weight is None:
                yield f"The weight of {criterion.name}: others have one."


def _in_words(grid: Grid, rows: Sequence[tuple[Cell, ...]], columns: Sequence[int]) -> Iterator[str]:
    """Columns that hold words and may be criteria all the same."""
    for at, cell in enumerate(grid.header):
        held = [row[at].text for row in rows if row[at].text]
        if at and at not in columns and held and cell.text and cell.text.lower() not in _REMARKS:
            yield f"{cell.text} holds words, not numbers: it is left out of the matrix."


def _unique(names: Iterator[str]) -> Iterator[str]:
    seen: dict[str, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name} ({seen[name]})"
