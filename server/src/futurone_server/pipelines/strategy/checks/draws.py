"""Scenarios computed again from the numbers that the report shows: results, single changes, and every draw."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import sqrt

from futurone_server.pipelines.content.reading import Reading, Table
from futurone_server.pipelines.strategy.checks.again import table
from futurone_server.pipelines.strategy.checks.fractions import Number, is_close, read_number
from futurone_server.pipelines.strategy.checks.stack import Program, UncomputableError, key, program, run
from futurone_server.pipelines.strategy.report import ASSUMPTIONS, FORMULAS, NOT_COMPUTED, RESULTS, SPREADS, SWINGS
from futurone_server.pipelines.strategy.scenario import DRAWS, PERCENTILES, SEED


def scenario_wrongs(reading: Reading, has_comma: Callable[[str], bool]) -> Iterator[str]:
    """What comes out otherwise in the scenarios; ``has_comma`` as for the matrix."""
    if reading.part("Scenarios") is None:
        return
    assumed, formulas = table(reading, ASSUMPTIONS, "Assumptions"), table(reading, FORMULAS, "Formulas")
    results = table(reading, RESULTS, "Results")
    if assumed is None or formulas is None or results is None:
        yield "The scenarios show no assumptions, no formulas or no results."
        return
    names = [row[0] for row in (*assumed.rows, *formulas.rows)]
    ranges = {row[0]: _range(row, has_comma=has_comma(row[5])) for row in assumed.rows}
    for row in assumed.rows:
        if row[2].endswith("(middle)") and not is_close(row[2].removesuffix(" (middle)"), ranges[row[0]][1]):
            yield f"The middle of {row[0]} is not {row[2]}."
    programs = _programs(formulas, names)
    for at, column in enumerate(("low", "base", "high")):
        values: dict[str, Number] = {key(name): told[at] for name, told in ranges.items()}
        found = _all(programs, values)
        for row in results.rows:
            value = found.get(key(row[0]))
            told = row[at + 1]
            if (told == NOT_COMPUTED) != (value is None) or (value is not None and not is_close(told, value)):
                yield f"{row[0]} at {column} is not {told}."
    computed = [row[0] for row in results.rows if NOT_COMPUTED not in row[1:]]
    swings, spreads = table(reading, SWINGS, "One assumption at a time"), table(reading, SPREADS, "Simulation")
    if swings and computed:
        yield from _swing_wrongs(swings, ranges, programs, computed[-1])
    if spreads:
        yield from _spread_wrongs(spreads, assumed, ranges, programs)
    yield from _told_wrongs(reading, results)


def _range(row: Sequence[str], *, has_comma: bool) -> tuple[Fraction, Fraction, Fraction]:
    told = (cell.removesuffix(" (middle)") for cell in row[1:4])
    low, base, high = (read_number(cell, has_comma=has_comma) or Fraction(0) for cell in told)
    return low, (low + high) / 2 if row[2].endswith("(middle)") else base, high


def _programs(formulas: Table, names: Sequence[str]) -> dict[str, Program]:
    programs: dict[str, Program] = {}
    for row in formulas.rows:
        try:
            programs[key(row[0])] = program(row[1], names)
        except UncomputableError:
            continue
    return programs


def _all(programs: Mapping[str, Program], values: dict[str, Number], *, as_floats: bool = False) -> dict[str, Number]:
    """Every formula that has a result, computed again and again until nothing more comes out."""
    found: dict[str, Number] = {}
    for _ in programs:
        for name, steps in programs.items():
            if name in found or name in values:
                continue
            try:
                found[name] = values[name] = run(steps, values, float if as_floats else Fraction)
            except UncomputableError:
                continue
        if len(found) == len(programs):
            break
    return found


def _swing_wrongs(
    swings: Table,
    ranges: Mapping[str, tuple[Fraction, Fraction, Fraction]],
    programs: Mapping[str, Program],
    last: str,
) -> Iterator[str]:
    for row in swings.rows:
        ends: list[Number | None] = []
        for at in (0, 2):
            values: dict[str, Number] = {key(name): told[at if name == row[0] else 1] for name, told in ranges.items()}
            ends.append(_all(programs, values).get(key(last)))
        low, high = ends
        apart: Number | None = None if low is None or high is None else max(low - high, high - low)
        if not (is_close(row[1], low) and is_close(row[2], high) and is_close(row[3], apart)):
            yield f"What {row[0]} alone does to {last} comes out otherwise."


def _spread_wrongs(
    spreads: Table,
    assumed: Table,
    ranges: Mapping[str, tuple[Fraction, Fraction, Fraction]],
    programs: Mapping[str, Program],
) -> Iterator[str]:
    chance = random.Random(SEED)  # noqa: S311 - the same draws again
    kinds = {row[0]: row[4] for row in assumed.rows}
    drawn: dict[str, list[float]] = {row[0]: [] for row in spreads.rows}
    order = _all(programs, {key(name): told[1] for name, told in ranges.items()})
    programs = {name: programs[name] for name in order}
    for _ in range(DRAWS):
        values: dict[str, Number] = {}
        for name, told in ranges.items():
            values[key(name)] = _drawn(kinds[name], told, chance)
        found = _all(programs, values, as_floats=True)
        for name, held in drawn.items():
            if key(name) in found:
                held.append(float(found[key(name)]))
    for row in spreads.rows:
        held = sorted(drawn[row[0]])
        if len(held) != DRAWS:
            yield f"The draws of {row[0]} have no result."
            continue
        ranks = [held[(DRAWS * percent + 99) // 100 - 1] for percent in PERCENTILES]
        below = sum(one < 0 for one in held) / DRAWS
        expected = [sum(held) / DRAWS, *ranks, below]
        if not all(is_close(cell, value) for cell, value in zip(row[1:], expected, strict=True)):
            yield f"The simulation of {row[0]} comes out otherwise."


def _drawn(kind: str, told: tuple[Fraction, Fraction, Fraction], chance: random.Random) -> float:
    low, mode, high = map(float, told)
    if kind == "fixed":
        return mode
    at = chance.random()
    if kind == "uniform":
        return low + at * (high - low)
    if at * (high - low) < mode - low:
        return low + sqrt(at * (high - low) * (mode - low))
    return high - sqrt((1 - at) * (high - low) * (high - mode))


def _told_wrongs(reading: Reading, results: Table) -> Iterator[str]:
    """Where the lines of the result say other numbers than the table."""
    part = reading.part("Result")
    told = {line.partition(": ")[0]: line.partition(": ")[2] for line in (part.items if part else ())}
    for row in results.rows:
        line = told.get(row[0])
        if NOT_COMPUTED not in row[1:] and (line is None or line.split(" ")[0] != row[2]):
            yield f"The result says another number for {row[0]} than its table."
