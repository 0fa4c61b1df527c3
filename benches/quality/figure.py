"""One figure of quality with its floor, and the table of all of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from benches.figures import Goal


class Verdict(StrEnum):
    """What became of a figure's floor; NONE where none was set."""

    MET = "met"
    MISSED = "MISSED"
    UNMEASURED = "NOT MEASURED"
    NONE = ""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One result: of which area, over which part of the questions. ``value`` is None where it could not be taken."""

    area: str
    part: str
    name: str
    value: float | None
    shown: str
    floor: Goal | None = None
    told: str = ""
    """The floor in words."""

    @property
    def verdict(self) -> Verdict:
        """Whether the floor is held. Without a value it is not."""
        if self.floor is None:
            return Verdict.NONE
        if self.value is None:
            return Verdict.UNMEASURED
        return Verdict.MET if self.floor.is_met(self.value) else Verdict.MISSED


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where figures belong: makes them with less to say each time."""

    area: str
    part: str

    def share(
        self, name: str, right: int, of: int, *, floor: float | None = None, most: float | None = None, of_min: int = 1
    ) -> Figure:
        """``right`` of ``of``. With fewer than ``of_min`` there is no value, and the figure says so.

        ``floor`` is what it has to be at least, ``most`` at most.
        """
        value = right / of if of >= max(of_min, 1) else None
        shown = f"{right} of {of} ({100 * right / of:.0f} %)" if of else "there are none"
        if value is None and of_min > 1:
            shown = f"could not be measured: {of} here, at least {of_min} are needed"
        goal, told = None, ""
        if floor is not None:
            goal, told = Goal(value=floor, is_most=False), f"≥ {100 * floor:.0f} %"
        elif most is not None:
            goal, told = Goal(value=most), f"≤ {100 * most:.0f} %"
        return Figure(area=self.area, part=self.part, name=name, value=value, shown=shown, floor=goal, told=told)

    def at_most(self, name: str, value: float | None, most: float, *, digits: int = 2) -> Figure:
        """A number that should be small."""
        return self._number(name, value, digits, Goal(value=most), f"≤ {most:g}")

    def number(self, name: str, value: float | None, *, unit: str = "", digits: int = 2) -> Figure:
        """A number without a floor."""
        return self._number(name, value, digits, None, "", unit)

    def words(self, name: str, shown: str) -> Figure:
        """A result that is no number."""
        return Figure(area=self.area, part=self.part, name=name, value=None, shown=shown)

    def _number(
        self, name: str, value: float | None, digits: int, floor: Goal | None, told: str, unit: str = ""
    ) -> Figure:
        shown = "–" if value is None else f"{value:,.{digits}f} {unit}".rstrip()
        return Figure(area=self.area, part=self.part, name=name, value=value, shown=shown, floor=floor, told=told)


_HEAD = ("| area | part | figure | value | floor | |", "| --- | --- | --- | ---: | --- | --- |")


def table(figures: Sequence[Figure]) -> str:
    """All figures as a Markdown table."""
    return "\n".join((*_HEAD, *_rows(figures)))


def _rows(figures: Sequence[Figure]) -> Iterator[str]:
    for one in figures:
        yield f"| {one.area} | {one.part} | {one.name} | {one.shown} | {one.told} | {one.verdict} |"


def exit_code(figures: Sequence[Figure]) -> int:
    """0 where every floor is held, 1 where one is missed, 2 where one could not be measured and none is missed."""
    verdicts = {one.verdict for one in figures}
    if Verdict.MISSED in verdicts:
        return 1
    return 2 if Verdict.UNMEASURED in verdicts else 0
