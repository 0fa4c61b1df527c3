"""Scenarios computed: every formula at low, base and high, each assumption alone, and a seeded simulation."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from futurone_server.pipelines.strategy.amount import CONTEXT
from futurone_server.pipelines.strategy.formula import (
    Compiled,
    FormulaError,
    compile_formula,
    key_of,
    names_in,
    prepared,
)
from futurone_server.pipelines.strategy.given import Assumption, Formula

SEED = 20_261_121
DRAWS = 5_000
PERCENTILES = (5, 25, 50, 75, 95)


@dataclass(frozen=True, kw_only=True)
class Result:
    """One formula at low, base and high. ``problem`` says why it could not be computed."""

    name: str
    expression: str
    place: str
    low: Decimal | None
    base: Decimal | None
    high: Decimal | None
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Swing:
    """What the last result is when one assumption alone is low, and when it alone is high."""

    assumption: str
    at_low: Decimal
    at_high: Decimal

    @property
    def width(self) -> Decimal:
        """How far apart the two are."""
        return abs(self.at_high - self.at_low)


@dataclass(frozen=True, kw_only=True)
class Spread:
    """One result over all draws of the simulation."""

    name: str
    mean: Decimal
    percentiles: tuple[Decimal, ...]
    below_zero: Decimal
    """The share of draws in which it is negative."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Everything computed from some assumptions and formulas."""

    results: tuple[Result, ...]
    swings: tuple[Swing, ...]
    spreads: tuple[Spread, ...]
    missing: tuple[str, ...]


def compute(assumptions: Sequence[Assumption], formulas: Sequence[Formula], *, is_drawn: bool = True) -> Scenario:
    """Compute every formula that can be; what is missing for the others is said. The same input, the same bytes.

    ``is_drawn`` false leaves the simulation out, which takes most of the time.
    """
    names = [*(one.name for one in assumptions), *(one.name for one in formulas)]
    chain, problems = _chain(formulas, names, {key_of(one.name) for one in assumptions})
    columns = [_evaluate(chain, _values(assumptions, pick)) for pick in (_low, _base, _high)]
    results = []
    for formula in formulas:
        key = key_of(formula.name)
        problem = problems.get(key, "") or next(
            (column[key] for column in columns if isinstance(column.get(key), str)), ""
        )
        low, base, high = (column.get(key) for column in columns)
        results.append(
            Result(
                name=formula.name,
                expression=formula.expression,
                place=formula.place,
                low=low if isinstance(low, Decimal) else None,
                base=base if isinstance(base, Decimal) else None,
                high=high if isinstance(high, Decimal) else None,
                problem=str(problem),
            )
        )
    computed = [result for result in results if not result.problem]
    varied = [one for one in assumptions if one.is_range]
    return Scenario(
        results=tuple(results),
        swings=tuple(_swings(assumptions, chain, computed[-1])) if computed and varied else (),
        spreads=tuple(_spreads(assumptions, chain, computed)) if computed and varied and is_drawn else (),
        missing=tuple(dict.fromkeys(told for told in _missing(results))),
    )


def _low(assumption: Assumption) -> Decimal:
    return assumption.low.value


def _base(assumption: Assumption) -> Decimal:
    return assumption.middle


def _high(assumption: Assumption) -> Decimal:
    return assumption.high.value


def _values(assumptions: Sequence[Assumption], pick: Callable[[Assumption], Decimal]) -> dict[str, Decimal]:
    return {key_of(one.name): pick(one) for one in assumptions}


def _chain(
    formulas: Sequence[Formula], names: Sequence[str], known: set[str]
) -> tuple[list[tuple[str, Compiled]], dict[str, str]]:
    """The formulas in an order in which each has what it needs, and what is wrong with the others."""
    compiled: dict[str, tuple[Compiled, tuple[str, ...]]] = {}
    problems: dict[str, str] = {}
    for formula in formulas:
        try:
            text = prepared(formula.expression, names)
            compiled[key_of(formula.name)] = (compile_formula(text), names_in(text))
        except FormulaError as error:
            problems[key_of(formula.name)] = str(error)
    chain: list[tuple[str, Compiled]] = []
    ready = set(known)
    while True:
        now = [key for key, (_, needs) in compiled.items() if key not in ready and ready.issuperset(needs)]
        if not now:
            break
        chain += [(key, compiled[key][0]) for key in now]
        ready.update(now)
    own = {key_of(formula.name) for formula in formulas}
    for key, (_, needs) in compiled.items():
        if key not in ready:
            lacking = [need.replace("_", " ") for need in needs if need not in ready and need not in own]
            told = f"Not given: {', '.join(lacking)}." if lacking else "It waits for a result that is not computed."
            problems[key] = told
    return chain, problems


def _evaluate(chain: Sequence[tuple[str, Compiled]], values: dict[str, Decimal]) -> dict[str, Decimal | str]:
    """Every formula of the chain by key: its value, or why it has none."""
    found: dict[str, Decimal | str] = {}
    for key, compute_one in chain:
        try:
            values[key] = found[key] = compute_one(values)
        except FormulaError as error:
            found[key] = str(error)
    return found


def _swings(assumptions: Sequence[Assumption], chain: Sequence[tuple[str, Compiled]], last: Result) -> Iterator[Swing]:
    key = key_of(last.name)
    swings = []
    for varied in assumptions:
        if not varied.is_range:
            continue
        ends = []
        for value in (varied.low.value, varied.high.value):
            values = _values(assumptions, _base)
            values[key_of(varied.name)] = value
            ends.append(_evaluate(chain, values).get(key))
        low, high = ends
        if isinstance(low, Decimal) and isinstance(high, Decimal):
            swings.append(Swing(assumption=varied.name, at_low=low, at_high=high))
    yield from sorted(swings, key=lambda one: (-one.width, one.assumption))


def _spreads(
    assumptions: Sequence[Assumption], chain: Sequence[tuple[str, Compiled]], computed: Sequence[Result]
) -> Iterator[Spread]:
    """The simulation: each draw takes one number per assumption with a range, in their order."""
    chance = random.Random(SEED)  # noqa: S311 - a simulation that has to come out the same each time
    drawn: dict[str, list[Decimal]] = {key_of(result.name): [] for result in computed}
    for _ in range(DRAWS):
        values = {key_of(one.name): _draw(one, chance) for one in assumptions}
        for key, value in _evaluate(chain, values).items():
            if isinstance(value, Decimal) and key in drawn:
                drawn[key].append(value)
    for result in computed:
        found = sorted(drawn[key_of(result.name)])
        if len(found) == DRAWS:
            yield _spread(result.name, found)


def _draw(assumption: Assumption, chance: random.Random) -> Decimal:
    if not assumption.is_range:
        return assumption.middle
    at = Decimal(chance.random())
    low, high = assumption.low.value, assumption.high.value
    width = CONTEXT.subtract(high, low)
    if assumption.distribution == "uniform" or assumption.base is None:
        return CONTEXT.add(low, CONTEXT.multiply(at, width))
    mode = assumption.base.value
    before = CONTEXT.divide(CONTEXT.subtract(mode, low), width)
    if at < before:
        part = CONTEXT.multiply(CONTEXT.multiply(at, width), CONTEXT.subtract(mode, low))
        return CONTEXT.add(low, CONTEXT.sqrt(part))
    part = CONTEXT.multiply(CONTEXT.multiply(CONTEXT.subtract(Decimal(1), at), width), CONTEXT.subtract(high, mode))
    return CONTEXT.subtract(high, CONTEXT.sqrt(part))


def _spread(name: str, found: Sequence[Decimal]) -> Spread:
    total = Decimal(0)
    for value in found:
        total = CONTEXT.add(total, value)
    count = len(found)
    return Spread(
        name=name,
        mean=CONTEXT.divide(total, Decimal(count)),
        percentiles=tuple(found[-(-count * percent // 100) - 1] for percent in PERCENTILES),
        below_zero=CONTEXT.divide(Decimal(sum(value < 0 for value in found)), Decimal(count)),
    )


def _missing(results: Sequence[Result]) -> Iterator[str]:
    for result in results:
        if result.problem:
            yield f"{result.name}: {result.problem}"
