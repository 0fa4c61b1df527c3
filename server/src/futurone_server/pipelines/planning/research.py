"""The plan of a research task: gather the sources, one step for each question, compose the report, verify it."""

from futurone_server.features.runs import Escalation, Plan, PlanStep
from futurone_server.models.port import Routing
from futurone_server.pipelines.indexing import think
from futurone_server.pipelines.outcomes import EscalatedError
from futurone_server.pipelines.planning import inquiry
from futurone_server.pipelines.planning.context import PlanContext, Trouble
from futurone_server.pipelines.planning.needs import model_required
from futurone_server.pipelines.research.brief import Brief
from futurone_server.pipelines.research.questions import brief as read_brief

QUOTED, WRITTEN = "research", "inquiry"
"""The rubrics of research: answers in exact quotes, and reports that a model writes."""

_GIVE_FILES = "Give files with the run, or upload documents to the vault, and run the task again."


async def plan(context: PlanContext) -> Plan:
    """The plan for a research task, in quotes or written, as its rubric and the models there are let it be.

    Raises EscalatedError (NO_SOURCES, MODEL_REQUIRED) when there is nothing to look into, or nobody who could.
    """
    has_documents = await context.sources.has_any(may_search=context.may_search_vault)
    has_web = context.hand.equipment.tools.web is not None
    has_model = context.has_model(Routing.DEEP)
    if context.run.rubric == WRITTEN and not has_model:
        raise model_required(f"The rubric {WRITTEN} is for what a model writes: it")
    if has_model and context.run.rubric != QUOTED and (has_documents or has_web):
        return await inquiry.plan(context, has_documents=has_documents)
    if not has_documents:
        raise EscalatedError(_nothing_to_read(has_web=has_web, has_model=has_model))
    brief = await think(lambda: read_brief(context.asked))
    if not brief.questions:
        raise EscalatedError(
            Escalation(
                reason="NO_EVIDENCE",
                message="The task asks nothing that could be looked up.",
                needs=("Ask at least one question, with words that the sources may use.",),
            )
        )
    return _graph(brief)


def _nothing_to_read(*, has_web: bool, has_model: bool) -> Escalation:
    """What is missing where no document is there: files in any case, or whatever keeps the web out of reach."""
    bare = "There are no sources: no file was given, and there is none in the vault that this key may read"
    if has_web and not has_model:
        return Escalation(
            reason="MODEL_REQUIRED",
            message=f"{bare}. A search of the web is configured (FUTURONE_SEARCH), but only a language model can plan"
            " what to search for, and none is configured.",
            needs=("Configure a model on the server (FUTURONE_MODELS), then run the task again.", f"Or: {_GIVE_FILES}"),
        )
    if has_web:
        return Escalation(
            reason="NO_SOURCES",
            message=f"{bare}. With the rubric {QUOTED} the web is not searched: it is for quotes from documents.",
            needs=(_GIVE_FILES, f"Or leave the rubric out, or name {WRITTEN}: then the web is searched as well."),
        )
    return Escalation(
        reason="NO_SOURCES", message=f"{bare}, and no search of the web is configured.", needs=(_GIVE_FILES,)
    )


def _graph(brief: Brief) -> Plan:
    gather = PlanStep(
        id="gather",
        kind="gather",
        label="Gather and read the sources",
        args={"query": " ".join(question.text for question in brief.questions), "needs_document": True},
        outputs=("sources",),
        success_criteria=("Every source is read, or it is said why not.",),
    )
    asked = [
        PlanStep(
            id=f"q{number}",
            kind="question",
            label=question.text,
            depends_on=("gather",),
            args={"question": question.to_json(), "number": number},
            inputs=("sources",),
            outputs=("quotes",),
            success_criteria=("The answer is a verbatim quote, or the question is declared unanswered.",),
        )
        for number, question in enumerate(brief.questions, 1)
    ]
    compose = PlanStep(
        id="compose",
        kind="compose",
        label="Compose the cited report",
        depends_on=tuple(step.id for step in asked),
        args={"brief": brief.to_json()},
        inputs=("quotes",),
        outputs=("report",),
        success_criteria=("Every claim carries a citation.",),
    )
    verify = PlanStep(
        id="verify",
        kind="verify",
        label="Check the report against its sources",
        depends_on=("compose",),
        args={"brief": brief.to_json()},
        inputs=("report", "sources"),
        outputs=("verification",),
        success_criteria=("Each quote is found in its source again.",),
    )
    return Plan(
        goal=brief.goal,
        constraints=brief.constraints,
        success_criteria=brief.success_criteria,
        steps=(gather, *asked, compose, verify),
    )


async def replan(context: PlanContext, before: Plan, trouble: Trouble) -> Plan:
    """Another way to what is left, around what is done. Only a model can find one."""
    return await inquiry.replan(context, before, trouble)
