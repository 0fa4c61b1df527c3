"""A run in hand: its work, what this worker has to carry it out with, and what it has used up so far."""

from collections.abc import Callable
from dataclasses import dataclass

from futurone_server.features.reviews import CalibrationService
from futurone_server.features.runs import Run, RunWork, Work
from futurone_server.features.usage import Budgets
from futurone_server.kit.clock import Clock
from futurone_server.models.port import Models
from futurone_server.pipelines.doing import Doing
from futurone_server.pipelines.outcomes import LimitExceededError
from futurone_server.pipelines.sources import Sources
from futurone_server.pipelines.spending import Spending
from futurone_server.pipelines.toolbox import Toolbox
from futurone_server.telemetry import OFF, Tracing


@dataclass(frozen=True, kw_only=True)
class Equipment:
    """What a worker process has to carry runs out with."""

    desk: RunWork
    clock: Clock
    models: Models
    sources: Callable[[Run], Sources]
    tools: Toolbox
    budgets: Budgets
    calibration: CalibrationService
    tracing: Tracing = OFF


class Counter:
    """Counts a run's tool calls against its limit."""

    def __init__(self, used: int, limit: int) -> None:
        self.used = used
        self._limit = limit

    def take(self) -> int:
        """One more. Raises LimitExceededError."""
        if self.used >= self._limit:
            raise LimitExceededError(f"The run may make {self._limit} tool calls and has made them.")
        self.used += 1
        return self.used


@dataclass(frozen=True, kw_only=True)
class InHand:
    """One run in hand. Shared by its planner and all its steps."""

    work: Work
    equipment: Equipment
    sources: Sources
    calls: Counter
    spending: Spending
    doing: Doing
