"""A decision matrix computed again from the numbers that the report shows: scores, sums, ranks, turns."""

import re
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from futurone_server.pipelines.content.reading import Reading, Table
from futurone_server.pipelines.strategy.checks.fractions import is_close, read_number
from futurone_server.pipelines.strategy.report import NO_FLIP, RANKING, TURNS, WEIGHTS

_TIE = Fraction(1, 10**12)
_PLACED = re.compile(r"(?P<shown>.*) \((?P<place>[^()]*(?:\([^()]*\)[^()]*)*)\)\Z")


def table(reading: Reading, header: Sequence[str], *path: str) -> Table | None:
    """The first table with a header under a path."""
    parts = [part for part in reading.parts if part.path[-len(path) :] == path]
    return next((one for part in parts for one in part.tables if one.header == tuple(header) or not header), None)


class MatrixAgain:
    """The decision as the report shows it, computed in fractions, options and criteria in the report's order."""

    def __init__(self, given: Table, weights: Table, has_comma: Callable[[str], bool]) -> None:
        self._has_comma = has_comma
        self.criteria = given.header[1:]
        self.options = [row[0] for row in given.rows]
        self.cells = [[_PLACED.match(cell) for cell in row[1:]] for row in given.rows]
        self.weights = [self._read(row[1], row[4]) for row in weights.rows]
        self.is_lower = [row[3].startswith("lower") for row in weights.rows]
        is_weighed = sum(self.weights) > 0 and all(row[1] != "missing" for row in weights.rows)
        self.is_whole = all(cell for row in self.cells for cell in row) and is_weighed
        self.is_even = len(weights.rows) == len(self.criteria)
        if self.is_whole and self.is_even:
            self.scores = [
                list(row) for row in zip(*map(self._column, range(len(self.criteria)), self._columns()), strict=True)
            ]
            self.sums = self.summed(self.weights)

    def _read(self, shown: str, place: str) -> Fraction:
        return read_number(shown, has_comma=self._has_comma(place)) or Fraction(0)

    def _columns(self) -> list[list[Fraction]]:
        values = [[self._read(cell["shown"], cell["place"]) for cell in row if cell] for row in self.cells]
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


def matrix_wrongs(reading: Reading, has_comma: Callable[[str], bool]) -> Iterator[str]:
    """What comes out otherwise in the decision matrix; ``has_comma`` tells of a place how its numbers are written."""
    if reading.part("Decision matrix") is None:
        return
    given, weights = table(reading, (), "Given"), table(reading, WEIGHTS, "Weights")
    if given is None or weights is None:
        yield "The matrix shows no given numbers or no weights."
        return
    again = MatrixAgain(given, weights, has_comma)
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
            if sum(changed) and cell != _in_a_row(again.first(again.summed(changed))):
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
    if not any(line.startswith(_in_a_row(winners) + verb) for line in lines):
        yield "The result does not name the option that comes first."
    for line in lines:
        if not is_close(line.rpartition(": ")[2].split(" ")[0], max(again.sums)):
            yield "The highest weighted sum in the result is another."


def _in_a_row(names: Sequence[str]) -> str:
    """Names as a sentence lists them."""
    told = names[0]
    for at, name in enumerate(names[1:], 1):
        told += f" and {name}" if at == len(names) - 1 else f", {name}"
    return told
