"""What there is to compute with, read from tables and lines: a decision, assumptions, formulas, and what is missing."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from futurone_server.pipelines.strategy.amount import NUMBER, read_amount, value_of
from futurone_server.pipelines.strategy.cells import given_of, wrong_with
from futurone_server.pipelines.strategy.formula import FormulaError, key_of, names_in, prepared
from futurone_server.pipelines.strategy.given import TASK, Assumption, Decision, Formula, Given, Numbers
from futurone_server.pipelines.strategy.grid import Grid, grids_of_bytes, grids_of_lines, grids_of_rows
from futurone_server.pipelines.strategy.options import decision_of
from futurone_server.tools.documents import Document

ITEMS_MAX = 60

_BULLET = re.compile(r"\A\s{0,6}(?:[-*•+]\s+|\d{1,2}[.)]\s+)?")
_NAME = r"[^\W\d][\w /&%-]{0,58}?"
_EQUATION = re.compile(rf"(?P<name>{_NAME})\s*(?:=|:=)\s*(?P<told>[^=].{{0,480}})\Z")
_COLON = re.compile(rf"(?P<name>{_NAME})(?:\s*:|\s+(?:is|are))\s*(?P<told>[-−(]?\s*[$€£¥]?\s?[\d.].{{0,160}})\Z")
_COLON_FORMULA = re.compile(rf"(?P<name>{_NAME})\s*:\s*(?P<told>[^=:]{{3,300}})\Z")
_BETWEEN = re.compile(
    rf"(?P<name>{_NAME})\s+(?:is\s+|are\s+)?between\s+(?P<low>.{{1,40}}?)\s+and\s+(?P<high>.{{1,40}}?)[.;]?\Z"
)
_RANGE = re.compile(r"\A(?P<low>[^()]{1,40}?)\s*(?:\.\.|–|—|\s-\s|\bto\b)\s*(?P<high>[^()]{1,40}?)\Z", re.IGNORECASE)
_BASE_RANGE = re.compile(
    r"\A(?P<base>[^()\[\]]{1,40}?)\s*[(\[,;]\s*(?:low(?:est)?:?\s*)?(?P<low>[^()\[\],;–—]{1,40}?)\s*"
    r"(?:\.\.|–|—|\s-\s|(?<=\d)-(?=[$€£¥\d])|\bto\b|[,;]\s*(?:and\s+)?(?:high(?:est)?:?\s*)?)\s*"
    r"(?P<high>[^()\[\]]{1,40}?)\s*[)\]]?\Z",
    re.IGNORECASE,
)
_PARTS = re.compile(rf";\s+|[.?!]\s+(?=[^\W\d])|:\s+(?={_NAME}\s*:?=[^=])")
_NEXT = re.compile(
    r"(?:,\s+(?:and\s+)?|\s+and\s+|,?\s+(?:with|where|given(?:\s+that)?|when|if|assuming)\s+)"
    rf"(?={_NAME}\s*(?::?=[^=]|(?::|\s(?:is|are))\s*[$€£¥]?\d))"
)
_LEAD = re.compile(
    r"\A(?:(?:please|given|with|where|assume|assuming|assumptions?|inputs?|formulas?|let|compute|calculate|find|determine|"
    r"work out|what is|what are)\b:?\s+(?:that\s+|the\s+)?)+",
    re.IGNORECASE,
)
_COLUMNS = {
    "low": ("low", "min", "minimum", "pessimistic", "worst", "worst case", "downside"),
    "base": ("base", "base case", "value", "expected", "likely", "most likely", "mode", "amount"),
    "high": ("high", "max", "maximum", "optimistic", "best", "best case", "upside"),
    "formula": ("formula", "expression", "calculation"),
}


@dataclass(frozen=True, kw_only=True)
class Material:
    """A file to read numbers from: its name, its text, and the document it was parsed into."""

    document: Document
    raw: str | None
    """The decoded original of a csv file, whose cells have addresses."""


def read_numbers(task: str, materials: Sequence[Material]) -> Numbers:
    """Everything there is to compute with, from the task and the files. What is unclear is not guessed."""
    grids = [*grids_of_lines(TASK, task), *(grid for one in materials for grid in _grids(one))]
    decision: Decision | None = None
    missing: list[str] = []
    notes: list[str] = []
    assumptions: dict[str, Assumption] = {}
    formulas: dict[str, Formula] = {}
    for grid in grids:
        if _is_scenario(grid):
            missing += _take_grid(grid, assumptions, formulas)
            continue
        read = decision_of(grid, task)
        if read and decision is None:
            decision = read.decision
            missing += read.missing
            notes += read.notes
        elif read:
            notes.append(f"Another table of options, in {grid.source}, is not used: a run decides one thing.")
    texts = [(TASK, task), *((one.document.name, one.document.text) for one in materials if one.raw is None)]
    loose: dict[str, Formula] = {}
    for name, text in texts:
        _take_lines(name, text, assumptions, formulas, loose)
    _take_loose(loose, assumptions, formulas)
    used = tuple(_used(assumptions, formulas))
    return Numbers(
        decision=decision,
        assumptions=used[:ITEMS_MAX],
        formulas=tuple(formulas.values())[:ITEMS_MAX],
        missing=tuple(missing),
        notes=tuple(notes),
        unused=len(assumptions) - len(used),
    )


def _grids(material: Material) -> Iterator[Grid]:
    document = material.document
    if material.raw is not None:
        mark = "\t" if document.media_type == "text/tab-separated-values" else None
        yield from grids_of_bytes(document.name, material.raw, delimiter=mark)
    elif document.media_type in ("text/markdown", "text/plain"):
        yield from grids_of_lines(document.name, document.text)
    else:
        yield from grids_of_rows(document)


def _is_scenario(grid: Grid) -> bool:
    names = [cell.text.lower() for cell in grid.header[1:]]
    has = {kind: any(name in told for name in names) for kind, told in _COLUMNS.items()}
    return (has["base"] and (has["low"] or has["formula"])) or (has["low"] and has["high"]) or _is_list(grid)


def _is_list(grid: Grid) -> bool:
    """Whether it is a list of names with one value or formula each."""
    names = [cell.text.lower() for cell in grid.header[1:]]
    return len(names) == 1 and names[0] in (*_COLUMNS["base"], *_COLUMNS["formula"])


def _take_grid(grid: Grid, assumptions: dict[str, Assumption], formulas: dict[str, Formula]) -> Iterator[str]:
    """Take the assumptions and formulas of a table; what cannot be read is told, and not taken."""
    at = {
        kind: next((at for at, cell in enumerate(grid.header) if at and cell.text.lower() in told), None)
        for kind, told in _COLUMNS.items()
    }
    for row in grid.rows:
        name = row[0].text
        told = {kind: row[column] for kind, column in at.items() if column is not None and row[column].text}
        doubted = next((cell for cell in row if cell.doubt), None)
        if doubted or (told and not key_of(name)):
            yield f"{name or 'A row without a name'} ({row[0].place}) is not taken: " + (
                f"{doubted.doubt}." if doubted else "give it a name."
            )
            continue
        written = told.pop("formula", None) or next((one for one in told.values() if one.text.startswith("=")), None)
        if written is not None and read_amount(written.text) is None:
            formulas.setdefault(key_of(name), Formula(name=name, expression=written.text, place=written.place))
            continue
        told = told if written is None else {"base": written, **told}
        found = {kind: given_of(cell, has_comma=grid.has_comma) for kind, cell in told.items()}
        wrong = [f"The {kind} value of {name}: {wrong_with(told[kind])}" for kind, given in found.items() if not given]
        yield from wrong
        if not wrong:
            _take(name, found.get("low"), found.get("base"), found.get("high"), assumptions)


def _take(
    name: str, low: Given | None, base: Given | None, high: Given | None, assumptions: dict[str, Assumption]
) -> None:
    first = low or base or high
    last = high or base or low
    if first is None or last is None:
        return
    if first.value > last.value:
        # Where less is the good case, low and high stand the other way round: low is the smaller number here.
        first, last = last, first
    assumptions.setdefault(key_of(name), Assumption(name=name, low=first, base=base, high=last))


def _take_lines(
    name: str, text: str, assumptions: dict[str, Assumption], formulas: dict[str, Formula], loose: dict[str, Formula]
) -> None:
    for number, line in enumerate(text.splitlines(), 1):
        if "|" in line:
            continue
        place = f"{name} line {number}"
        for part in _PARTS.split(line):
            # "Given price = 20, units = 1000" holds two; "a = min(b, c)" holds one.
            for told in _NEXT.split(part):
                bare = _LEAD.sub("", _BULLET.sub("", told, count=1).strip()).rstrip(" .;,?!")
                _take_line(bare, place, assumptions, formulas)
                colon = _COLON_FORMULA.match(bare)
                if colon and _is_formula(colon["told"]):
                    formula = Formula(name=colon["name"].strip(), expression=colon["told"].strip(), place=place)
                    loose.setdefault(key_of(formula.name), formula)


def _take_line(told: str, place: str, assumptions: dict[str, Assumption], formulas: dict[str, Formula]) -> None:
    between = _BETWEEN.match(told)
    if between:
        low, high = _number(between["low"], place), _number(between["high"], place)
        if low and high and key_of(between["name"]):
            _take(between["name"], low, None, high, assumptions)
        return
    found = _EQUATION.match(told) or _COLON.match(told)
    if found is None or not key_of(found["name"]):
        return
    name, right = found["name"].strip(), found["told"].strip()
    whole = _number(right, place)
    if whole:
        _take(name, whole, whole, whole, assumptions)
        return
    for pattern in (_BASE_RANGE, _RANGE):
        ranged = pattern.match(right)
        if ranged:
            low, high = _number(ranged["low"], place), _number(ranged["high"], place)
            base = _number(ranged["base"], place) if "base" in ranged.groupdict() else None
            if low and high and (base or pattern is _RANGE):
                _take(name, low, base, high, assumptions)
                return
    if "=" in told and _is_formula(right):
        formulas.setdefault(key_of(name), Formula(name=name, expression=right, place=place))


def _take_loose(loose: dict[str, Formula], assumptions: dict[str, Assumption], formulas: dict[str, Formula]) -> None:
    """Take "revenue: price * units" where all its names are given; otherwise it may be a sentence like any other."""
    for key, formula in loose.items():
        names = [*(one.name for one in assumptions.values()), *(one.name for one in formulas.values())]
        try:
            needed = names_in(prepared(formula.expression, names))
        except FormulaError:
            continue
        known = assumptions.keys() | formulas.keys()
        if needed and known >= set(needed) and key not in known:
            formulas[key] = formula


def _number(text: str, place: str) -> Given | None:
    amount = read_amount(text.strip())
    if amount is None:
        found = re.fullmatch(rf"\s*{NUMBER}\s+(?:[^\W\d][\w/²³-]{{0,20}}\s?){{1,3}}", text)
        value = value_of(found) if found else None
        return Given(value=value, shown=" ".join(text.split()), place=place) if value is not None else None
    return Given(value=amount.value, shown=amount.shown, place=place)


def _is_formula(text: str) -> bool:
    """Whether a text computes something: names and signs, and no more words in a row than a name has."""
    if not re.search(r"[-+*/×÷·^−(]", text) and not re.fullmatch(r"[^\W\d][\w -]{0,40}", text):
        return False
    words = re.split(r"[-+*/×÷·^−(),]", text)
    return all(len(part.split()) <= 4 for part in words)


def _used(assumptions: dict[str, Assumption], formulas: dict[str, Formula]) -> Iterator[Assumption]:
    """The assumptions that some formula computes with: other lines of the form "name: number" mean something else."""
    names = [*(one.name for one in assumptions.values()), *(one.name for one in formulas.values())]
    needed: set[str] = set()
    for formula in formulas.values():
        try:
            needed.update(names_in(prepared(formula.expression, names)))
        except FormulaError:
            continue
    yield from (one for key, one in assumptions.items() if key in needed and key not in formulas)
