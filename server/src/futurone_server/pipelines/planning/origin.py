"""Which planner a run's plan comes from: the test directive, or the brief of a domain agent."""

from collections.abc import Mapping

from futurone_server.features.keys import Mode
from futurone_server.features.runs import Domain, Escalation, Plan, Run
from futurone_server.pipelines.outcomes import EscalatedError
from futurone_server.pipelines.planning import research, scripted
from futurone_server.pipelines.sources import Sources


def task_of(brief: Mapping[str, object]) -> str:
    """The task in a brief, whichever form the order had."""
    task = brief.get("task")
    if isinstance(task, str):
        return task
    given = brief.get("input")
    query = given.get("user_query") if isinstance(given, dict) else None
    return query if isinstance(query, str) else ""


async def make_plan(run: Run, brief: Mapping[str, object], sources: Sources) -> Plan:
    """The plan of a run. Raises EscalatedError where a person or a model is needed to go on."""
    task = task_of(brief)
    if run.mode is Mode.TEST:
        return scripted.plan(task)
    if run.agent == Domain.RESEARCH:
        return await research.plan(task, sources, may_search=brief.get("may_search_vault") is True)
    raise EscalatedError(
        Escalation(
            reason="MODEL_REQUIRED",
            message=f"The agent {run.agent} needs a language model, and none is configured.",
            needs=("Configure a model on the server, then run the task again.",),
        )
    )
