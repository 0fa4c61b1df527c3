"""The plan of a review: take the change in, one step for each family of analysers, merge, compose, verify."""

import re

from futurone_server.features.runs import Escalation, Plan, PlanStep
from futurone_server.models.port import Routing
from futurone_server.pipelines.outcomes import EscalatedError
from futurone_server.pipelines.planning.context import PlanContext
from futurone_server.tools.analysers import FAMILIES

_LABELS = {
    "static": "Look for mistakes: names, formats, logic",
    "security": "Look for weaknesses",
    "secrets": "Look for passwords and keys",
    "dead_code": "Look for code that is never used",
    "complexity": "Count the ways through each function",
    "text": "Look for conflicts, debuggers and silenced checks in any language",
    "tests": "Look whether tests changed and what they run",
}
_WRITING = re.compile(
    r"\W*(please\s+)?(write|implement|create|build|develop|generate|port|rewrite|refactor|fix)\b", re.I
)
_REVIEWING = re.compile(r"\b(review\w*|check\w*|audit\w*|inspect\w*|look|find\w*|assess\w*|critique\w*|bugs?)\b", re.I)


async def plan(context: PlanContext) -> Plan:
    """The plan of a review. Raises EscalatedError where there is nothing to review, or nothing but writing is asked."""
    if not context.run.files:
        raise EscalatedError(
            Escalation(
                reason="NO_SOURCES",
                message="There is nothing to review: no file was given with the run.",
                needs=(
                    "Give the change as a file: a patch or diff, a zip of the project (with its .git folder, or beside"
                    " a patch), a Git bundle, or single source files.",
                ),
            )
        )
    if _WRITING.match(context.task) and not _REVIEWING.search(context.task):
        raise EscalatedError(
            Escalation(
                reason="STEP_UNRESOLVED",
                message="The coding agent reviews code; it does not write any.",
                needs=("Ask for a review of the files, or have a person write the code and give the change.",),
            )
        )
    return _graph(may_read=context.has_model(Routing.CODE))


def _graph(*, may_read: bool) -> Plan:
    intake = PlanStep(
        id="intake",
        kind="intake",
        label="Read the change",
        outputs=("change",),
        success_criteria=("Every file is read, or it is said why not.",),
    )
    merge = PlanStep(
        id="merge",
        kind="merge_findings",
        label="Put the findings together",
        depends_on=(*FAMILIES, *(("reading",) if may_read else ())),
        inputs=("analysis",),
        outputs=("findings",),
        success_criteria=("One matter at one place is one finding.",),
    )
    return Plan(
        goal="Review the change",
        constraints=("Only changed lines are judged.", "Code under review is read, not trusted."),
        success_criteria=(
            "Each finding names a place and a reason.",
            "Nothing is called clean that was not looked at.",
        ),
        steps=(intake, *map(_analysis, FAMILIES), *((_reading(),) if may_read else ()), merge, *_ending(merge)),
    )


def _analysis(family: str) -> PlanStep:
    return PlanStep(
        id=family,
        kind="analyse",
        label=_LABELS[family],
        depends_on=("intake",),
        args={"family": family},
        inputs=("change",),
        outputs=("analysis",),
        success_criteria=("Every changed file is looked at, or it is said why not.",),
    )


def _reading() -> PlanStep:
    return PlanStep(
        id="reading",
        kind="read_change",
        label="Read the change for what analysers cannot see",
        # The lines with secrets have to be known first: they are masked before a model sees them.
        depends_on=("intake", "secrets"),
        inputs=("change",),
        outputs=("analysis",),
        success_criteria=("Each finding quotes a changed line that is there.",),
    )


def _ending(merge: PlanStep) -> tuple[PlanStep, PlanStep]:
    families = {"families": list(merge.depends_on)}
    compose = PlanStep(
        id="compose",
        kind="compose_review",
        label="Compose the review",
        depends_on=("merge",),
        args=families,
        inputs=("findings",),
        outputs=("review",),
        success_criteria=("What was not looked at is said.",),
    )
    verify = PlanStep(
        id="verify",
        kind="verify_review",
        label="Check each finding against the files",
        depends_on=("compose",),
        args=families,
        inputs=("review", "change"),
        outputs=("verification",),
        success_criteria=("Each finding stands on a changed line that is there.",),
    )
    return compose, verify
