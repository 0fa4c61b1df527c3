"""The plan of a content task: drafts looked through, a source brief, or with a model a text section by section."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from futurone_server.features.runs import Escalation, Plan, PlanStep
from futurone_server.models.port import Ask, Routing
from futurone_server.pipelines.content.assignment import Aim, Assignment, read_assignment
from futurone_server.pipelines.content.constraints import ConstraintKind
from futurone_server.pipelines.content.writing import Section, outline, outline_prompt
from futurone_server.pipelines.indexing import think
from futurone_server.pipelines.outcomes import EscalatedError
from futurone_server.pipelines.planning.context import PlanContext
from futurone_server.pipelines.prompting import load_prompt

_MODEL_REQUIRED = Escalation(
    reason="MODEL_REQUIRED",
    message="Writing a text needs a language model, and none is configured.",
    needs=(
        "Configure a model on the server (FUTURONE_MODELS), then run the task again.",
        "Or give a draft as a file to have it looked through, or sources as files to have a source brief made.",
    ),
)
_NO_SOURCES = Escalation(
    reason="NO_SOURCES",
    message="A source brief needs sources: no file was given, and there is none in the vault that this key may read.",
    needs=("Give files with the run, or upload documents to the vault, and run the task again.",),
)


async def plan(context: PlanContext) -> Plan:
    """The plan for a content task. Raises EscalatedError (MODEL_REQUIRED, NO_SOURCES) when nothing can be made."""
    files = context.run.files
    assignment = await think(partial(read_assignment, context.task, has_files=bool(files)))
    has_model = context.has_model(Routing.DRAFT)
    if assignment.aim is Aim.LINT:
        return _lint_plan(assignment, files)
    if assignment.aim is Aim.WRITE and has_model:
        return await _text_plan(context, assignment)
    if assignment.aim is Aim.WRITE and not files:
        raise EscalatedError(_MODEL_REQUIRED)
    if not await context.sources.has_any(may_search=context.may_search_vault):
        raise EscalatedError(_NO_SOURCES)
    return _brief_plan(assignment)


def _lint_plan(assignment: Assignment, files: Sequence[str]) -> Plan:
    bare = replace(assignment, task="").to_json()
    looked = [
        PlanStep(
            id=f"draft{number}",
            kind="lint_draft",
            label=f"Look draft {number} through",
            args={"file": file, "assignment": bare},
            outputs=("findings",),
            success_criteria=("Every finding names its line and quotes what stands there.",),
        )
        for number, file in enumerate(files, 1)
    ]
    report = PlanStep(
        id="report",
        kind="lint_report",
        label="Put the findings together",
        depends_on=tuple(step.id for step in looked),
        args={"assignment": assignment.to_json()},
        inputs=("findings",),
        outputs=("lint report",),
        success_criteria=("Nothing in the drafts is changed.",),
    )
    return _plan(assignment, (*looked, report), "lint report")


def _brief_plan(assignment: Assignment) -> Plan:
    brief = PlanStep(
        id="brief",
        kind="source_brief",
        label="Make the source brief",
        depends_on=("bank",),
        args={"assignment": assignment.to_json()},
        inputs=("quotes",),
        outputs=("source brief",),
        success_criteria=("Every quote stands in its source, and what is open is said.",),
    )
    return _plan(assignment, (_bank(assignment, ()), brief), "source brief")


async def _text_plan(context: PlanContext, assignment: Assignment) -> Plan:
    """The outline comes from the task alone: it is fixed before a source is read."""
    prompt = load_prompt("content-outline")
    routing = prompt.routing if context.has_model(prompt.routing) else Routing.DRAFT
    answer = await context.ask(
        Ask(
            routing=routing,
            instructions=prompt.instructions,
            prompt=outline_prompt(context.task, assignment),
            schema=prompt.schema,
            answer_tokens_max=prompt.answer_tokens_max,
        )
    )
    assert isinstance(answer.value, dict)
    title, sections = outline(answer.value, assignment)
    written = [_section_step(section, assignment) for section in sections]
    assemble = PlanStep(
        id="text",
        kind="assemble_text",
        label="Put the text together",
        depends_on=tuple(step.id for step in written),
        args={"title": title, "sections": [section.to_json() for section in sections]},
        inputs=("sections", "quotes"),
        outputs=("text",),
        success_criteria=("Every citation leads to a quote.",),
    )
    return _plan(assignment, (_bank(assignment, sections), *written, assemble), "text")


def _section_step(section: Section, assignment: Assignment) -> PlanStep:
    return PlanStep(
        id=f"section{section.number}",
        kind="write_section",
        label=f"Write “{section.heading}”",
        depends_on=("bank",),
        args={"section": section.to_json(), "assignment": assignment.to_json()},
        inputs=("quotes",),
        outputs=("section",),
        success_criteria=("Every number and name is in the source it cites, or in the task.",),
    )


def _bank(assignment: Assignment, sections: Sequence[Section]) -> PlanStep:
    return PlanStep(
        id="bank",
        kind="quote_bank",
        label="Gather quotes from the sources",
        args={"assignment": assignment.to_json(), "sections": [section.to_json() for section in sections]},
        outputs=("quotes", "sources"),
        success_criteria=("Every quote is word for word, with its place.",),
    )


def _plan(assignment: Assignment, steps: Sequence[PlanStep], made: str) -> Plan:
    last = steps[-1]
    args: Mapping[str, object] = {"assignment": assignment.to_json(), "made": made, "from": last.id}
    verify = PlanStep(
        id="verify",
        kind="verify_content",
        label=f"Check the {made} by a second look",
        depends_on=(last.id,),
        args=args,
        inputs=(made,),
        outputs=("verification",),
        success_criteria=("Each place, quote and count is found again.",),
    )
    constraints = tuple(one.told for one in assignment.constraints)
    counted = sum(one.kind is not ConstraintKind.OTHER for one in assignment.constraints)
    return Plan(
        goal=assignment.goal,
        constraints=constraints,
        success_criteria=(
            f"A {made} is made and every place it names is found again.",
            f"{counted} of {len(constraints)} constraints are held against the text by counting.",
        ),
        steps=(*steps, verify),
    )
