"""What a planner is given: the task, the run and its documents, and a voice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from futurone_server.features.runs import PlanStep
from futurone_server.pipelines.inhand import InHand
from futurone_server.pipelines.outcomes import ReplanError
from futurone_server.pipelines.revising import note_of
from futurone_server.pipelines.scribe import Scribe

PLANNER = "plan"
"""What a planner is called where a step has its id."""


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Why a plan cannot go on: the step that says so, what is done already, and the cause."""

    failed: PlanStep
    done: Sequence[PlanStep]
    cause: ReplanError


class PlanContext(Scribe):
    """One attempt at planning a run."""

    def __init__(self, hand: InHand, attempt: int = 1) -> None:
        super().__init__(hand, PLANNER, attempt)

    @property
    def brief(self) -> Mapping[str, object]:
        """The order's content: ``task`` or ``input``, ``sensitivity_tags``, ``routing_hint``, ``may_search_vault``."""
        return self.hand.work.brief

    @property
    def task(self) -> str:
        """The task, whichever form the order had."""
        task = self.brief.get("task")
        if isinstance(task, str):
            return task
        given = self.brief.get("input")
        query = given.get("user_query") if isinstance(given, dict) else None
        return query if isinstance(query, str) else ""

    @property
    def asked(self) -> str:
        """The task, and what a reviewer of an earlier run of it asks for beside."""
        note = note_of(self.brief)
        return self.task if note is None else f"{self.task}\n\n{note}"

    @property
    def may_search_vault(self) -> bool:
        """Whether the vault may be searched when no file was given."""
        return self.brief.get("may_search_vault") is True
