"""Where a number is said to stand, looked up in the original: cells by address, lines by number, quotes by words."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from futurone_server.pipelines.strategy.checks.fractions import read_number
from futurone_server.pipelines.strategy.naming import is_aggregate, is_direction, is_weight
from futurone_server.tools.documents import Document

_CELL = re.compile(r"([A-Z]{1,3})(\d{1,6})\Z")
_LINE = re.compile(r"line (\d{1,6})(?:, column (\d{1,3}))?\Z")
_ROW = re.compile(r"(?:.* )?(row \d{1,6}), (.+)\Z")
_QUOTE = re.compile(r"quote (\d{1,4})\Z")
ASSUMED = "assumption"
"""What stands in for a place where a model assumed a number."""


@dataclass(frozen=True)
class Originals:
    """The task and the files as they are, for looking up places. ``quotes`` are the report's own, by number."""

    task: str
    documents: Mapping[str, Document]
    raw: Mapping[str, str]
    quotes: Mapping[int, tuple[str, str]]

    @cached_property
    def _cells(self) -> dict[str, list[list[str]]]:
        return {name: list(csv.reader(io.StringIO(text, newline=""), delimiter=_mark(text)))
                for name, text in self.raw.items()}  # fmt: skip

    def holds(self, shown: str, place: str) -> bool:
        """Whether what is shown stands at a place."""
        if place == ASSUMED:
            return True
        quoted = _QUOTE.match(place)
        if quoted:
            text, source = self.quotes.get(int(quoted.group(1)), ("", ""))
            return bool(text) and _flat(shown) in _flat(text) and self.is_verbatim(text, source)
        told = self.text_at(place)
        return told is not None and bool(shown.strip()) and _flat(shown) in _flat(told)

    def text_at(self, place: str) -> str | None:
        """What stands at a place; None if there is no such place."""
        for name in sorted(["task", *self.documents], key=len, reverse=True):
            if place.startswith(f"{name} "):
                rest = place[len(name) + 1 :]
                return self._in_task(rest) if name == "task" else self._in_file(name, rest)
        return None

    def is_verbatim(self, quote: str, source: str) -> bool:
        """Whether a quote stands in a source, word for word."""
        held = self.task if source == "task" else self.documents[source].text if source in self.documents else ""
        return bool(quote.strip()) and _flat(quote) in _flat(held)

    def numeric_cells(self, name: str) -> Iterator[str]:
        """The addresses of all numbers in those columns of a csv file that mostly hold numbers."""
        rows = self._cells.get(name, [])
        width = max(map(len, rows), default=0)
        for at in range(1, width):
            held = [(number, row[at]) for number, row in enumerate(rows, 1) if number > 1 and at < len(row)]
            filled = [(number, text) for number, text in held if text.strip()]
            numbers = [(number, text) for number, text in filled if _is_number(text)]
            if len(numbers) * 2 > len(filled):
                yield from (f"{name} {_letters(at)}{number}" for number, _ in numbers)

    def summing_cells(self, name: str) -> frozenset[str]:
        """The addresses of numbers in lines of a csv file that are called a total or mean, and are one of the others.

        A line is a row or a column: options may stand in either.
        """
        rows = self._cells.get(name, [])
        width = max(map(len, rows), default=0)
        even = [[*row, *[""] * (width - len(row))] for row in rows]
        has_comma = self.has_comma(f"{name} A1")
        found = set(_summing(even, has_comma=has_comma))
        found |= {
            (row, at) for at, row in _summing([list(one) for one in zip(*even, strict=True)], has_comma=has_comma)
        }
        return frozenset(f"{name} {_letters(at)}{row + 1}" for row, at in found)

    def has_comma(self, place: str) -> bool:
        """Whether decimals stand after a comma in the csv file of a place: its numbers say so, or its semicolons."""
        name = next((one for one in self.raw if place.startswith(f"{one} ")), None)
        if name is None:
            return False
        tails = [
            (mark, len(tail))
            for row in self._cells[name][1:]
            for cell in row
            for mark, tail in re.findall(r"\d([.,])(\d+)(?![.,]?\d)", cell)
        ]
        points = any(mark == "." and length != 3 for mark, length in tails)
        commas = any(mark == "," and length != 3 for mark, length in tails)
        return not points and (commas or _mark(self.raw[name]) == ";")

    def _in_task(self, rest: str) -> str | None:
        return _in_lines(self.task, rest)

    def _in_file(self, name: str, rest: str) -> str | None:
        address = _CELL.match(rest)
        if address and name in self._cells:
            row, column = int(address.group(2)) - 1, _column(address.group(1))
            rows = self._cells[name]
            return rows[row][column] if row < len(rows) and column < len(rows[row]) else None
        document = self.documents[name]
        in_row = _ROW.match(rest)
        if in_row:
            lines = [
                document.text[section.start : section.end]
                for section in document.sections
                if section.path and section.path[-1] == in_row.group(1)
            ]
            parts = [part for line in lines for part in line.split("; ") if part.startswith(f"{in_row.group(2)}: ")]
            return " ; ".join(part[len(in_row.group(2)) + 2 :] for part in parts) or None
        return _in_lines(document.text, rest)


def _in_lines(text: str, rest: str) -> str | None:
    found = _LINE.match(rest)
    lines = text.splitlines()
    if found is None or not 1 <= int(found.group(1)) <= len(lines):
        return None
    line = lines[int(found.group(1)) - 1]
    if found.group(2) is None:
        return line
    cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
    at = int(found.group(2)) - 1
    return cells[at].strip() if at < len(cells) else None


def _summing(rows: list[list[str]], *, has_comma: bool) -> Iterator[tuple[int, int]]:
    """The cells, by row and column from 0, of rows that sum up all rows below the header that do not."""
    others = [row for row in rows[1:] if row and not is_aggregate(row[0])]
    others = [row for row in others if not is_weight(row[0]) and not is_direction(row[0])]
    for number, row in enumerate(rows):
        if number and row and is_aggregate(row[0]) and len(others) > 1:
            held = [at for at in range(1, len(row)) if any(char.isdigit() for char in row[at])]
            if held and all(_sums_up(row[at], [other[at] for other in others], has_comma=has_comma) for at in held):
                yield from ((number, at) for at in held)


def _sums_up(told: str, texts: list[str], *, has_comma: bool) -> bool:
    own = read_number(told, has_comma=has_comma)
    read = (read_number(text, has_comma=has_comma) for text in texts)
    values = sorted(value for value in read if value is not None)
    if own is None or not values:
        return False
    total = sum(reversed(values), Fraction(0))
    middle = (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2
    return any(abs(own - value) * 2 <= _step(own) for value in (total, total / len(values), middle))


def _step(value: Fraction) -> Fraction:
    """The last decimal that a number is written with."""
    step = Fraction(1)
    while value % step:
        step /= 10
    return step


def _is_number(text: str) -> bool:
    return read_number(text) is not None and sum(char.isalpha() for char in text) <= 12


def _mark(text: str) -> str:
    counts = {mark: text[:4000].count(mark) for mark in ",;\t|"}
    return max(counts, key=lambda mark: counts[mark])


def _column(letters: str) -> int:
    at = 0
    for letter in letters:
        at = at * 26 + ord(letter) - ord("A") + 1
    return at - 1


def _letters(at: int) -> str:
    first, rest = divmod(at, 26)
    return (chr(64 + first) if first else "") + chr(65 + rest)


def _flat(text: str) -> str:
    return " ".join(text.split())
