"""A plan: the graph of steps that a run carries out, whatever its origin."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields

from futurone_server.kit import limits


class PlanError(Exception):
    """The plan cannot be carried out; the message says why and where."""


@dataclass(frozen=True, kw_only=True)
class PlanStep:
    """One step. ``label`` and ``args`` are content; ``id``, ``kind`` and ``depends_on`` are facts."""

    id: str
    kind: str
    label: str
    depends_on: tuple[str, ...] = ()
    args: Mapping[str, object] = field(default_factory=dict)
    tools: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    success_criteria: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be done, why, and in what order."""

    goal: str
    constraints: tuple[str, ...] = ()
    success_criteria: tuple[str, ...] = ()
    steps: tuple[PlanStep, ...]
    quality_bar: str = ""
    revision: int = 1

    def to_json(self) -> dict[str, object]:
        """The plan as it is sealed and stored."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: object) -> "Plan":
        """The plan that ``to_json`` wrote."""
        assert isinstance(value, dict)
        steps = tuple(PlanStep(**{**step, **_tuples(step, PlanStep)}) for step in value["steps"])
        return cls(**{**value, **_tuples(value, Plan), "steps": steps})

    def in_order(self) -> tuple[PlanStep, ...]:
        """The steps so that each comes after all it depends on. Raises PlanError on a cycle or an unknown step."""
        if not 1 <= len(self.steps) <= limits.STEPS_PER_RUN_MAX:
            raise PlanError(f"A plan has 1 to {limits.STEPS_PER_RUN_MAX} steps, not {len(self.steps)}.")
        known = {step.id for step in self.steps}
        if len(known) != len(self.steps):
            raise PlanError("Two steps have the same id.")
        for step in self.steps:
            for other in step.depends_on:
                if other not in known:
                    raise PlanError(f"Step {step.id} depends on {other}, which is not in the plan.")
        ordered: list[PlanStep] = []
        done: set[str] = set()
        waiting = list(self.steps)
        while waiting:
            ready = [step for step in waiting if done.issuperset(step.depends_on)]
            if not ready:
                raise PlanError(f"The steps {', '.join(step.id for step in waiting)} wait for one another.")
            ordered += ready
            done.update(step.id for step in ready)
            waiting = [step for step in waiting if step.id not in done]
        return tuple(ordered)


_TUPLES = ("constraints", "success_criteria", "depends_on", "tools", "inputs", "outputs")


def _tuples(value: Mapping[str, object], kind: type[Plan | PlanStep]) -> dict[str, object]:
    names = {one.name for one in fields(kind)}
    found: dict[str, object] = {}
    for name in _TUPLES:
        members = value.get(name)
        if name in names and isinstance(members, list):
            found[name] = tuple(members)
    return found
