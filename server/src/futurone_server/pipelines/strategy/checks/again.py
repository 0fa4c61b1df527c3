"""A strategy report computed again from the numbers it shows: matrix, ranks, turns, scenarios, draws."""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import sqrt

from futurone_server.pipelines.content.reading import Reading, Table
from futurone_server.pipelines.strategy.checks.fractions import Number, is_close, read_number
from futurone_server.pipelines.strategy.checks.stack import Program, UncomputableError, key, program, run
from futurone_server.pipelines.strategy.report import (
    ASSUMPTIONS,
    FORMULAS,
    NO_FLIP,
    NOT_COMPUTED,
    RANKING,
    RESULTS,
    SPREADS,
    SWINGS,
    TURNS,
    WEIGHTS,
)
from futurone_server.pipelines.strategy.scenario import DRAWS, PERCENTILES, SEED

_TIE = Fraction(1, 10**12)
_PLACED = re.compile(r"(?P<shown>.*) \((?P<place>[^()]*(?:\([^()]*\)[^()]*)*)\)\Z")


def table(reading: Reading, header: Sequence[str], *path: str) -> Table | None:
    """The first table with a header under a path."""
    parts = [part for part in reading.parts if part.path[-len(path) :] == path]
    return next((one for part in parts for one in part.tables if one.header == tuple(header) or not header), None)


class MatrixAgain:
    """The decision as the report shows it, computed in fractions, options and criteria in the report's order."""

    def __init__(self, given: Table, weights: Table) -> None:
        self.criteria = given.header[1:]
        self.options = [row[0] for row in given.rows]
        self.cells = [[_PLACED.match(cell) for cell in row[1:]] for row in given.rows]
        self.weights = [self._weight(row[1]) for row in weights.rows]
        self.is_lower = [row[3].startswith("lower") for row in weights.rows]
        self.is_whole = all(cell for row in self.cells for cell in row) and sum(self.weights) > 0
        self.is_even = len(weights.rows) == len(self.criteria)
        if self.is_whole and self.is_even:
            self.scores = [
                list(row) for row in zip(*map(self._column, range(len(self.criteria)), self._columns()), strict=True)
            ]
            self.sums = self.summed(self.weights)

    def _weight(self, told: str) -> Fraction:
        return read_number(told) or Fraction(0)

    def _columns(self) -> list[list[Fraction]]:
        values = [[read_number(cell["shown"]) or Fraction(0) for cell in row if cell] for row in self.cells]
        return [[row[at] for row in values] for at in range(len(self.criteria))]

    def _column(self, at: int, values: Sequence[Fraction]) -> list[Fraction]:
        low, high = sorted(values)[0], sorted(values)[-1]
        if low == high:
            return [Fraction(1)] * len(values)
        return [(high - one if self.is_lower[at] else one - low) / (high - low) for one in values]

    def summed(self, weights: Sequence[Fraction]) -> list[Fraction]:
        """The weighted sum of each option."""
        total = sum(reversed(weights), Fraction(0))
        return [sum((s * w / total for s, w in zip(row, weights, strict=True)), Fraction(0)) for row in self.scores]

    def first(self, sums: Sequence[Fraction]) -> list[str]:
        """The options with the highest sum."""
        return [option for option, one in zip(self.options, sums, strict=True) if max(sums) - one <= _TIE]


def matrix_wrongs(reading: Reading) -> Iterator[str]:
    """What comes out otherwise in the decision matrix."""
    if reading.part("Decision matrix") is None:
        return
    given, weights = table(reading, (), "Given"), table(reading, WEIGHTS, "Weights")
    if given is None or weights is None:
        yield "The matrix shows no given numbers or no weights."
        return
    again = MatrixAgain(given, weights)
    ranking = table(reading, RANKING, "Ranking")
    if not again.is_even or (ranking is not None) != again.is_whole:
        yield "The matrix is computed from numbers that are not there, or is not computed from those that are."
        return
    if ranking is None:
        return
    total = sum(again.weights)
    for row, weight in zip(weights.rows, again.weights, strict=True):
        if not is_close(row[2], weight / total):
            yield f"The share of {row[0]} is not {row[2]}."
    yield from _ranking_wrongs(again, ranking)
    yield from _score_wrongs(again, table(reading, (), "Normalised scores"))
    yield from _turn_wrongs(again, table(reading, TURNS, "Sensitivity"))
    yield from _claim_wrongs(again, reading)


def _ranking_wrongs(again: MatrixAgain, ranking: Table) -> Iterator[str]:
    told = {row[1]: row for row in ranking.rows}
    if sorted(told) != sorted(again.options):
        yield "The ranking does not hold the options that were given."
        return
    for option, total in zip(again.options, again.sums, strict=True):
        rank = 1 + sum(other - total > _TIE for other in again.sums)
        level = sum(abs(other - total) <= _TIE for other in again.sums) > 1
        if told[option][0] != f"{rank}{'=' if level else ''}":
            yield f"{option} is ranked {told[option][0]} and comes out {rank}."
        if not is_close(told[option][2], total):
            yield f"The weighted sum of {option} is not {told[option][2]}."


def _score_wrongs(again: MatrixAgain, scored: Table | None) -> Iterator[str]:
    rows = {row[0]: row[1:] for row in scored.rows} if scored else {}
    for option, scores in zip(again.options, again.scores, strict=True):
        told = rows.get(option, ())
        if len(told) != len(scores) or not all(map(is_close, told, scores)):
            yield f"The normalised scores of {option} come out otherwise."


def _turn_wrongs(again: MatrixAgain, turns: Table | None) -> Iterator[str]:
    if turns is None or [row[0] for row in turns.rows] != list(again.criteria):
        yield "The sensitivity of a weight is missing."
        return
    for at, row in enumerate(turns.rows):
        for cell, factor in ((row[1], Fraction(4, 5)), (row[2], Fraction(6, 5))):
            changed = [weight * factor if at == other else weight for other, weight in enumerate(again.weights)]
            if sum(changed) and cell != " and ".join(again.first(again.summed(changed))):
                yield f"With the weight of {row[0]} at {float(factor):.0%}, {cell} does not win."
        levels = _levels(again, at)
        told, _, other = row[3].partition(" (to ")
        is_right = any(is_close(told, level) and other == f"{option})" for level, option in levels)
        if (row[3] != NO_FLIP or levels) and not is_right:
            yield f"The weight of {row[0]} at which the winner changes is not {row[3]}."


def _levels(again: MatrixAgain, at: int) -> list[tuple[Fraction, str]]:
    """The nearest weights at which another option draws level, and which, solved for each pair of options."""
    ahead = again.sums.index(max(again.sums))
    rest = [weight if other != at else Fraction(0) for other, weight in enumerate(again.weights)]
    levels: list[tuple[Fraction, Fraction, str]] = []
    for other, option in enumerate(again.options):
        if again.sums[ahead] - again.sums[other] <= _TIE or again.scores[ahead][at] == again.scores[other][at]:
            continue
        pairs = zip(again.scores[ahead], again.scores[other], rest, strict=True)
        lead = sum(((one - two) * weight for one, two, weight in pairs), Fraction(0))
        level = -lead / (again.scores[ahead][at] - again.scores[other][at])
        if level >= 0:
            levels.append((abs(level - again.weights[at]), level, option))
    least = min((change for change, _, _ in levels), default=Fraction(0))
    return [(level, option) for change, level, option in levels if change - least <= _TIE]


def _claim_wrongs(again: MatrixAgain, reading: Reading) -> Iterator[str]:
    part = reading.part("Result")
    lines = [line for line in (part.items if part else ()) if "highest weighted sum" in line]
    winners = again.first(again.sums)
    verb = " has" if len(winners) == 1 else " are"
    if not any(line.startswith(" and ".join(winners) + verb) for line in lines):
        yield "The result does not name the option that comes first."
    for line in lines:
        if not is_close(line.rpartition(": ")[2].split(" ")[0], max(again.sums)):
            yield "The highest weighted sum in the result is another."


def scenario_wrongs(reading: Reading) -> Iterator[str]:
    """What comes out otherwise in the scenarios."""
    if reading.part("Scenarios") is None:
        return
    assumed, formulas = table(reading, ASSUMPTIONS, "Assumptions"), table(reading, FORMULAS, "Formulas")
    results = table(reading, RESULTS, "Results")
    if assumed is None or formulas is None or results is None:
        yield "The scenarios show no assumptions, no formulas or no results."
        return
    names = [row[0] for row in (*assumed.rows, *formulas.rows)]
    ranges = {row[0]: _range(row) for row in assumed.rows}
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


def _range(row: Sequence[str]) -> tuple[Fraction, Fraction, Fraction]:
    low, base, high = (read_number(cell.removesuffix(" (middle)")) or Fraction(0) for cell in row[1:4])
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
