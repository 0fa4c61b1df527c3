"""What can be computed from given numbers, all of it at once: matrix and scenarios."""

from dataclasses import dataclass

from futurone_server.pipelines.strategy import matrix, scenario
from futurone_server.pipelines.strategy.given import Numbers


@dataclass(frozen=True, kw_only=True)
class Computed:
    """A matrix, scenarios, or neither."""

    matrix: matrix.Matrix | None
    scenario: scenario.Scenario | None

    @property
    def has_any(self) -> bool:
        """Whether anything came out."""
        results = self.scenario.results if self.scenario else ()
        return self.matrix is not None or any(not result.problem for result in results)


def compute(numbers: Numbers, *, is_drawn: bool = True) -> Computed:
    """Compute everything that can be. The same numbers give the same result, to the last digit.

    ``is_drawn`` false leaves the simulation out.
    """
    has_scenario = bool(numbers.formulas)
    return Computed(
        matrix=matrix.compute(numbers.decision) if numbers.decision else None,
        scenario=scenario.compute(numbers.assumptions, numbers.formulas, is_drawn=is_drawn) if has_scenario else None,
    )
